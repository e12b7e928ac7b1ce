import CanonicalEncoding
import CoalitionDirectory
import EntenteClient
import MessageEnvelope
import OpenSSLCrypto
import SecurityLabels

/// The header and description of an opened message, for people and for programs.
struct OpenedDescription {
    private let header: MessageHeader
    private let content: OpenedMessage
    private let digest: String

    init(_ message: DeliveredMessage) {
        header = message.header
        content = message.content
        digest = message.digest.hex
    }

    /// One line per fact; what the sender wrote is made fit for a terminal.
    var lines: [String] {
        var facts: [(String, String)] = [
            ("Message", header.id.description),
            ("From", header.originator.description),
            ("To", header.recipients.map(\.description).joined(separator: ", ")),
            ("Marking", header.label.marking),
            ("Precedence", header.precedence.name),
            ("Date-time", "\(header.dateTime.dateTimeGroup)  \(header.dateTime.rfc3339)"),
            ("Expires", "\(header.expires.dateTimeGroup)  \(header.expires.rfc3339)"),
        ]
        if header.realm != .live { facts.append(("Exercise", header.realm.rawValue)) }
        if let id = header.references.replyTo { facts.append(("Reply to", id.description)) }
        if let id = header.references.supersedes { facts.append(("Supersedes", id.description)) }
        if let id = header.references.recalls { facts.append(("Recalls", id.description)) }
        facts.append(("Subject", content.description.subject))
        facts.append(("Content", "\(content.description.mediaType), \(content.payload.count) bytes"))
        if let name = content.description.fileName { facts.append(("File", name)) }
        facts.append(("Verified", "signed by \(header.originator), encrypted to its recipients alone"))
        let width = facts.map(\.0.count).max() ?? 0
        return facts.map { name, value in
            PrintableText.line("\(name):\(String(repeating: " ", count: width - name.count + 1))\(value)")
        }
    }

    /// The object that programs read, in two pieces: the receipts come when the rest has been written.
    struct JSONText {
        /// All but the receipts.
        let head: String

        /// What follows the head.
        func tail(_ receipts: [LogReceipt]) -> String {
            let object: JSONValue = ["receipts": .array(receipts.map(\.json))]
            return ",\n" + object.indentedText.dropFirst("{\n".count)
        }
    }

    /// - Parameter out: the file that the content was written to; without one the content is in the JSON.
    func json(out: String?) -> JSONText {
        var members: [String: JSONValue] = [
            "content-size": .integer(Int64(content.payload.count)),
            "digest": .string(digest),
            "header": header.json,
            "marking": .string(header.label.marking),
            "media-type": .string(content.description.mediaType),
            "subject": .string(content.description.subject),
        ]
        members["file-name"] = content.description.fileName.map { .string($0) }
        if let out {
            members["out"] = .string(out)
        } else {
            members["content"] = .string(Base64.encode(content.payload))
        }
        return JSONText(head: String(JSONValue.object(members).indentedText.dropLast("\n}".count)))
    }
}
