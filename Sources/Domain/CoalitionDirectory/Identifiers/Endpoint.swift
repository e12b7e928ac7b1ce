/// Where a node listens: `relay.gbr.example:8441`, `127.0.0.1:8441` or `[2001:db8::1]:8441`.
public struct Endpoint: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// A DNS name in lower case or an address; an IPv6 address without its brackets.
    public let host: String
    /// The TCP port, never 0.
    public let port: UInt16

    /// Parses `host:port`; the port is a decimal number from 1 to 65535 without leading zeros.
    public init(_ text: String) throws(IdentifierError) {
        guard let colon = text.utf8.lastIndex(of: UInt8(ascii: ":")) else {
            throw IdentifierError("endpoint", text, "expected `host:port`, got no port")
        }
        let digits = text[text.utf8.index(after: colon)...]
        guard let port = UInt16(digits), port > 0, String(port) == digits else {
            throw IdentifierError("endpoint", text, "expected a port from 1 to 65535 after the last `:`")
        }
        self.port = port
        let written = String(text[..<colon])
        if written.utf8.first == UInt8(ascii: "["), written.utf8.last == UInt8(ascii: "]") {
            host = String(written.dropFirst().dropLast())
            let isAddress = host.utf8.contains(UInt8(ascii: ":")) && host.utf8.count <= 45
            guard isAddress, host.utf8.allSatisfy(Self.isAddressByte) else {
                throw IdentifierError("endpoint", text, "expected an IPv6 address between `[` and `]`")
            }
        } else {
            host = written
            guard host.utf8.count <= 253 else {
                throw IdentifierError("endpoint", text, "expected a host of at most 253 characters")
            }
            for label in host.split(separator: ".", omittingEmptySubsequences: false) {
                do {
                    _ = try NameSyntax.checked(String(label), subject: "endpoint")
                } catch {
                    throw IdentifierError("endpoint", text, "expected a DNS name or an address: \(error.reason)")
                }
            }
        }
    }

    /// The text that `init(_:)` reads.
    public var description: String { host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]:\(port)" : "\(host):\(port)" }

    public static func < (left: Endpoint, right: Endpoint) -> Bool { left.description < right.description }

    private static func isAddressByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"): true
        case UInt8(ascii: ":"), UInt8(ascii: "."): true
        default: false
        }
    }
}
