package import CoalitionDirectory

/// The way to other partners' nodes: next hops in order of preference, or directly where nothing is said.
package struct Routes: Hashable, Sendable {
    private let hops: [PartnerCode: [SPIFFEID]]

    /// - Parameter hops: for a destination partner, the nodes to hand its messages to, the preferred one first.
    package init(_ hops: [PartnerCode: [SPIFFEID]]) {
        self.hops = hops
    }

    /// The nodes to try for `destination`, the preferred one first.
    package func nextHops(to destination: SPIFFEID, of partner: PartnerCode) -> [SPIFFEID] {
        hops[partner] ?? [destination]
    }
}
