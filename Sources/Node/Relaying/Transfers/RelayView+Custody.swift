package import CoalitionDirectory

extension RelayView {
    /// Judges whether another node may be told what became of messages that it brought: guardrails are asked about the two
    /// nodes.
    package func admitCustodyQuestion(from peer: SPIFFEID) throws(RelayRefusal) {
        try check(try contact([peer, node.id]))
    }
}
