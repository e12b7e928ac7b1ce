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

    /// These accounts, by user id, and root; the daemon's own account is an operator only where it is one of them, so that
    /// what is changed names a person.
    package init(operators users: Set<UInt32>) {
        roles = Dictionary(uniqueKeysWithValues: users.union([0]).map { ($0, .operator) })
    }

    /// The user id of an account.
    ///
    /// - Throws: ``UnknownAccount`` for a name that the machine does not know.
    package static func user(named name: String) throws(UnknownAccount) -> UInt32 {
        guard let account = Account(named: name) else { throw UnknownAccount(name: name) }
        return account.user
    }

    package func role(of user: UInt32) -> OperatorRole { roles[user] ?? .auditor }
}
