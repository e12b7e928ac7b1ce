/// A sum over rows by which two sets of them are compared without keeping either.
///
/// What a row adds depends on secrets that this process drew when it began, so that nobody can prepare two sets with one
/// sum: the ``KeyHash`` of its key, and a product of that with the row's number under another secret, whose two halves are
/// folded (the sum must tell which number stands beside which key).
struct RowSum: Equatable {
    private var count: UInt64 = 0
    private var sum: UInt64 = 0

    private static let secrets = (UInt64.random(in: .min ... .max), UInt64.random(in: .min ... .max))

    /// - Parameter key: the hash of the row's values but its number.
    @inline(__always)
    mutating func add(_ row: Int64, key: UInt64) {
        let secrets = Self.secrets
        let product = (key ^ secrets.0).multipliedFullWidth(by: UInt64(bitPattern: row) ^ secrets.1)
        count += 1
        sum &+= product.high ^ product.low
    }
}
