import AccessPolicy
import CanonicalEncoding
import CoalitionDirectory
import Foundation
import MessageEnvelope
import NIOOpenSSL
import OpenSSLCrypto
import SecurityLabels

/// The coalition in a folder that `Scripts/make-example` made: everybody's sheets, and the keys of the members used.
struct ExampleCoalition {
    let folder: URL
    let directory: Directory
    private let policy: Policy

    /// A mailbox with its keys and its node.
    struct Member {
        let address: MailboxAddress
        let signer: CMSSigner
        let key: PrivateKey
        let chain: [Certificate]
        let node: NodeRecord
    }

    struct Missing: Error, CustomStringConvertible {
        let description: String
    }

    init(folder path: String) throws {
        folder = URL(fileURLWithPath: path)
        let certs = folder.appendingPathComponent("Certs")
        var sheets: [SignedSheet] = []
        for code in try FileManager.default.contentsOfDirectory(atPath: certs.path).sorted() {
            let partner = certs.appendingPathComponent(code)
            let sheet = partner.appendingPathComponent("sheet.cms")
            guard FileManager.default.fileExists(atPath: sheet.path) else { continue }
            let root = try Certificate.parse(pem: Self.bytes(partner.appendingPathComponent("root/certificate.pem")))
            sheets.append(
                try SignedSheet.verify(
                    try Self.bytes(sheet),
                    from: try PartnerCode(code),
                    realm: .live,
                    pinnedRoots: root.map(\.fingerprint),
                    previous: nil,
                    at: .now()
                )
            )
        }
        directory = try Directory(sheets: sheets, realm: .live)
        let file = folder.appendingPathComponent("Config/policy.yaml")
        policy = try Policy.parse(yaml: try String(contentsOf: file, encoding: .utf8), file: file.path)
    }

    func label(_ marking: String) throws -> ConfidentialityLabel {
        try ConfidentialityLabel.parse(marking: marking, vocabulary: policy.vocabulary)
    }

    func member(_ address: MailboxAddress) throws -> Member {
        let keys = folder.appendingPathComponent("Certs/\(address.partner)/mailboxes/\(address.mailbox)")
        let chain = try Certificate.parse(pem: Self.bytes(keys.appendingPathComponent("signing.pem")))
        let key = try KeyFile.read(keys.appendingPathComponent("signing.key").path)
        guard let leaf = chain.first, let node = directory.homeNode(of: address) else {
            throw Missing(description: "no mailbox `\(address)` in \(folder.path)")
        }
        return Member(
            address: address,
            signer: CMSSigner(certificate: leaf, key: key),
            key: key,
            chain: chain,
            node: node
        )
    }

    /// The TLS side of a member that talks to its own node.
    func context(of member: Member) throws -> TLSContext<AuthenticatedPrincipal> {
        let directory = directory
        let expected = member.node.id
        return try TLSContext(
            side: .client,
            profile: .standard,
            certificateChain: member.chain,
            privateKey: member.key,
            applicationProtocols: ["h2"],
            authenticate: { chain in
                switch directory.authenticate(presentedChain: chain, purpose: .tlsServer, at: .now()) {
                case .accepted(let principal) where principal.id == expected: .accepted(principal)
                case .accepted(let principal):
                    .refused(PeerRefusal(code: "wrong-node", detail: "\(principal.id)", alert: .certificateUnknown))
                case .refused(let refusal):
                    .refused(PeerRefusal(code: refusal.code.rawValue, detail: refusal.detail, alert: .unknownCA))
                }
            }
        )
    }

    private static func bytes(_ file: URL) throws -> [UInt8] { Array(try Data(contentsOf: file)) }
}
