/// Unsigned numbers in the one decimal form that the tlog formats accept: ASCII digits without leading zeros.
enum CanonicalDecimal {
    /// The number that `text` spells, or nil for any other spelling and beyond 64 bits.
    static func parse(_ text: some Collection<UInt8>) -> UInt64? {
        guard let first = text.first, text.count == 1 || first != UInt8(ascii: "0") else { return nil }
        var value: UInt64 = 0
        for byte in text {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = product.addingReportingOverflow(UInt64(byte - UInt8(ascii: "0")))
            guard !overflow, !carry else { return nil }
            value = sum
        }
        return value
    }
}
