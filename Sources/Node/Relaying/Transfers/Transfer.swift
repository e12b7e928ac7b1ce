import CanonicalEncoding
import CoalitionDirectory
import MessageEnvelope

/// What one node sends another: an object and, for every node that it has passed, the proof that its log holds it.
///
/// On the wire (`application/vnd.entente.transfer`) it is one line of canonical JSON,
/// `{"links":[...],"object":<kind>,"version":1}`, a line feed, and the object's bytes.
package struct Transfer: Sendable {
    package static let mediaType = "application/vnd.entente.transfer"
    package static let version: Int64 = 1
    /// The most nodes that an object may pass before the one that receives it.
    package static let maximumLinks = 4
    package static let maximumManifestSize = 256 * 1024
    /// The largest transfer accepted, in bytes.
    package static let maximumSize = maximumManifestSize + Envelope.maximumSize

    /// INVARIANT: 1 to ``maximumLinks``; the origin's release first, then each hub's relay in order.
    package let links: [TransferLink]
    package let object: TransferObject

    package init(links: [TransferLink], object: TransferObject) {
        precondition(!links.isEmpty, "a transfer carries the origin's release entry")
        self.links = links
        self.object = object
    }

    package var bytes: [UInt8] { Self.encode(links: links, kind: object.kind, objectBytes: object.bytes) }

    package static func encode(links: [TransferLink], kind: TransferObjectKind, objectBytes: [UInt8]) -> [UInt8] {
        let manifest: JSONValue = [
            "links": .array(links.map(\.json)), "object": .string(kind.rawValue), "version": .integer(version),
        ]
        return manifest.canonicalBytes + [UInt8(ascii: "\n")] + objectBytes
    }

    package init(bytes: [UInt8]) throws(RelayRefusal) {
        guard let end = bytes.prefix(Self.maximumManifestSize + 1).firstIndex(of: UInt8(ascii: "\n")) else {
            throw RelayRefusal(
                TransferError(
                    .malformedTransfer,
                    "expected a manifest of at most \(Self.maximumManifestSize) bytes that a line feed ends"
                )
            )
        }
        let manifest: JSONValue
        do {
            manifest = try JSONValue.parseCanonical(Array(bytes[..<end]), maximumDepth: 5)
        } catch {
            throw RelayRefusal(TransferError(.malformedTransfer, error.description))
        }
        do {
            (links, object) = try Self.parse(manifest, objectBytes: Array(bytes[(end + 1)...]))
        } catch let error as TransferError {
            throw RelayRefusal(error)
        } catch let error as EnvelopeError {
            throw RelayRefusal(error)
        } catch {
            throw RelayRefusal(TransferError(.malformedTransfer, "\(error)"))
        }
    }

    private static func parse(_ manifest: JSONValue, objectBytes: [UInt8]) throws -> ([TransferLink], TransferObject) {
        guard let members = manifest.objectValue, Set(members.keys) == ["links", "object", "version"] else {
            throw TransferError(.malformedTransfer, "expected a manifest of `links`, `object` and `version`")
        }
        guard members["version"] == .integer(version) else {
            throw TransferError(.malformedTransfer, "expected transfer version \(version)")
        }
        guard let text = members["object"]?.stringValue, let kind = TransferObjectKind(rawValue: text) else {
            let known = TransferObjectKind.allCases.map { "`\($0.rawValue)`" }.joined(separator: ", ")
            throw TransferError(.malformedTransfer, "expected `object` to be one of \(known)")
        }
        guard let elements = members["links"]?.arrayValue, !elements.isEmpty else {
            throw TransferError(.malformedTransfer, "expected at least one link: the origin's release")
        }
        guard elements.count <= maximumLinks else {
            throw TransferError(.tooManyHops, "expected at most \(maximumLinks) links, got \(elements.count)")
        }
        return (try elements.map { try TransferLink(json: $0) }, try TransferObject(kind: kind, bytes: objectBytes))
    }
}
