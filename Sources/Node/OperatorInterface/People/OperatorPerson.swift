import CanonicalEncoding

/// Who has connected, by the kernel's word.
struct OperatorPerson: Hashable, Sendable, CustomStringConvertible {
    let user: UInt32
    /// The account's name; nil when the machine knows none for the number.
    let name: String?
    /// The process that connected.
    let process: Int32
    let role: OperatorRole

    init(_ credentials: PeerCredentials, roles: OperatorRoles) {
        user = credentials.user
        name = credentials.accountName
        process = credentials.process
        role = roles.role(of: credentials.user)
    }

    /// As log lines and causes name the person: `jdoe (uid 1001)`.
    var description: String { name.map { "\($0) (uid \(user))" } ?? "uid \(user)" }

    /// As the details of an audit entry name the person.
    var json: JSONValue {
        var members: [String: JSONValue] = ["uid": .integer(Int64(user)), "role": .string(role.rawValue)]
        members["name"] = name.map { .string($0) }
        return .object(members)
    }
}
