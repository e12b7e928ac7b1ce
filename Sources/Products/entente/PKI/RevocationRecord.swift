import CanonicalEncoding
import OpenSSLCrypto

/// What an authority has revoked, when and why: the source of its next revocation list.
struct RevocationRecord {
    private(set) var revocations: [CertificateIssuer.Revocation] = []

    /// Reads the record; an authority without one has revoked nothing.
    static func read(_ path: String) throws(CommandFailure) -> RevocationRecord {
        guard WholeFile.exists(path) else { return RevocationRecord() }
        let bytes = try WholeFile.read(path)
        let value: JSONValue
        do {
            value = try JSONValue.parse(bytes, maximumSize: 16 << 20, maximumDepth: 3)
        } catch {
            throw CommandFailure("record of revocations `\(path)`: \(error)")
        }
        var record = RevocationRecord()
        for (position, entry) in (value.arrayValue ?? [.null]).enumerated() {
            guard let serial = entry["serial"]?.stringValue, let text = entry["time"]?.stringValue,
                let code = entry["reason"]?.integerValue, let reason = RevocationReason(rawValue: Int(clamping: code))
            else {
                throw CommandFailure(
                    "record of revocations `\(path)`: entry \(position) has no serial, time and reason"
                )
            }
            do {
                let time = try Timestamp(rfc3339: text)
                record.revocations.append(
                    .init(serialNumber: serial, time: time.secondsSinceEpoch, reason: reason)
                )
            } catch {
                throw CommandFailure("record of revocations `\(path)`: entry \(position): \(error)")
            }
        }
        return record
    }

    mutating func add(_ revocation: CertificateIssuer.Revocation) throws(CommandFailure) {
        guard !revocations.contains(where: { $0.serialNumber == revocation.serialNumber }) else {
            throw CommandFailure("certificate \(revocation.serialNumber) is revoked already")
        }
        revocations.append(revocation)
    }

    /// Takes over what a list has revoked and the record does not know, as when another tool made the list.
    mutating func keep(_ list: CertificateRevocationList) {
        let known = Set(revocations.map(\.serialNumber))
        for serial in list.revokedSerialNumbers.subtracting(known).sorted() {
            revocations.append(.init(serialNumber: serial, time: list.thisUpdate))
        }
    }

    func write(_ path: String) throws(CommandFailure) {
        let value = JSONValue.array(
            revocations.map {
                .object([
                    "serial": .string($0.serialNumber),
                    "time": .string(Timestamp(secondsSinceEpoch: $0.time).rfc3339),
                    "reason": .integer(Int64($0.reason.rawValue)),
                ])
            }
        )
        try WholeFile.replace(path, with: Array((value.indentedText + "\n").utf8))
    }
}
