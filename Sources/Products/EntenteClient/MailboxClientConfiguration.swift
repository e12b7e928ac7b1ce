public import CoalitionDirectory
public import NIOOpenSSL
public import OpenSSLCrypto

/// What a ``MailboxClient`` needs to know.
public struct MailboxClientConfiguration: Sendable {
    public var credentials: MailboxCredentials
    /// Where the partner's own node listens, as seen from here.
    public var node: Endpoint
    /// Live traffic, or the exercise that the mailbox belongs to.
    public var realm: Realm
    /// The roots of each partner, as agreed with it out of band. A partner that is not among them does not exist.
    public var roots: [PartnerCode: [Certificate]]
    /// The folder in which accepted sheets are kept; it is made when it is not there.
    ///
    /// It belongs to the client: without it, an older sheet could be passed off as new after a restart.
    public var sheetFolder: String
    /// Signed sheets to begin with, the own partner's at least. Once newer ones are kept, these count for nothing.
    public var sheets: [PartnerCode: [UInt8]]
    public var profile: TLSProfile
    /// How long to wait before each further try when an answer was lost; as many tries as there are delays.
    public var retryDelays: [Duration]

    public init(
        credentials: MailboxCredentials,
        node: Endpoint,
        realm: Realm = .live,
        roots: [PartnerCode: [Certificate]],
        sheetFolder: String,
        sheets: [PartnerCode: [UInt8]] = [:],
        profile: TLSProfile = .standard,
        retryDelays: [Duration] = [.milliseconds(250), .seconds(1)]
    ) {
        self.credentials = credentials
        self.node = node
        self.realm = realm
        self.roots = roots
        self.sheetFolder = sheetFolder
        self.sheets = sheets
        self.profile = profile
        self.retryDelays = retryDelays
    }
}
