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
        var size = 1024
        while size <= 1 << 20 {
            var account = passwd()
            var found: UnsafeMutablePointer<passwd>?
            let result = withUnsafeTemporaryAllocation(of: CChar.self, capacity: size) { buffer in
                buffer.baseAddress.map { getpwnam_r(name, &account, $0, buffer.count, &found) } ?? ENOMEM
            }
            if result == 0, found != nil { return account.pw_uid }
            guard result == ERANGE else { break }
            size *= 4
        }
        throw UnknownAccount(name: name)
    }

    package func role(of user: UInt32) -> OperatorRole { roles[user] ?? .auditor }
}

/// A name that no account of the machine has.
package struct UnknownAccount: Error, Hashable, Sendable, CustomStringConvertible {
    package let name: String

    package var description: String { "this machine knows no account `\(name)`" }
}
