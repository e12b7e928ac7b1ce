/// A node as the directory knows it.
public struct NodeRecord: Hashable, Sendable {
    public let partner: PartnerCode
    public let id: SPIFFEID
    public let endpoint: Endpoint
    /// The key that verifies the node's log, and the log's origin with it.
    public let log: LogVerifierKey
}
