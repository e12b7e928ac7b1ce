/// A node as the directory knows it.
public struct NodeRecord: Hashable, Sendable {
    /// The partner that runs it.
    public let partner: PartnerCode
    /// The ID that its certificates must carry.
    public let id: SPIFFEID
    /// Where it listens.
    public let endpoint: Endpoint
    /// The key that verifies the node's log, and the log's origin with it.
    public let log: LogVerifierKey
}
