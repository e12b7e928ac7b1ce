import CanonicalEncoding
import OpenSSLCrypto

/// The members of one object of a sheet, taken out one by one, so that what is left over at the end is unknown.
struct SheetMembers {
    private var remaining: [String: JSONValue]
    private let path: String

    init(_ value: JSONValue, path: String) throws(SheetError) {
        guard let members = value.objectValue else { throw SheetError(.malformed, "\(path): expected an object") }
        remaining = members
        self.path = path
    }

    /// Refuses members that nobody has asked for.
    func finish() throws(SheetError) {
        guard let unknown = remaining.keys.min() else { return }
        throw SheetError(.malformed, "\(path): unknown member `\(IdentifierError.printable(unknown))`")
    }

    mutating func integer(_ key: String) throws(SheetError) -> Int64 {
        guard let number = try take(key).integerValue else { throw wrong(key, "a number") }
        return number
    }

    mutating func string(_ key: String) throws(SheetError) -> String {
        guard let text = try take(key).stringValue else { throw wrong(key, "a string") }
        return text
    }

    mutating func identifier<Value>(
        _ key: String,
        _ parse: (String) throws(IdentifierError) -> Value
    ) throws(SheetError) -> Value {
        let text = try string(key)
        do {
            return try parse(text)
        } catch {
            throw SheetError(.malformed, "\(path).\(key): \(error)")
        }
    }

    mutating func choice<Value: RawRepresentable<String> & CaseIterable>(
        _ key: String,
        of type: Value.Type
    ) throws(SheetError) -> Value {
        guard let value = Value(rawValue: try string(key)) else {
            throw wrong(key, "one of " + type.allCases.map { "`\($0.rawValue)`" }.joined(separator: ", "))
        }
        return value
    }

    mutating func time(_ key: String) throws(SheetError) -> Timestamp {
        let text = try string(key)
        do {
            return try Timestamp(rfc3339: text)
        } catch {
            throw SheetError(.malformed, "\(path).\(key): \(error)")
        }
    }

    mutating func digest(_ key: String) throws(SheetError) -> SHA256Digest {
        guard let digest = try digestIfPresent(key) else {
            throw SheetError(.malformed, "\(path): member `\(key)` is missing")
        }
        return digest
    }

    mutating func digestIfPresent(_ key: String) throws(SheetError) -> SHA256Digest? {
        guard remaining[key] != nil else { return nil }
        guard let bytes = Hex.decode(try string(key)), let digest = SHA256Digest(bytes) else {
            throw wrong(key, "a SHA-256 digest in hex")
        }
        return digest
    }

    mutating func certificate(_ key: String) throws(SheetError) -> Certificate {
        try Self.certificate(try take(key), path: "\(path).\(key)")
    }

    mutating func certificates(_ key: String) throws(SheetError) -> [Certificate] {
        var certificates: [Certificate] = []
        for (position, element) in try array(key).enumerated() {
            certificates.append(try Self.certificate(element, path: "\(path).\(key)[\(position)]"))
        }
        return certificates
    }

    mutating func revocationLists(_ key: String) throws(SheetError) -> [CertificateRevocationList] {
        var lists: [CertificateRevocationList] = []
        for (position, element) in try array(key).enumerated() {
            let elementPath = "\(path).\(key)[\(position)]"
            let der = try Self.bytes(element, path: elementPath)
            do {
                lists.append(try CertificateRevocationList(der: der))
            } catch {
                throw SheetError(.malformed, "\(elementPath): \(error)")
            }
        }
        return lists
    }

    /// Reads an array of objects, each of which must be used up.
    mutating func objects<Value>(
        _ key: String,
        _ read: (inout SheetMembers) throws(SheetError) -> Value
    ) throws(SheetError) -> [Value] {
        var values: [Value] = []
        for (position, element) in try array(key).enumerated() {
            var members = try SheetMembers(element, path: "\(path).\(key)[\(position)]")
            values.append(try read(&members))
            try members.finish()
        }
        return values
    }

    private mutating func array(_ key: String) throws(SheetError) -> [JSONValue] {
        guard let elements = try take(key).arrayValue else { throw wrong(key, "an array") }
        return elements
    }

    private mutating func take(_ key: String) throws(SheetError) -> JSONValue {
        guard let value = remaining.removeValue(forKey: key) else {
            throw SheetError(.malformed, "\(path): member `\(key)` is missing")
        }
        return value
    }

    private func wrong(_ key: String, _ expected: String) -> SheetError {
        SheetError(.malformed, "\(path).\(key): expected \(expected)")
    }

    private static func certificate(_ value: JSONValue, path: String) throws(SheetError) -> Certificate {
        let der = try bytes(value, path: path)
        do {
            return try Certificate(der: der)
        } catch {
            throw SheetError(.malformed, "\(path): \(error)")
        }
    }

    private static func bytes(_ value: JSONValue, path: String) throws(SheetError) -> [UInt8] {
        guard let text = value.stringValue, let bytes = Base64.decode(text) else {
            throw SheetError(.malformed, "\(path): expected base64")
        }
        return bytes
    }
}
