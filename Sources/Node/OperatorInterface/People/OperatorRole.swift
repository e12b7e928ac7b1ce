#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// What a person at the operators' socket may do.
package enum OperatorRole: String, Hashable, Sendable, CaseIterable {
    /// May read, and change what can be changed there.
    case `operator`
    /// May read.
    case auditor
}

/// Which accounts of the machine have which role.
package struct OperatorRoles: Hashable, Sendable {
    private let roles: [UInt32: OperatorRole]

    /// - Parameter roles: by user id; who is not named and can open the socket is an auditor.
    package init(_ roles: [UInt32: OperatorRole]) {
        self.roles = roles
    }

    /// The daemon's own account and root are operators.
    package static let ownAndRoot = OperatorRoles(
        Dictionary([(geteuid(), .operator), (0, .operator)]) { first, _ in first }
    )

    package func role(of user: UInt32) -> OperatorRole { roles[user] ?? .auditor }
}
