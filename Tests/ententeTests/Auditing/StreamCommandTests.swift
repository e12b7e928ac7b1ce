import CanonicalEncoding
import CoalitionDirectory
import Foundation
import HTTPTypes
import MessageEnvelope
import NIOCore
import NodeSupport
import OpenSSLCrypto
import OperatorInterface
import RelayNode
import RelayStorage
import RelayTransport
import Relaying
import TestSupport
import Testing
import TransparencyLog

@testable import entente

/// `audit gaps`, `export` and `reconcile`, on the logs of two nodes that have exchanged messages.
@Suite(.timeLimit(.minutes(10))) struct StreamCommandTests {
    private static let fra = "fra.example/node/fra-hub"
    private static let gbr = "gbr.example/node/gbr-1"

    private let coalition: RunningCoalition

    init() throws { coalition = try RunningCoalition() }

    private func send(from originator: String, to recipient: String) async throws {
        let envelope = try coalition.seal(
            from: originator,
            to: [recipient],
            marking: originator.hasPrefix("GBR") ? "GBR SECRET//INTREP" : "FRA SECRET//REL TO GBR//INTREP"
        )
        let client = try coalition.connect(as: originator)
        let response = try await client.send(
            WireClientRequest(
                method: .post,
                path: "/v1/messages",
                headers: [.contentType: Envelope.mediaType],
                body: ByteBuffer(bytes: envelope.bytes)
            )
        )
        #expect(response.status == .created)
        await client.close()
    }

    /// Three messages to FRA, one back, and one to DEU, whose node does not run; both nodes go on.
    private func exchange() async throws {
        try await coalition.start("GBR", "FRA")
        for _ in 0..<3 { try await send(from: "GBR/j2-fusion", to: "FRA/cni") }
        try await send(from: "GBR/j2-fusion", to: "DEU/lage")
        try await send(from: "FRA/cni", to: "GBR/j2-fusion")
        for (code, count) in [("GBR", 3), ("FRA", 1)] {
            _ = try await coalition.eventually {
                let filter = EntryFilter(kinds: [.transfer])
                return try await coalition.node(code).store.entries(filter).count == count ? true : nil
            }
        }
    }

    private func database(_ code: String) -> String {
        coalition.dataFolder(of: code).appendingPathComponent("entente.sqlite").path
    }

    private func export(_ code: String, with peer: String, _ options: [String] = []) async throws -> [String] {
        let run = try await ProgramRun(["audit", "export", "--stream", peer, "--file", database(code)] + options)
        #expect(run.status == 0, "\(run.messages)")
        return run.text.split(separator: "\n").map(String.init)
    }

    private func write(_ lines: [String], _ name: String) throws -> String {
        try coalition.write(Array((lines.joined(separator: "\n") + "\n").utf8), name)
        return coalition.folder.appendingPathComponent(name).path
    }

    private func reconcile(_ ours: String, _ theirs: String, _ options: [String] = []) async throws -> ProgramRun {
        try await ProgramRun(["audit", "reconcile", Self.fra, "--ours", ours, "--theirs", theirs] + options)
    }

    private static func entry(_ line: String) throws -> AuditEntry {
        try TransferLink(json: JSONValue.parse(Array(line.utf8))).entry
    }

    @Test func `two logs that agree are found to, from copies, exports and a running node`() async throws {
        try await exchange()
        let socket = coalition.dataFolder(of: "GBR").appendingPathComponent("operator.sock").path
        let live = try await ProgramRun(["audit", "export", "--stream", Self.fra, "--socket", socket])
        #expect(live.status == 0, "\(live.messages)")
        let theirs = try await ProgramRun(
            [
                "audit", "export", "--stream", Self.gbr, "--socket",
                coalition.dataFolder(of: "FRA").path + "/operator.sock",
            ]
        )
        let file = try write(theirs.text.split(separator: "\n").map(String.init), "theirs.jsonl")
        let asked = try await ProgramRun(["audit", "reconcile", Self.fra, "--socket", socket, "--theirs", file])
        #expect(asked.status == 0, "\(asked.messages)")
        let gaps = try await ProgramRun(["audit", "gaps", "--socket", socket])
        #expect(gaps.status == 0, "\(gaps.messages)")
        #expect(gaps.text.hasSuffix("\nnothing is missing\n"))
        try await coalition.stopAll()

        let keys = try [Self.gbr, Self.fra].map { name in
            try #require(coalition.fixture.directory.node(SPIFFEID("spiffe://\(name)"))?.log.text)
        }
        let copies = try await reconcile(database("GBR"), database("FRA"), ["--vkey", keys[1]])
        #expect(copies.status == 0, "\(copies.messages)")
        #expect(copies.text.hasSuffix("\nthe two logs agree\n"))
        #expect(copies.text.contains("\(Self.gbr)\t\(Self.fra)\t3\t3\t0\t0\n"), "\(copies.text)")
        #expect(copies.text.contains("\(Self.fra)\t\(Self.gbr)\t1\t1\t0\t0\n"), "\(copies.text)")
        let other = try await reconcile(database("GBR"), database("FRA"), ["--vkey", keys[0]])
        #expect(other.status == 11, "\(other.messages)")
        let turned = try await reconcile(database("FRA"), database("GBR"))
        #expect(turned.status == 11, "\(turned.messages)")
    }

    @Test func `an entry that is missing on either side is found, from files`() async throws {
        try await exchange()
        try await coalition.stopAll()
        let ours = try await export("GBR", with: Self.fra)
        let theirs = try await export("FRA", with: Self.gbr)
        let whole = (try write(ours, "ours.jsonl"), try write(theirs, "theirs.jsonl"))
        #expect(try await reconcile(whole.0, whole.1).status == 0)

        // Of the first release: what is handed over at once may come in another order.
        let first = try #require(
            try ours.dropFirst().map(Self.entry).first { $0.kind == .release && $0.sequence == 1 }
        )
        let acceptance = try #require(
            try theirs.dropFirst().first { line in
                let entry = try Self.entry(line)
                return entry.kind == .acceptance && entry.message == first.message
            }
        )
        let lost = try await reconcile(whole.0, write(theirs.filter { $0 != acceptance }, "lost.jsonl"))
        #expect(lost.status == 1)
        #expect(lost.text.contains("\nnot accepted: number 1, message "), "\(lost.text)")
        #expect(lost.text.contains("handed to \(Self.fra); \(Self.fra) does not say that it came"))

        let release = try #require(
            try ours.dropFirst().first { try Self.entry($0).kind == .release && Self.entry($0).sequence == 2 }
        )
        let denied = try await reconcile(write(ours.filter { $0 != release }, "denied.jsonl"), whole.1, ["--json"])
        #expect(denied.status == 1)
        let json = try JSONValue.parse(denied.output)
        let kinds = json["differences"]?.arrayValue?.compactMap { $0["kind"]?.stringValue }
        #expect(kinds == ["number-missing", "not-released"])
        #expect(json["agree"] == false)

        // Numbers that are missing one after the other are one difference, however many they are.
        let third = try ours.enumerated().filter { place, line in
            try place == 0 || Self.entry(line).kind != .release || Self.entry(line).sequence == 3
        }.map(\.element)
        let many = try await reconcile(write(third, "third.jsonl"), whole.1, ["--json"])
        let missing =
            try JSONValue.parse(many.output)["differences"]?.arrayValue?
            .filter { $0["kind"] == "number-missing" } ?? []
        #expect(missing.map { $0["number"] } == [1] && missing.map { $0["last"] } == [2], "\(many)")

        // An entry counts as it is proven.
        let twisted = try Self.altered(try #require(ours.last))
        let broken = try await reconcile(write(ours.dropLast() + [twisted], "broken.jsonl"), whole.1)
        #expect(broken.status == 10, "\(broken.messages)")
    }

    /// What ``exchange()`` does, then GBR's log ends, and its new one has two messages to FRA and one from there; all stop.
    ///
    /// - Returns: the database of the log that has ended.
    private func exchangeOverTwoLogs() async throws -> String {
        try await exchange()
        try await coalition.stop("GBR")
        let folder = coalition.folder.appendingPathComponent("ended")
        _ = try coalition.endLog(of: "GBR", movingTo: folder)
        _ = try await coalition.node("FRA").reload(cause: "test")
        try await coalition.start("GBR")
        for _ in 0..<2 { try await send(from: "GBR/j2-fusion", to: "FRA/cni") }
        try await send(from: "FRA/cni", to: "GBR/j2-fusion")
        for (code, count) in [("GBR", 2), ("FRA", 2)] {
            _ = try await coalition.eventually {
                let filter = EntryFilter(kinds: [.transfer])
                return try await coalition.node(code).store.entries(filter).count == count ? true : nil
            }
        }
        try await coalition.stopAll()
        return folder.appendingPathComponent("entente.sqlite").path
    }

    @Test func `the logs of a node whose log has ended are compared together, from copies and from exports`()
        async throws
    {
        let ended = try await exchangeOverTwoLogs()
        let (present, fra) = (database("GBR"), database("FRA"))
        func reconcile(_ ours: [String], _ theirs: [String], _ options: [String] = []) async throws -> ProgramRun {
            let files = ours.flatMap { ["--ours", $0] } + theirs.flatMap { ["--theirs", $0] }
            return try await ProgramRun(["audit", "reconcile", Self.fra] + files + options)
        }
        let copies = try await reconcile([ended, present], [fra])
        #expect(copies.status == 0, "\(copies)")
        let rows = copies.text.split(separator: "\n").map { $0.split(separator: "\t").map(String.init) }
        #expect(rows.map(\.count) == [6, 6, 6, 1], "\(copies.text)")
        #expect(rows.prefix(2).allSatisfy { $0[0].hasPrefix("\(Self.gbr)+") } && rows[0][0] != rows[1][0])
        #expect(
            rows.prefix(3).map { Array($0[2...]) } == [
                ["3", "3", "0", "0"], ["2", "2", "0", "0"], ["2", "2", "0", "0"],
            ]
        )
        #expect(rows[3] == ["the logs agree"])

        // What the present log alone does not know of, the one that has ended does.
        let alone = try await reconcile([present], [fra], ["--json"])
        #expect(alone.status == 1)
        let kinds = try JSONValue.parse(alone.output)["differences"]?.arrayValue?.map { $0["kind"] }
        #expect(kinds == ["not-accepted"], "\(alone)")

        // From the side of the partner, and with the keys of both logs.
        let keys = try [ended, present].map { try LogCopy(path: $0).verifier.verifierKey }
        func turned(_ keys: [String]) async throws -> ProgramRun {
            let options = ["--ours", fra, "--theirs", ended, "--theirs", present] + keys.flatMap { ["--vkey", $0] }
            return try await ProgramRun(["audit", "reconcile", Self.gbr] + options)
        }
        let pinned = try await turned(keys)
        #expect(pinned.status == 0 && !pinned.messages.contains("not pinned"), "\(pinned)")
        #expect(try await turned([keys[1]]).status == 10)
        #expect(try await turned([]).messages.contains("not pinned"))

        // The partner gives exports, with what was taken from the log that has ended.
        let short = try write(try await export("FRA", with: Self.gbr), "short.jsonl")
        let refused = try await reconcile([ended, present], [short])
        #expect(refused.status == 11 && refused.messages.contains("--ended"), "\(refused)")
        let lines = try await export("FRA", with: Self.gbr, ["--ended"])
        let whole = try await reconcile([ended, present], [write(lines, "whole.jsonl")])
        #expect(whole.status == 0, "\(whole)")
        let first = try #require(try lines.dropFirst().first { try Self.entry($0).kind == .acceptance })
        let lost = try await reconcile([ended, present], [write(lines.filter { $0 != first }, "lost.jsonl")])
        #expect(lost.status == 1)
        let line = lost.text.split(separator: "\n").last.map(String.init) ?? ""
        #expect(line.hasPrefix("not accepted: number 1, message ") && line.contains(" of \(rows[0][0]) "), "\(line)")
        // What the ended log lost with its end, as after a restore from an old copy, the partner's shows.
        let release = try await ProgramRun(["audit", "export", "--stream", Self.fra, "--file", ended])
        let rest = release.text.split(separator: "\n").map(String.init).filter { !$0.isEmpty }
        let cut = try rest.enumerated().filter { place, line in
            try place == 0 || !(Self.entry(line).sequence == 3 || Self.entry(line).kind == .transfer)
        }.map(\.element)
        let behind = try await reconcile([write(cut, "cut.jsonl"), present], [fra])
        #expect(behind.status == 1)
        #expect(behind.text.contains("\nnot released: message "), "\(behind)")
        let twice = try await reconcile([ended, ended], [fra])
        #expect(twice.status == 11 && twice.messages.contains("is named twice on one side"), "\(twice)")
    }

    /// The line with another digit in the nonce of its entry.
    private static func altered(_ line: String) throws -> String {
        let json = try JSONValue.parse(Array(line.utf8))
        let bytes = try #require(json["entry"]?.stringValue.flatMap { Base64.decode($0) })
        let entry = String(decoding: bytes, as: UTF8.self)
        let start = try #require(entry.range(of: "\"nonce\":\""))
        var text = entry
        let digit = text[start.upperBound]
        text.replaceSubrange(start.upperBound...start.upperBound, with: digit == "0" ? "1" : "0")
        var members = try #require(json.objectValue)
        members["entry"] = .string(Base64.encode(Array(text.utf8)))
        return JSONValue.object(members).canonicalText
    }

    @Test func `an export in which a log has signed two trees of one size convicts it`() async throws {
        try await exchange()
        try await coalition.stopAll()
        let ours = try await export("GBR", with: Self.fra)
        let theirs = try write(try await export("FRA", with: Self.gbr), "theirs.jsonl")
        let key = try coalition.fixture.partner("GBR").node("gbr-1").logKey
        let signer = try NoteSigner(name: NoteKeyName(Self.gbr), key: key)
        // Two entries, each in a tree of two entries of its own.
        let forged = try ours[1...2].enumerated().map { index, line in
            var members = try JSONValue.parseCanonical(try Self.entry(line).json.canonicalBytes).objectValue ?? [:]
            members["index"] = .integer(Int64(index))
            let entry = JSONValue.object(members).canonicalBytes
            let (leaf, other) = (MerkleTree.leafHash(entry), SHA256Digest.hash([UInt8(index)]))
            let root = index == 0 ? MerkleTree.nodeHash(leaf, other) : MerkleTree.nodeHash(other, leaf)
            let checkpoint = Checkpoint(origin: try LogOrigin(Self.gbr), head: TreeHead(size: 2, root: root))
            let signed = try SignedCheckpoint(signing: checkpoint, by: signer)
            let proof = LogProof(index: UInt64(index), path: [other], signedCheckpoint: signed)
            return try TransferLink(entryBytes: entry, proof: proof).json.canonicalText
        }
        let run = try await reconcile(write([ours[0]] + forged, "forged.jsonl"), theirs)
        #expect(run.status == 10, "\(run)")
        #expect(run.messages.contains("the log `\(Self.gbr)` has signed two trees of 2 entries"), "\(run.messages)")
        let one = try await reconcile(write([ours[0], forged[0]], "one.jsonl"), theirs)
        #expect(!one.messages.contains("has signed two"), "\(one.messages)")
    }

    @Test(arguments: ["audit export --stream", "audit gaps --peer"])
    func `a stream is named by a node`(command: String) async throws {
        let words = command.split(separator: " ").map(String.init)
        let run = try await ProgramRun(words + ["fra.example/mailbox/cni", "--file", "x"])
        #expect(run.status == 64 && run.messages.contains("expected a node, such as"), "\(run)")
    }

    @Test func `an export shows nothing of anybody else`() async throws {
        try await exchange()
        try await coalition.stopAll()
        let lines = try await export("GBR", with: Self.fra)
        let entries = try lines.dropFirst().map { try Self.entry($0) }
        #expect(entries.map(\.kind).filter { $0 == .release }.count == 3)
        #expect(entries.filter { $0.kind == .acceptance }.count == 1)
        #expect(entries.allSatisfy { $0.destination == nil || $0.destination?.logName == Self.fra })
        #expect(Set(entries.map(\.kind)) == [.release, .transfer, .acceptance])
        let nobody = try await ProgramRun(
            ["audit", "export", "--stream", "un.example/node/un-1", "--file", database("GBR")]
        )
        #expect(nobody.status == 0 && nobody.text.split(separator: "\n").count == 1)
    }

    @Test func `an operator closes a gap of which nothing will come, and the status is 0 again`() async throws {
        try await exchange()
        try await coalition.stopAll()
        let edit = """
            update inbound_streams set highest = 9;
            insert into gaps (stream, first, last, noticed, opening_entry) values (1, 4, 9, 1795348800000, 2)
            """
        #expect(try await ProgramRun(shell: "sqlite3 \(database("FRA")) \"\(edit)\"").status == 0)
        try await coalition.start("FRA")
        let socket = ["--socket", coalition.dataFolder(of: "FRA").path + "/operator.sock"]
        func close(_ numbers: String, _ reason: String = "lost with the hub") async throws -> ProgramRun {
            let words = ["--authority", "duty officer", "--reason", reason]
            return try await ProgramRun(["audit", "close-gap", Self.gbr, numbers] + words + socket)
        }
        let alarms = try await coalition.eventually {
            let alarms = try coalition.node("FRA").description.alarms.map(\.code)
            return alarms.isEmpty ? nil : alarms
        }
        #expect(alarms == ["numbers-missing"])
        #expect(try await close("0-9").status == 64)
        #expect(try await close("4-9", " ").status == 64)
        let strange = try await ProgramRun(["audit", "gaps", "--peer", "jpn.example/node/jpn-9"] + socket)
        #expect(
            strange.status == 0 && strange.text.hasPrefix("no stream from `spiffe://jpn.example/node/jpn-9`"),
            "\(strange)"
        )
        let part = try await close("5-9")
        #expect(part.status == 1 && part.messages.contains("which is part of the gap 4-9"), "\(part)")
        let closed = try await close("4-9")
        #expect(closed.status == 0 && closed.text.hasPrefix("1 gap is closed; recorded by entry "), "\(closed)")
        let gaps = try await ProgramRun(["audit", "gaps"] + socket)
        #expect(gaps.status == 0 && gaps.text.contains("\t4-9\tclosed\t"), "\(gaps)")
        try await coalition.eventually { try coalition.node("FRA").description.alarms.isEmpty ? () : nil }
        let entry = try #require(
            try await coalition.node("FRA").store.entries(EntryFilter(kinds: [.gap], isReversed: true, limit: 1)).first
        )
        let details = try JSONValue.parse(try #require(entry.details).bytes)
        #expect(details["authority"] == "duty officer" && details["persons"]?.arrayValue?.first?["uid"] != nil)
        try await coalition.stopAll()
    }

    @Test func `open gaps are listed with status 1, and contradictions with 10`() async throws {
        try await exchange()
        try await coalition.stopAll()
        let edit = """
            update inbound_streams set highest = 12;
            insert into gaps (stream, first, last, noticed, opening_entry, word)
            values (1, 4, 9, 1795348800000, 2, 'lost'), (1, 12, 12, 1795348800000, null, null);
            insert into gaps (stream, first, last, noticed, opening_entry, closing_entry, ended)
            values (1, 11, 11, 1795348800000, 2, 3, 'void: expired')
            """
        #expect(try await ProgramRun(shell: "sqlite3 \(database("FRA")) \"\(edit)\"").status == 0)
        let run = try await ProgramRun(["audit", "gaps", "--file", database("FRA")])
        #expect(run.status == 1)
        #expect(run.messages.contains("6 numbers are missing"), "\(run.messages)")
        let rows = run.text.split(separator: "\n").filter { $0.hasPrefix(Self.gbr) }.map(String.init)
        #expect(
            rows.dropFirst() == [
                "\(Self.gbr)\t4-9\topen\t2026-11-22T12:00:00.000Z\t2\tlost",
                "\(Self.gbr)\t12\twaiting\t2026-11-22T12:00:00.000Z\t-\t-",
                "\(Self.gbr)\t11\tclosed\t2026-11-22T12:00:00.000Z\t3\tvoid: expired",
            ]
        )
        let json = try JSONValue.parse(
            try await ProgramRun(["audit", "gaps", "--file", database("FRA"), "--open", "--json"]).output
        )
        #expect(json["missing"] == 6)
        #expect(json["gaps"]?.arrayValue?.compactMap { $0["state"]?.stringValue } == ["open", "waiting"])

        let fixture = try await LogFixture(1)
        let fault = AuditEntryDraft(.streamFault, .failed, realm: .live, reasons: ["number-reused"])
        _ = try await fixture.store.append(fault)
        let faulty = try await ProgramRun(["audit", "gaps", "--file", try fixture.copy()])
        #expect(faulty.status == 10, "\(faulty.messages)")
    }
}
