import CanonicalEncoding
import CoalitionDirectory
import MessageEnvelope
import OpenSSLCrypto
import RelayStorage
import Relaying
import TransparencyLog

/// Where a command reads a log: from a running node, or from a copied database.
enum LogSource: Sendable {
    case node(OperatorClient)
    case copy(LogCopy, file: String)

    /// The most entries that are asked for at once.
    static let pageSize = 1000

    /// Opens a copied database.
    ///
    /// - Parameter mayBeArchive: whether the entries alone are asked for, so that an archive of a part of them will do.
    static func copy(of file: String, mayBeArchive: Bool = false) throws(CommandFailure) -> LogSource {
        let copy: LogCopy
        do {
            copy = try LogCopy(path: file)
        } catch {
            throw failure(error, file: file)
        }
        guard mayBeArchive || !copy.isArchive else {
            throw CommandFailure(
                "`\(file)`: expected the database of a node, or a whole copy of it, got an archive of a part of its log",
                next:
                    "ask the node, or a backup of it; an archive answers `entente audit verify`, `log`, `show` and `prove`"
            )
        }
        return .copy(copy, file: file)
    }

    /// One page of entries, and where the search goes on.
    func entries(_ filter: EntryFilter) async throws(CommandFailure) -> (entries: [LogEntry], next: UInt64?) {
        switch self {
        case .node(let client):
            let answer = try AnswerFields(
                try await client.get("/v1/audit/entries", query: filter.query),
                "the page of entries"
            )
            return (try answer.list("entries", of: "an entry", LogEntry.init), try answer.optionalIndex("next"))
        case .copy(let copy, let file):
            do {
                let page = try copy.page(filter)
                return (page.entries.map(LogEntry.init), page.next)
            } catch {
                throw Self.failure(error, file: file)
            }
        }
    }

    /// Says that a search in details passes over those that are erased, where some are: finding nothing then is no proof that
    /// there was nothing.
    func warnOfErased(_ filter: EntryFilter, on terminal: Terminal) async throws(CommandFailure) {
        guard filter.readsDetails else { return }
        let erasures = EntryFilter(kinds: [.erasure], isReversed: true, limit: 1)
        guard let last = try await entries(erasures).entries.first else { return }
        terminal.message(
            "details of this log were erased, last by entry \(last.index): an entry without them is found by no --label, and by "
                + "--mailbox and --grep only as far as it says so itself"
        )
    }

    /// The entry at `index`.
    func entry(_ index: UInt64) async throws(CommandFailure) -> LogEntry {
        switch self {
        case .node(let client):
            return try LogEntry(try AnswerFields(try await client.get("/v1/audit/entries/\(index)"), "the entry"))
        case .copy(let copy, let file):
            do {
                if let stored = try copy.entry(index: index) { return LogEntry(stored) }
            } catch {
                throw Self.failure(error, file: file)
            }
            throw try noSuchEntry(index, in: copy, file: file)
        }
    }

    /// The entry at `index` with the proof that the log holds it, unverified.
    func link(_ index: UInt64) async throws(CommandFailure) -> TransferLink {
        switch self {
        case .node(let client):
            let answer = try await client.get("/v1/audit/entries/\(index)/proof")
            do {
                return try TransferLink(json: answer)
            } catch {
                throw Self.notUnderstood(error)
            }
        case .copy(let copy, let file):
            do {
                let isHeld = copy.isArchive ? try copy.entry(index: index) != nil : true
                if isHeld, let link = try copy.link(index: index) { return link }
            } catch {
                throw Self.failure(error, file: file)
            }
            throw try noSuchEntry(index, in: copy, file: file)
        }
    }

    /// What the log's holder can show of a message, unverified.
    func evidence(of id: MessageID) async throws(CommandFailure) -> MessageEvidence {
        switch self {
        case .node(let client):
            let answer = try await client.get("/v1/messages/\(id)/evidence")
            do {
                return try MessageEvidence(json: answer)
            } catch {
                throw Self.notUnderstood(error)
            }
        case .copy(let copy, let file):
            do {
                if let evidence = try copy.evidence(of: id) { return evidence }
            } catch {
                throw Self.failure(error, file: file)
            }
            throw CommandFailure(
                "`\(file)`: the log does not name the message `\(id)`",
                next: "check the id, or ask the node that the message was sent from"
            )
        }
    }

    /// The encrypted body of a message; nil when it is erased.
    func body(of id: MessageID, envelope: SHA256Digest) async throws(CommandFailure) -> [UInt8]? {
        switch self {
        case .node(let client):
            return try await client.findBytes("/v1/messages/\(id)/bodies/\(envelope)", absent: "no-such-body")
        case .copy(let copy, let file):
            do {
                return try copy.body(of: id, envelope: envelope)
            } catch {
                throw Self.failure(error, file: file)
            }
        }
    }

    /// The streams to the node, and what is or was missing from them, as the operators' interface answers it.
    func streamStatus() async throws(CommandFailure) -> JSONValue {
        switch self {
        case .node(let client): return try await client.get("/v1/audit/streams")
        case .copy(let copy, let file):
            do {
                return try copy.streamStatus().json
            } catch {
                throw Self.failure(error, file: file)
            }
        }
    }

    /// A page of what the log says of the streams with `peer`, unverified.
    ///
    /// - Parameter ended: whether also what was taken from logs of `peer` that have ended.
    func streamLinks(
        with peer: SPIFFEID,
        ended: Bool,
        after index: UInt64?
    ) async throws(CommandFailure) -> [TransferLink] {
        switch self {
        case .node(let client):
            var query = [(name: "peer", value: peer.description), (name: "limit", value: "\(Self.pageSize)")]
            if let index { query.append((name: "after", value: "\(index)")) }
            if ended { query.append((name: "ended", value: "true")) }
            let answer = try await client.get("/v1/audit/streams/entries", query: query)
            do {
                return try (answer["links"]?.arrayValue ?? []).map { try TransferLink(json: $0) }
            } catch {
                throw Self.notUnderstood(error)
            }
        case .copy(let copy, let file):
            do {
                return try copy.streamLinks(with: peer, ended: ended, after: index, limit: Self.pageSize)
            } catch {
                throw Self.failure(error, file: file)
            }
        }
    }

    /// The texts of a policy that has been in force; nil when the log's holder keeps none under the hash.
    func policyTexts(_ hash: SHA256Digest) async throws(CommandFailure) -> JSONValue? {
        switch self {
        case .node(let client):
            return try await client.find("/v1/policies/\(hash)", absent: "no-such-policy")?["texts"]
        case .copy(let copy, let file):
            do {
                guard let record = try copy.policy(hash) else { return nil }
                return try JSONValue.parseCanonical(record.texts, maximumSize: RelayStore.policyTextsLimit)
            } catch let error as StoreError {
                throw Self.failure(error, file: file)
            } catch {
                throw Self.failure(.damaged("the texts of policy `\(hash)`: \(error)"), file: file)
            }
        }
    }

    /// The key to judge the log by: the pinned one, else the one that the log's holder names.
    ///
    /// - Throws: a failure when both are there and differ.
    func key(pinned: NoteVerifier?) async throws(CommandFailure) -> LogKey {
        let claimed: NoteVerifier
        switch self {
        case .node(let client):
            let answer = try AnswerFields(try await client.get("/v1/audit/checkpoint"), "the checkpoint")
            claimed = try answer.value("log-key", "a verifier key", LogSource.verifier)
        case .copy(let copy, _): claimed = copy.verifier
        }
        guard let pinned else { return LogKey(verifier: claimed, isPinned: false) }
        guard pinned.name == claimed.name else {
            throw Self.otherLog(claimed.name.rawValue, pinned: pinned)
        }
        guard pinned == claimed else { throw Self.otherKey(claimed.verifierKey, pinned: pinned) }
        return LogKey(verifier: pinned, isPinned: true)
    }

    /// A key of another log: a mix-up, which says nothing about either.
    static func otherLog(_ name: String, pinned: NoteVerifier) -> CommandFailure {
        CommandFailure(
            "the key is of the log `\(pinned.name)`, and this is the log `\(name)`",
            next: "give the key of this log, or the log of this key",
            status: .badConfiguration
        )
    }

    /// Another key under the log's own name.
    static func otherKey(_ key: String?, pinned: NoteVerifier) -> CommandFailure {
        CommandFailure(
            "expected the log key `\(pinned.verifierKey)`, got `\(key ?? "none")`",
            next: "see that log and key belong together; if they do, the log is not what it was",
            status: .auditBroken
        )
    }

    private static func notUnderstood(_ error: any Error) -> CommandFailure {
        CommandFailure(
            "the node's answer is not understood: \(error)",
            next: "see that command and node are of the same release"
        )
    }

    static func verifier(_ text: String) -> NoteVerifier? {
        do {
            return try NoteVerifier(verifierKey: text)
        } catch {
            return nil
        }
    }

    /// A store's error about a copied database in the command's words.
    static func failure(_ error: StoreError, file: String) -> CommandFailure {
        switch error {
        case .damaged:
            CommandFailure(
                "`\(file)`: \(error)",
                next:
                    "leave it as it is; see `sqlite3 \(CommandText.quoted(file)) 'PRAGMA integrity_check'`, and compare "
                    + "with a backup",
                status: .auditBroken
            )
        case .noDatabase:
            CommandFailure("\(error)", next: "name the entente.sqlite of a node, or a copy of it")
        case .unusableFolder, .unknownSchema:
            CommandFailure("`\(file)`: \(error)", next: "name the entente.sqlite of a node, or a copy of it")
        case .unavailable:
            CommandFailure(
                "`\(file)`: \(error)",
                next:
                    "copy it with `sqlite3 -readonly FILE \".backup COPY\"`, or together with the files -wal and -shm "
                    + "beside it to a folder that this account may write to"
            )
        case .orderRefused:
            CommandFailure("`\(file)`: \(error)", next: "change what is asked for: `--help` has examples")
        case .storageFull, .refused, .cancelled, .closed, .folderInUse, .unsafeSetting, .otherLog:
            CommandFailure("`\(file)`: \(error)")
        }
    }

    private func noSuchEntry(_ index: UInt64, in copy: LogCopy, file: String) throws(CommandFailure) -> CommandFailure {
        guard !copy.isArchive else {
            return CommandFailure(
                "`\(file)`: expected an entry that this archive holds, got \(index)",
                next: "`entente audit verify \(CommandText.quoted(file))` says which it holds; ask the node for others"
            )
        }
        do {
            let size = try copy.checkpoint().checkpoint.head.size
            return CommandFailure(
                "`\(file)`: expected an index below \(size), the size of the log, got \(index)",
                next: "`entente audit log --file \(file)` lists the last entries"
            )
        } catch {
            throw Self.failure(error, file: file)
        }
    }
}

extension EntryFilter {
    /// The filter as the query of `GET /v1/audit/entries`.
    var query: [(name: String, value: String)] {
        var query = kinds.map { ("kind", $0.rawValue) }.sorted { $0.1 < $1.1 }
        query += outcomes.map { ("outcome", $0.rawValue) }.sorted { $0.1 < $1.1 }
        if let peer { query.append(("peer", peer.description)) }
        if let domain { query.append(("domain", domain.description)) }
        if let message { query.append(("message", message.description)) }
        if let rule { query.append(("rule", rule)) }
        if let mailbox { query.append(("mailbox", mailbox.description)) }
        if let label { query.append(("label", label)) }
        if let text { query.append(("text", text)) }
        if let since { query.append(("since", since.rfc3339)) }
        if let until { query.append(("until", until.rfc3339)) }
        if let after { query.append(("after", "\(after)")) }
        if let before { query.append(("before", "\(before)")) }
        if isReversed { query.append(("reverse", "true")) }
        query.append(("limit", "\(limit)"))
        return query.map { (name: $0.0, value: $0.1) }
    }
}
