package import CanonicalEncoding
import CoalitionDirectory
import MessageEnvelope
import OpenSSLCrypto
import Relaying

extension MessageEvidence {
    /// What a node's answer holds is no evidence: the reason.
    package struct Malformed: Error, Hashable, Sendable, CustomStringConvertible {
        package let description: String
    }

    /// The evidence as the operators' interface answers it; all bytes are in base 64.
    package var json: JSONValue {
        [
            "directories": .array(
                directories.map { record in
                    ["sheets": .array(record.sheets.map(Self.encode)), "state": Self.encode(record.state.bytes)]
                }
            ),
            "entries": .array(
                entries.map { entry in
                    var members = entry.link.json.objectValue ?? [:]
                    if let details = entry.details {
                        members["details"] = Self.encode(details.bytes)
                        members["salt"] = Self.encode(details.salt)
                    }
                    return .object(members)
                }
            ),
            "message": .string(id.description),
            "messages": .array(
                messages.map { message in
                    [
                        "body": .bool(message.hasBody), "envelope": .string(message.envelope.hex),
                        "header": Self.encode(message.header),
                    ]
                }
            ),
            "other-logs": .array(otherLogs.map(\.json)),
            "policies": .array(
                policies.map { policy in
                    [
                        "policy": .string(policy.hash.hex),
                        "statements": .array(policy.statements.map(Self.encode)),
                        "texts": Self.encode(policy.texts),
                    ]
                }
            ),
            "receipts": .array(receipts.map(Self.encode)),
        ]
    }

    package init(json: JSONValue) throws(Malformed) {
        do {
            try self.init(reading: json)
        } catch let error as Malformed {
            throw error
        } catch {
            throw Malformed(description: "\(error)")
        }
    }

    private init(reading json: JSONValue) throws {
        guard let id = json["message"]?.stringValue.flatMap({ MessageID($0) }) else {
            throw Malformed(description: "expected the id of a message")
        }
        self.init(
            id: id,
            entries: try Self.list(json, "entries").map { entry in
                var members = entry.objectValue ?? [:]
                let details = try members.removeValue(forKey: "details").map { try Self.bytes($0) }
                let salt = try members.removeValue(forKey: "salt").map { try Self.bytes($0) }
                guard (details == nil) == (salt == nil) else {
                    throw Malformed(description: "expected details and salt of an entry together")
                }
                return Entry(
                    link: try TransferLink(json: .object(members)),
                    details: details.flatMap { bytes in salt.map { AuditDetails(salt: $0, bytes: bytes) } }
                )
            },
            otherLogs: try Self.list(json, "other-logs").map { try TransferLink(json: $0) },
            messages: try Self.list(json, "messages").map { message in
                guard let hasBody = message["body"]?.boolValue else {
                    throw Malformed(description: "expected to hear of each message whether its body is there")
                }
                return Message(
                    envelope: try Self.digest(message["envelope"]),
                    header: try Self.bytes(message["header"]),
                    hasBody: hasBody
                )
            },
            receipts: try Self.list(json, "receipts").map { try Self.bytes($0) },
            policies: try Self.list(json, "policies").map { policy in
                PolicyRecord(
                    hash: try Self.digest(policy["policy"]),
                    texts: try Self.bytes(policy["texts"]),
                    statements: try Self.list(policy, "statements").map { try Self.bytes($0) }
                )
            },
            directories: try Self.list(json, "directories").map { record in
                DirectoryRecord(
                    state: try DirectoryState(parsing: try Self.bytes(record["state"])),
                    sheets: try Self.list(record, "sheets").map { try Self.bytes($0) }
                )
            }
        )
    }

    private static func encode(_ bytes: [UInt8]) -> JSONValue { .string(Base64.encode(bytes)) }

    private static func list(_ json: JSONValue, _ name: String) throws -> [JSONValue] {
        guard let list = json[name]?.arrayValue else { throw Malformed(description: "expected a list `\(name)`") }
        return list
    }

    private static func bytes(_ json: JSONValue?) throws -> [UInt8] {
        guard let bytes = json?.stringValue.flatMap({ Base64.decode($0) }) else {
            throw Malformed(description: "expected bytes in base 64")
        }
        return bytes
    }

    private static func digest(_ json: JSONValue?) throws -> SHA256Digest {
        guard let digest = json?.stringValue.flatMap({ Hex.decode($0) }).flatMap({ SHA256Digest($0) }) else {
            throw Malformed(description: "expected a SHA-256 digest in hexadecimal")
        }
        return digest
    }
}
