import CanonicalEncoding
import Relaying

extension TransferLink {
    /// A link as a column holds it: its canonical JSON, written by this node.
    init(stored bytes: [UInt8]) throws(StoreError) {
        do {
            try self.init(json: try JSONValue.parseCanonical(bytes, maximumDepth: 2))
        } catch {
            throw .damaged("a stored link: \(error)")
        }
    }

    /// A list of links as a column holds it.
    static func list(stored bytes: [UInt8]) throws(StoreError) -> [TransferLink] {
        do {
            return try (JSONValue.parseCanonical(bytes, maximumDepth: 3).arrayValue ?? []).map {
                try TransferLink(json: $0)
            }
        } catch {
            throw .damaged("stored links: \(error)")
        }
    }
}
