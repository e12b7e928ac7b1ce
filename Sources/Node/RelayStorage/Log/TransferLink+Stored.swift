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
}
