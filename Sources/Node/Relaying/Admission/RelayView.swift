package import AccessPolicy
package import CoalitionDirectory
package import OpenSSLCrypto

/// What a node decides by, frozen: who it is, whom it knows, what is allowed, and the way to others.
///
/// A reload makes another view; whatever is being decided ends under the view that it began with.
package struct RelayView: Sendable {
    package let node: NodeIdentity
    package let directory: Directory
    package let policy: PolicyInForce
    package let routes: Routes
    /// What every TLS session of this node has at the least, by its profile.
    package let link: LinkStrength

    package init(
        node: NodeIdentity,
        directory: Directory,
        policy: PolicyInForce,
        routes: Routes,
        link: LinkStrength
    ) {
        self.node = node
        self.directory = directory
        self.policy = policy
        self.routes = routes
        self.link = link
    }
}

/// A policy with the hash by which the log names it.
package struct PolicyInForce: Sendable {
    package let policy: Policy
    package let compiled: CompiledPolicy
    /// SHA-256 of the policy's canonical bytes.
    package let hash: SHA256Digest

    package init(_ policy: Policy) {
        self.policy = policy
        compiled = CompiledPolicy(policy)
        hash = .hash(policy.canonicalBytes)
    }
}
