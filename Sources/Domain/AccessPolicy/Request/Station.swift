/// A partner and, where it is known, which of its nodes takes part.
public struct Station: Hashable, Sendable, CustomStringConvertible {
    public let partner: PolicyPartner
    /// The node; nil means that any one accredited node of the partner in the realm will do.
    public let node: PolicyNode?

    public init(_ partner: PolicyPartner, node: PolicyNode? = nil) {
        self.partner = partner
        self.node = node
    }

    public var description: String { node.map { "\(partner) (\($0))" } ?? partner.rawValue }
}
