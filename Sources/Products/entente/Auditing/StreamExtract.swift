import CanonicalEncoding
import CoalitionDirectory
import OpenSSLCrypto
import RelayStorage
import Relaying
import TransparencyLog

/// What a log says of its streams with one other node: every entry proven under the log's key.
struct StreamExtract {
    static let format = "entente-stream"

    /// The log's name, and the node that it speaks of.
    let log: String
    let peer: SPIFFEID
    let key: LogKey
    /// Whether it holds also what was taken from logs of the peer that have ended.
    let hasEnded: Bool
    /// In the order of the log.
    private(set) var links: [TransferLink] = []
    private var trees = SignedTrees()

    var entries: [AuditEntry] { links.map(\.entry) }

    /// The log's name with the id of its key, which tells it from the logs before and after it at the same node.
    var nameWithKey: String { key.verifier.verifierKey.split(separator: "+").prefix(2).joined(separator: "+") }

    /// Reads it from a node or a copied database, page by page.
    ///
    /// - Parameters:
    ///   - hasEnded: whether to read also what was taken from logs of the peer that have ended.
    ///   - pinned: keys of the log; none takes the holder's word.
    init(
        of source: LogSource,
        with peer: SPIFFEID,
        hasEnded: Bool,
        pinned: [NoteVerifier]
    ) async throws(CommandFailure) {
        key = try Self.key(try await source.key(pinned: nil).verifier, pinned: pinned)
        log = key.verifier.name.rawValue
        self.peer = peer
        self.hasEnded = hasEnded
        var last: UInt64?
        while true {
            let page = try await source.streamLinks(with: peer, ended: hasEnded, after: last)
            for link in page { try add(link) }
            guard page.count == LogSource.pageSize, let index = page.last?.entry.index else { return }
            last = index
        }
    }

    /// Reads what ``lines`` has written.
    init(file: String, bytes: [UInt8], pinned: [NoteVerifier]) throws(CommandFailure) {
        var lines = bytes.split(separator: UInt8(ascii: "\n")).map { Array($0) }
        guard !lines.isEmpty else { throw Self.malformed(file, "a first line that says what it is") }
        let header: JSONValue
        do {
            header = try JSONValue.parse(lines.removeFirst())
        } catch {
            throw Self.malformed(file, "JSON in its first line: \(error)")
        }
        guard header["format"]?.stringValue == Self.format, header["version"] == 1,
            let log = header["log"]?.stringValue, let text = header["log-key"]?.stringValue,
            let claimed = LogSource.verifier(text)
        else { throw Self.malformed(file, "an export of a stream, of version 1") }
        self.log = log
        key = try Self.key(claimed, pinned: pinned)
        hasEnded = header["ended"]?.boolValue ?? false
        do {
            peer = try SPIFFEID(header["peer"]?.stringValue ?? "")
        } catch {
            throw Self.malformed(file, "`peer` to be a node")
        }
        for (number, line) in lines.enumerated() {
            let link: TransferLink
            do {
                link = try TransferLink(json: JSONValue.parse(line))
            } catch {
                throw Self.malformed(file, "an entry and its proof in line \(number + 2): \(error)")
            }
            try add(link)
        }
    }

    /// The key that the log's holder names, as one of those that are pinned; any, where none is.
    private static func key(_ claimed: NoteVerifier, pinned: [NoteVerifier]) throws(CommandFailure) -> LogKey {
        guard let first = pinned.first, !pinned.contains(claimed) else {
            return LogKey(verifier: claimed, isPinned: !pinned.isEmpty)
        }
        guard let named = pinned.first(where: { $0.name == claimed.name }) else {
            throw LogSource.otherLog(claimed.name.rawValue, pinned: first)
        }
        throw LogSource.otherKey(claimed.verifierKey, pinned: named)
    }

    /// Proves an entry before it counts.
    private mutating func add(_ link: TransferLink) throws(CommandFailure) {
        let receipt = try EntryReceipt(link, index: link.entry.index, key: key)
        guard receipt.checkpoint.origin.rawValue == log, links.last.map({ $0.entry.index < link.entry.index }) ?? true
        else {
            throw CommandFailure(
                "entry \(link.entry.index) of log `\(receipt.checkpoint.origin)` is out of place in the log `\(log)`",
                next: "have the file made again",
                status: .auditBroken
            )
        }
        let contradiction = trees.contradiction(
            adding: MerkleTree.leafHash(link.entryBytes),
            at: link.entry.index,
            in: receipt.checkpoint.head,
            signedBy: Array(key.verifier.verifierKey.utf8)
        )
        if let contradiction {
            throw CommandFailure(
                "the log `\(log)` has signed \(contradiction)",
                next: "keep the file: it convicts that log; compare with the checkpoints that its witnesses have kept",
                status: .auditBroken
            )
        }
        links.append(link)
    }

    /// One line that says what it is, and one for each entry: JSON, for the partner.
    var lines: [String] {
        var header: [String: JSONValue] = [
            "format": .string(Self.format), "log": .string(log), "log-key": .string(key.verifier.verifierKey),
            "peer": .string(peer.description), "version": 1,
        ]
        if hasEnded { header["ended"] = true }
        return [JSONValue.object(header).canonicalText] + links.map(\.json.canonicalText)
    }

    private static func malformed(_ file: String, _ expected: String) -> CommandFailure {
        CommandFailure(
            "`\(file)`: expected \(expected)",
            next: "name a file that `entente audit export --stream` has made, or a copy of a node's database"
        )
    }
}
