#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// An account of the machine, as its name service knows it (getpwnam(3)).
struct Account: Hashable, Sendable {
    let user: UInt32
    let name: String

    /// The account of that name; nil when the machine knows none.
    init?(named name: String) {
        self.init { getpwnam_r(name, $0, $1, $2, $3) }
    }

    /// The account of that user id; nil when the machine knows none.
    init?(of user: UInt32) {
        self.init { getpwuid_r(user, $0, $1, $2, $3) }
    }

    private typealias Lookup = (
        UnsafeMutablePointer<passwd>, UnsafeMutablePointer<CChar>, Int,
        UnsafeMutablePointer<UnsafeMutablePointer<passwd>?>
    ) -> Int32

    /// Looks the account up with a buffer that grows until its texts fit.
    private init?(_ lookup: Lookup) {
        var size = 1024
        while size <= 1 << 20 {
            let (result, account) = Self.found(by: lookup, bufferSize: size)
            if result != ERANGE {
                guard let account else { return nil }
                self = account
                return
            }
            size *= 4
        }
        return nil
    }

    private init(user: UInt32, name: String) {
        self.user = user
        self.name = name
    }

    private static func found(by lookup: Lookup, bufferSize: Int) -> (result: Int32, account: Account?) {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: bufferSize) { buffer in
            guard let start = buffer.baseAddress else { return (ENOMEM, nil) }
            var account = passwd()
            var found: UnsafeMutablePointer<passwd>?
            let result = lookup(&account, start, buffer.count, &found)
            guard result == 0, found != nil, let name = account.pw_name else { return (result, nil) }
            return (result, Account(user: account.pw_uid, name: String(cString: name)))
        }
    }
}

/// A name that no account of the machine has.
package struct UnknownAccount: Error, Hashable, Sendable, CustomStringConvertible {
    package let name: String

    package var description: String { "this machine knows no account `\(name)`" }
}
