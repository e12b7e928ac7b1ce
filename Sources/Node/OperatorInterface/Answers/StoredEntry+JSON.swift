import CanonicalEncoding
import RelayStorage
import Relaying

extension StoredEntry {
    /// The entry for people, its exact bytes in base 64, and its details with their salt or `"erased": true`.
    var members: [String: JSONValue] {
        var members: [String: JSONValue] = ["entry": entry.json, "bytes": .string(Base64.encode(bytes))]
        if let details {
            members["details"] = details.json
        } else {
            members["erased"] = true
        }
        return members
    }
}

extension AuditDetails {
    /// `value` is there when the bytes are JSON, as they are unless somebody tampered with them.
    fileprivate var json: JSONValue {
        var members: [String: JSONValue] = ["salt": .string(Hex.encode(salt)), "bytes": .string(Base64.encode(bytes))]
        do {
            members["value"] = try JSONValue.parse(bytes, maximumSize: 1 << 20)
        } catch {
            members["unreadable"] = .string("\(error)")
        }
        return .object(members)
    }
}
