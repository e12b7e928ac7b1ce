import COpenSSL
public import OpenSSLCrypto

/// Which end of the connection we are.
public enum TLSSide: Hashable, Sendable, CaseIterable {
    case server
    case client
}

/// What both ends agreed on in the handshake, by OpenSSL's names.
public struct NegotiatedParameters: Hashable, Sendable {
    /// `TLSv1.3`
    public let version: String
    /// `TLS_AES_256_GCM_SHA384`
    public let cipher: String
    /// The group of the key exchange, such as `x25519`.
    public let group: String
    /// The application protocol (RFC 7301), such as `h2`.
    public let applicationProtocol: String?
}

/// The settings that the callbacks of a connection need.
struct TLSSettings: Sendable {
    let side: TLSSide
    let profile: TLSProfile
    let applicationProtocols: [String]
}

/// An immutable `SSL_CTX`: TLS 1.3 only, certificates on both sides, no resumption of any kind.
///
/// A connection without session tickets, early data and external keys presents its certificates every time, so that
/// `authenticate` has the say on each one. To change certificates or trust, make another context.
public final class TLSContext<Peer: Sendable>: Sendable {
    public typealias Side = TLSSide
    public typealias Profile = TLSProfile

    public let side: Side
    public let profile: Profile
    public let applicationProtocols: [String]

    /// Decides on the chain that a peer presented, the leaf first, before the peer has proved that it holds the key.
    ///
    /// Runs on a thread of the handshake pool and should not block for long. The chain is what was sent: nothing in it
    /// has been verified.
    let authenticate: @Sendable (_ presentedChain: [Certificate]) -> PeerVerdict<Peer>

    private let storage: ContextStorage

    /// - Parameters:
    ///   - certificateChain: the leaf first, then its issuers without the root.
    ///   - applicationProtocols: in order of preference (RFC 7301); with any given, a peer that shares none is refused.
    /// - Throws: when the key does not belong to the leaf, or the profile does not allow either.
    public init(
        side: Side,
        profile: Profile = .standard,
        certificateChain: [Certificate],
        privateKey: PrivateKey,
        applicationProtocols: [String],
        authenticate: @escaping @Sendable (_ presentedChain: [Certificate]) -> PeerVerdict<Peer>
    ) throws(OpenSSLError) {
        self.side = side
        self.profile = profile
        self.applicationProtocols = applicationProtocols
        self.authenticate = authenticate
        self.storage = try ContextStorage(
            settings: TLSSettings(side: side, profile: profile, applicationProtocols: applicationProtocols),
            certificateChain: certificateChain,
            privateKey: privateKey
        )
    }

    /// A connection that has not begun; an accepted peer is handed to `accept`.
    func makeConnection(accept: @escaping (Peer) -> Void) throws(OpenSSLError) -> TLSConnection {
        let authenticate = self.authenticate
        return try TLSConnection(context: self.storage.pointer, settings: self.storage.settings) { chain in
            switch authenticate(chain) {
            case .accepted(let peer):
                accept(peer)
                return nil
            case .refused(let refusal):
                return refusal
            }
        }
    }
}
