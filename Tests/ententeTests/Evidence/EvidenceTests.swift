import CanonicalEncoding
import CoalitionDirectory
import Foundation
import MessageEnvelope
import NodeSupport
import OpenSSLCrypto
import RelayNode
import RelayStorage
import Relaying
import TestSupport
import Testing
import TransparencyLog

@testable import entente

/// What a file of evidence proves, what it does not, and what becomes of one that was tampered with; over real TLS.
@Suite(.timeLimit(.minutes(10))) struct EvidenceTests {
    private func texts(_ report: EvidenceReport, _ standing: EvidenceReport.Standing) -> [String] {
        report.statements.filter { $0.standing == standing }.map(\.text)
    }

    @Test func `every node on the way proves its part of a message`() async throws {
        let fixture = try await EvidenceFixture()
        let file = try await fixture.file()
        #expect(try EvidenceFile(parsing: file.bytes).bytes == file.bytes)
        let report = try await EvidenceVerification.run(try EvidenceFile(parsing: file.bytes), roots: fixture.roots)
        #expect(report.statements.allSatisfy { $0.standing == .proven }, "\(report.lines(for: .current))")
        for part in [
            "GBR/j2-fusion has signed this message for FRA/cni", "release, allowed", "transfer, done", "receipt, done",
            "of fra.example/node/fra-hub: acceptance, allowed",
            "FRA/cni has signed that it decrypted the message", "is what the policy",
            "its cosigners have seen no other", "FRA has published version 1", "GBR has published version 1",
        ] {
            #expect(report.statements.contains { $0.text.contains(part) }, "\(part)")
        }
        #expect(!report.statements.contains { $0.text.contains("JPN") }, "nobody who signed nothing")
        let cosigned = report.statements.filter { $0.text.contains("cosigners") }
        #expect(cosigned.allSatisfy { $0.detail.count == 2 })
        // The destination's log has no witnesses here, and says so; all else is proven.
        let atDestination = try await EvidenceVerification.run(try await fixture.file(of: "FRA"), roots: fixture.roots)
        #expect(Set(atDestination.statements.map(\.standing)) == [.proven, .unproven])
        #expect(texts(atDestination, .unproven).allSatisfy { $0.contains("no other partner's node has cosigned it") })
        #expect(texts(atDestination, .proven).contains { $0.contains("acceptance, allowed") })
        try await fixture.coalition.stopAll()
    }

    @Test func `a refusal is proven by the log of the node that refused`() async throws {
        let fixture = try await EvidenceFixture()
        let coalition = fixture.coalition
        // The destination's policy is stricter than that of the originator's node.
        let policy = try String(contentsOf: coalition.policyFile, encoding: .utf8)
        try coalition.write(Array(policy.replacing("up-to: SECRET", with: "up-to: RESTRICTED").utf8), "strict.yaml")
        let configuration = coalition.configurationFile(of: "DEU")
        let text = try String(contentsOf: configuration, encoding: .utf8)
        try coalition.write(
            Array(text.replacing("policy: policy.yaml", with: "policy: strict.yaml").utf8),
            configuration.lastPathComponent
        )
        try await coalition.start("DEU")
        let id = try await coalition.hand(
            in: coalition.seal(from: "GBR/j2-fusion", to: ["DEU/lage"], marking: "GBR SECRET//REL TO DEU//INTREP")
        )
        _ = try await coalition.eventually {
            let entries = try await coalition.node("GBR").store.trace(id).entries
            return entries.contains { $0.entry.kind == .void } ? true : nil
        }
        let report = try await EvidenceVerification.run(try await fixture.file(message: id), roots: fixture.roots)
        let refusal = texts(report, .proven)
            .filter { $0.hasPrefix("DEU's log holds") && $0.contains("refusal, refused") }
        #expect(refusal.count == 1)
        let end = "of the message, with gbr.example/node/gbr-1, because of denied"
        #expect(refusal.allSatisfy { $0.hasSuffix(end) }, "\(refusal)")
        #expect(!report.contains(.broken))
        try await coalition.stopAll()
    }

    @Test func `what rests on roots that stand in the file alone is assumed, and under another root it is broken`()
        async throws
    {
        let fixture = try await EvidenceFixture()
        let file = try await fixture.file()
        let none = try await EvidenceVerification.run(file, roots: [:])
        #expect(!none.contains(.broken) && !none.contains(.unproven))
        // That a decision follows from a policy is nobody's word.
        #expect(texts(none, .proven).allSatisfy { $0.hasPrefix("the decision of entry") })
        let gbr = try PartnerCode("GBR")
        let own = try await EvidenceVerification.run(file, roots: fixture.roots.filter { $0.key == gbr })
        #expect(texts(own, .proven).contains { $0.contains("GBR's log holds entry") })
        #expect(texts(own, .assumed).contains { $0.contains("FRA/cni has signed") })
        #expect(texts(own, .assumed).contains { $0.contains("cosigners") })
        let other = try await EvidenceVerification.run(file, roots: [gbr: fixture.roots[try PartnerCode("FRA")] ?? []])
        #expect(texts(other, .broken).contains { $0.contains("sheet") })
        #expect(texts(other, .proven).allSatisfy { $0.hasPrefix("the decision of entry") })
        try await fixture.coalition.stopAll()
    }

    @Test func `no byte can be changed and no file left out unnoticed, even with a manifest that fits`() async throws {
        let fixture = try await EvidenceFixture()
        let file = try await fixture.file()
        let archive = try TamperedArchive(file)
        let sound = try await EvidenceVerification.run(file, roots: fixture.roots).json
        let words = ["README.txt", "verify.sh", "explanation.txt", "manifest.json"]
        var random = SystemRandomNumberGenerator()
        func expectNoticed(_ archive: TamperedArchive, _ what: String) async throws {
            do {
                let changed = try EvidenceFile(parsing: try archive.bytes())
                let report = try await EvidenceVerification.run(changed, roots: fixture.roots)
                // A cosignature of one witness that no longer counts makes nothing wrong of the rest, and is gone.
                #expect(report.json != sound, "\(what)")
            } catch {
                #expect(error is EvidenceFile.Malformed, "\(what): \(error)")
            }
        }
        #expect(archive.files.count > 25)
        for (name, bytes) in archive.files where !words.contains(name) {
            // A policy is named by what it says: its comments are nobody's evidence.
            for _ in 0..<(name.hasSuffix("/texts.json") ? 0 : 3) {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                let bit = UInt8(1) << UInt8.random(in: 0..<8, using: &random)
                try await expectNoticed(archive.with { $0[name]?[place] ^= bit }, "\(name), byte \(place), bit \(bit)")
            }
            // Sheets of partners who have signed nothing are named by the directory all the same.
            try await expectNoticed(archive.with { $0[name] = nil }, "\(name) left out")
        }
        let policy = try #require(archive.files.keys.first { $0.hasSuffix("/texts.json") })
        try await expectNoticed(
            archive.with { files in
                let text = String(decoding: files[policy] ?? [], as: UTF8.self)
                files[policy] = Array(text.replacing("ceiling: TOP SECRET", with: "ceiling: SECRET").utf8)
                #expect(files[policy] != archive.files[policy])
            },
            "another policy"
        )
        // Without a fitting manifest even the words are noticed.
        for name in words where name != "manifest.json" {
            let changed = archive.with { $0[name, default: []][0] ^= 1 }
            #expect(throws: EvidenceFile.Malformed.self) {
                try EvidenceFile(parsing: try changed.bytes(isManifestFitting: false))
            }
        }
        let swapped = archive.with { files in
            let first = files["entries/1/proof.txt"]
            files["entries/1/proof.txt"] = files["entries/2/proof.txt"]
            files["entries/2/proof.txt"] = first
        }
        let report = try await EvidenceVerification.run(
            try EvidenceFile(parsing: try swapped.bytes()),
            roots: fixture.roots
        )
        #expect(
            texts(report, .broken).contains {
                $0.contains("no key of the log that a sheet of its directory lists has signed")
            }
        )
        // Instructions of somebody else's making are pointed out.
        let led = archive.with { $0["verify.sh"] = Array("echo all is proven\n".utf8) }
        let warned = try await EvidenceVerification.run(
            try EvidenceFile(parsing: try led.bytes()),
            roots: fixture.roots
        )
        #expect(warned.limits.contains { $0.contains("do not run them") })
        try await fixture.coalition.stopAll()
    }

    @Test func `certificates that were revoked since prove what they signed before`() async throws {
        let fixture = try await EvidenceFixture()
        let coalition = fixture.coalition
        let gbr = try coalition.fixture.partner("GBR")
        let revoked = try gbr.mailbox("j2-fusion").signing.certificate
        let first = try await EvidenceFixture.required(
            coalition.fixture.sheets.first { $0.sheet.code.rawValue == "GBR" }
        )
        let next = try gbr.signedSheet(after: first, at: .now()) { draft in
            draft.revocationLists = try gbr.revocationLists(number: 2, revoking: [revoked], at: .now())
        }
        try Data(next.bytes).write(to: coalition.folder.appendingPathComponent("GBR.cms"))
        _ = try await coalition.node("GBR").reload(cause: "test")
        let now = try coalition.node("GBR").state.view.directory
        #expect(now.partners[next.sheet.code]?.version == 2)
        let later = try coalition.seal(
            from: "GBR/maritime-desk",
            to: ["FRA/cni"],
            marking: "GBR SECRET//REL TO FRA//INTREP"
        )
        let after = try await fixture.file(message: try await coalition.hand(in: later))
        #expect(after.evidence.directories.map(\.state.hash) == [now.stateHash])
        let file = try await fixture.file()
        #expect(
            !file.evidence.directories.contains { $0.state.hash == now.stateHash },
            "by what decided, not by what is now"
        )
        let report = try await EvidenceVerification.run(file, roots: fixture.roots)
        #expect(report.statements.allSatisfy { $0.standing == .proven }, "\(report.lines(for: .current))")
        try await coalition.stopAll()
    }

    @Test func `a signature is proven no better than the log that says when it was made`() async throws {
        let fixture = try await EvidenceFixture(isWitnessed: false)
        let file = try await fixture.file(of: "FRA")
        let gbr = try PartnerCode("GBR")
        let report = try await EvidenceVerification.run(file, roots: fixture.roots.filter { $0.key == gbr })
        // GBR's key may have been stolen or revoked since: by FRA's word it was good then.
        let message = try #require(report.statements.first { $0.text.contains("GBR/j2-fusion has signed") })
        #expect(message.standing == .assumed)
        #expect(message.detail.contains { $0.hasPrefix("judged as of") && $0.hasSuffix("by the word of FRA's log") })
        #expect(texts(report, .proven).contains { $0.contains("GBR's log holds entry") })
        try await fixture.coalition.stopAll()
    }

    @Test func `a cosignature of a time that is none counts for nothing`() async throws {
        let fixture = try await EvidenceFixture(isWitnessed: false)
        let file = try await fixture.file()
        let name = "fra.example/node/fra-hub"
        let key = try fixture.coalition.fixture.partner("FRA").node("fra-hub").logKey
        let signer = try CosignatureSigner(name: NoteKeyName(name), key: key)
        for time in [UInt64(Int64.max), 253_402_300_800] {
            let archive = try TamperedArchive(file).with { files in
                for (name, bytes) in files where name.hasPrefix("entries/") && name.hasSuffix("proof.txt") {
                    let checkpoint = try LogProof(parsing: bytes).signedCheckpoint.checkpoint
                    let line = AddCheckpointResponse(signatures: [try signer.cosign(checkpoint, at: time)]).bytes
                    files[name] = bytes + line
                }
            }
            let cosigned = try EvidenceFile(parsing: try archive.bytes())
            let report = try await EvidenceVerification.run(cosigned, roots: fixture.roots)
            #expect(!report.statements.contains { $0.text.contains("cosigners") }, "\(time)")
            #expect(texts(report, .unproven).contains { $0.contains("no other partner's node has cosigned it") })
        }
        try await fixture.coalition.stopAll()
    }

    /// A file whose entries' trees bear a cosignature, made by `cosign`, beside those that they have: of FRA's node under the
    /// log's own entries, of UN's under those of other logs.
    private func cosigned(
        _ file: EvidenceFile,
        in fixture: EvidenceFixture,
        others: Bool = false,
        _ cosign: (CosignatureSigner, Checkpoint, AuditEntry) throws -> NoteSignature
    ) throws -> EvidenceFile {
        let key = try fixture.coalition.fixture.partner(others ? "UN" : "FRA").node(others ? "un-1" : "fra-hub").logKey
        let name = others ? "un.example/node/un-1" : "fra.example/node/fra-hub"
        let signer = try CosignatureSigner(name: NoteKeyName(name), key: key)
        let archive = try TamperedArchive(file).with { files in
            for (name, bytes) in files
            where name.hasPrefix(others ? "other-logs/" : "entries/") && name.hasSuffix("proof.txt") {
                let entry = try #require(files[name.replacing("proof.txt", with: "entry.json")])
                let signature = try cosign(
                    signer,
                    try LogProof(parsing: bytes).signedCheckpoint.checkpoint,
                    try AuditEntry(canonicalBytes: entry)
                )
                files[name] = bytes + AddCheckpointResponse(signatures: [signature]).bytes
            }
        }
        return try EvidenceFile(parsing: try archive.bytes())
    }

    @Test func `one witness alone does not make a tree older, and none can have seen it before its entries`()
        async throws
    {
        let fixture = try await EvidenceFixture(isWitnessed: false)
        let file = try await fixture.file()
        // FRA's node states a time that is earlier than UN's, by a minute and by a day.
        for (seconds, isBroken) in [(Int64(-60), false), (-86_400, true)] {
            let cosigned = try cosigned(file, in: fixture) { signer, checkpoint, entry in
                try signer.cosign(checkpoint, at: UInt64(entry.time.adding(seconds: seconds).secondsSinceEpoch))
            }
            let report = try await EvidenceVerification.run(cosigned, roots: fixture.roots)
            let broken = texts(report, .broken)
            #expect(broken.isEmpty != isBroken, "\(broken)")
            #expect(broken.allSatisfy { $0.contains("one of the two clocks was wrong") })
        }
        try await fixture.coalition.stopAll()
    }

    @Test func `a witness that lies about another log's tree spoils no evidence, and a time to come counts nowhere`()
        async throws
    {
        let fixture = try await EvidenceFixture(isWitnessed: false)
        let file = try await fixture.file()
        try await fixture.coalition.stopAll()
        let folder = try TemporaryFolder()
        try fixture.writeRoots(to: "\(folder.path)/roots")
        for (others, seconds, words) in [
            (true, Int64(-86_400), "before its entry"), (true, 86_400, "still to come"),
            (false, 86_400, "still to come"),
        ] {
            let lying = try cosigned(file, in: fixture, others: others) { signer, checkpoint, entry in
                try signer.cosign(checkpoint, at: UInt64(entry.time.adding(seconds: seconds).secondsSinceEpoch))
            }
            let report = try await EvidenceVerification.run(lying, roots: fixture.roots)
            #expect(texts(report, .broken).isEmpty, "\(texts(report, .broken))")
            #expect(texts(report, .unproven).contains { $0.contains(words) })
            #expect(!report.statements.contains { $0.text.contains("was there within the second") })
            #expect(texts(report, .proven).contains { $0.contains("of fra.example/node/fra-hub: acceptance, allowed") })
            try Data(lying.bytes).write(to: URL(filePath: "\(folder.path)/evidence.tar"))
            let run = try await ProgramRun(
                shell:
                    "tar -xf evidence.tar && sh evidence-*/verify.sh roots; status=$?; rm -r evidence-*; exit $status",
                in: folder.path
            )
            #expect(run.status == 1 && !run.text.contains("cosigned by"), "\(run.text)\(run.messages)")
            #expect(run.text.contains(seconds > 0 ? "at a time still to come" : "before it was written"))
        }
        // Later that time has come.
        let early = try cosigned(file, in: fixture) { signer, checkpoint, entry in
            try signer.cosign(checkpoint, at: UInt64(entry.time.adding(seconds: 86_400).secondsSinceEpoch))
        }
        let report = try await EvidenceVerification.run(
            early,
            roots: fixture.roots,
            now: Timestamp.now().adding(seconds: 86_400)
        )
        #expect(report.statements.contains { $0.text.contains("was there within the second") })
        let forged = try cosigned(file, in: fixture, others: true) { signer, checkpoint, entry in
            Self.spoiled(try signer.cosign(checkpoint, at: UInt64(entry.time.secondsSinceEpoch)))
        }
        let judged = try await EvidenceVerification.run(forged, roots: fixture.roots)
        #expect(texts(judged, .broken).isEmpty && texts(judged, .unproven).contains { $0.contains("is not its own") })
    }

    private static func spoiled(_ line: NoteSignature) -> NoteSignature {
        var signature = line.signature
        signature[signature.count - 1] ^= 1
        return NoteSignature(name: line.name, keyID: line.keyID, signature: signature)
    }

    @Test func `what contradicts itself is written all the same, and said`() async throws {
        let fixture = try await EvidenceFixture()
        try await fixture.coalition.stopAll()
        let database = fixture.coalition.dataFolder(of: "GBR").appendingPathComponent("entente.sqlite").path
        let folder = try TemporaryFolder()
        // The last character but two of a cosignature's line.
        let run = try await ProgramRun(
            shell: """
                sqlite3 \(database) "UPDATE stable_checkpoints SET note = CAST(substr(note, 1, length(note) - 5) || \
                CASE substr(note, -5, 1) WHEN x'41' THEN 'B' ELSE 'A' END || substr(note, -4) AS BLOB)" && \
                entente evidence export \(fixture.id) --file \(database) --out spoiled.tar
                """,
            in: folder.path
        )
        #expect(run.status == 10, "\(run.messages)")
        #expect(run.messages.contains("`spoiled.tar` is written, and contradicts itself"), "\(run.messages)")
        let verified = try await ProgramRun(shell: "entente evidence verify spoiled.tar", in: folder.path)
        #expect(verified.status == 10 && verified.text.contains("is not its own"), "\(verified.text)")
    }

    @Test func `a cosignature that its witness has not made is said to be none, beside those that hold`() async throws {
        let fixture = try await EvidenceFixture(isWitnessed: false)
        let file = try await fixture.file()
        let forged = try cosigned(file, in: fixture) { signer, checkpoint, entry in
            Self.spoiled(try signer.cosign(checkpoint, at: UInt64(entry.time.secondsSinceEpoch)))
        }
        let report = try await EvidenceVerification.run(forged, roots: fixture.roots)
        #expect(texts(report, .broken).contains { $0.contains("the cosignature of") && $0.contains("is not its own") })
        try await fixture.coalition.stopAll()
    }

    @Test func `what was erased is called erased, and everything else stays proven`() async throws {
        let fixture = try await EvidenceFixture()
        let file = try await fixture.file()
        let bare = EvidenceFile(
            log: file.log,
            made: file.made,
            evidence: MessageEvidence(
                id: file.evidence.id,
                entries: file.evidence.entries.map { MessageEvidence.Entry(link: $0.link, details: nil) },
                otherLogs: file.evidence.otherLogs,
                messages: file.evidence.messages,
                receipts: file.evidence.receipts,
                policies: [],
                directories: file.evidence.directories
            ),
            bodies: [:],
            explanation: file.explanation,
            instructions: file.instructions,
            script: file.script
        )
        let report = try await EvidenceVerification.run(try EvidenceFile(parsing: bare.bytes), roots: fixture.roots)
        #expect(report.statements.allSatisfy { $0.standing == .proven }, "\(report.lines(for: .current))")
        #expect(report.limits.contains { $0.contains("its details are erased, or were left out") })
        #expect(report.limits.contains { $0.contains("what the body was") })
        try await fixture.coalition.stopAll()
    }

    @Test func `a denial is proven with its reason, though nothing was taken on`() async throws {
        let fixture = try await EvidenceFixture(isWitnessed: false)
        let denied = try fixture.coalition.seal(
            from: "GBR/j2-fusion",
            to: ["FRA/cni"],
            marking: "GBR SECRET//EYES ONLY//INTREP"
        )
        await #expect(throws: RunningCoalition.NotTaken.self) { try await fixture.coalition.hand(in: denied) }
        let id = try ReceivedEnvelope(denied).header.id
        let report = try await EvidenceVerification.run(try await fixture.file(message: id), roots: fixture.roots)
        #expect(!report.contains(.broken), "\(report.lines(for: .current))")
        let denial = report.statements.first {
            $0.text.contains("denial, denied") && $0.text.contains("because of eyes-only")
        }
        #expect(denial?.standing == .proven)
        let decision = report.statements.first { $0.text.hasPrefix("the decision of entry") }
        for word in ["DENIED", "eyes-only"] {
            #expect(decision?.detail.contains { $0.contains(word) } == true, "\(decision?.detail ?? [])")
        }
        // Nobody has cosigned the log.
        #expect(texts(report, .unproven).contains { $0.contains("no other partner's node has cosigned it") })
        try await fixture.coalition.stopAll()
    }

    @Test func `the commands make and verify the file, and the script in it does with openssl alone`() async throws {
        let fixture = try await EvidenceFixture()
        let folder = try TemporaryFolder()
        try fixture.writeRoots(to: "\(folder.path)/roots")
        let socket = fixture.coalition.dataFolder(of: "GBR").appendingPathComponent("operator.sock").path
        let name = "evidence-\(fixture.id).tar"
        let made = try await ProgramRun(
            shell: "entente evidence export \(fixture.id) --socket \(socket)",
            in: folder.path
        )
        #expect(made.status == 0, "\(made.messages)")
        #expect(made.messages.contains("`\(name)`: 3 entries, 1 delivery receipt, "))
        #expect(try folder.mode(of: name) == 0o600)
        let again = try await ProgramRun(
            shell: "entente evidence export \(fixture.id) --socket \(socket)",
            in: folder.path
        )
        #expect(again.status == 1 && again.messages.contains("is there already"), "\(again.messages)")
        // From here on no node is needed.
        try await fixture.coalition.stopAll()
        let database = fixture.coalition.dataFolder(of: "GBR").appendingPathComponent("entente.sqlite").path
        let copy = try await ProgramRun(
            shell: "entente evidence export \(fixture.id) --file \(database) --out copy.tar",
            in: folder.path
        )
        #expect(copy.status == 0, "\(copy.messages)")
        for (arguments, status) in [
            ("\(name) --roots roots", 0), ("copy.tar --roots roots", 0),
            ("\(name) --root GBR=roots/GBR.pem --root FRA=roots/FRA.pem", 0), ("\(name) --root GBR=roots/GBR.pem", 1),
            (name, 1), ("\(name) --trust-enclosed-roots", 0), ("\(name) --root GBR=roots/FRA.pem", 10),
            ("roots/GBR.pem", 1), ("missing.tar", 1), ("\(name) --root GBR", 64), ("\(name) --roots .", 1),
        ] as [(String, Int32)] {
            let run = try await ProgramRun(shell: "entente evidence verify \(arguments)", in: folder.path)
            #expect(run.status == status, "\(arguments): \(run.text)\(run.messages)")
            #expect(status == 0 || run.messages.contains("next:") || arguments == "missing.tar", "\(run.messages)")
        }
        let mistyped = try await ProgramRun(
            shell: "entente evidence verify \(name) --root GBX=roots/GBR.pem --root FRA=roots/FRA.pem",
            in: folder.path
        )
        #expect(
            mistyped.status == 1 && mistyped.messages.contains("--root GBX says nothing here"),
            "\(mistyped.messages)"
        )
        #expect(!mistyped.messages.contains("--root FRA says"))
        let json = try await ProgramRun(shell: "entente evidence verify \(name) --roots roots --json", in: folder.path)
        let report = try JSONValue.parse(json.output)
        #expect(report["message"]?.stringValue == "\(fixture.id)")
        #expect(report["statements"]?.arrayValue?.allSatisfy { $0["standing"] == "proven" } == true)
        try await expectScript(name, folder)
    }

    /// Runs `verify.sh` on what it must take and on what it must not.
    private func expectScript(_ name: String, _ folder: TemporaryFolder) async throws {
        let unpacked = name.replacing(".tar", with: "")
        let sound = try await ProgramRun(
            shell: "tar -xf \(name) && cd \(unpacked) && sh verify.sh ../roots",
            in: folder.path
        )
        #expect(sound.status == 0, "\(sound.text)\(sound.messages)")
        #expect(!sound.text.contains("PROBLEM"))
        for part in [
            "GBR/j2-fusion has signed the message", "with the encrypted body that the header names",
            "FRA/cni has signed that it decrypted the message", "release, allowed", "acceptance, allowed",
            "cosigned by FRA (fra.example/node/fra-hub)", "cosigned by UN (un.example/node/un-1)",
            "with the details that it commits to",
        ] {
            #expect(sound.text.contains(part), "\(part)")
        }
        let flip = #"printf '\377' | dd of=FILE bs=1 seek=40 conv=notrunc 2>/dev/null"#
        for (command, problem) in [
            (flip.replacing("FILE", with: "messages/1/header.der"), "no verified entry names its envelope"),
            (flip.replacing("FILE", with: "messages/1/body.der"), "the body is not the one"),
            (flip.replacing("FILE", with: "entries/1/entry.json"), "its proof does not hold"),
            (flip.replacing("FILE", with: "entries/1/details.json"), "its details are not those"),
            (flip.replacing("FILE", with: "other-logs/1/entry.json"), "its proof does not hold"),
            ("rm receipts/1.der && cp messages/1/header.der receipts/1.der", "no recipient's receipt"),
            ("cp entries/2/proof.txt entries/1/proof.txt", "its proof does not hold"),
            ("sed -i 's/^1$/2/; s/^\\([0-9]*\\)$/\\10/' entries/1/proof.txt", "its proof does not hold"),
            ("sed -i 's/^index .*/index a[$(touch pwned)]/' entries/1/proof.txt", "its proof does not hold"),
            ("for f in sheets/*.cms; do mv $f sheets/0.cms; break; done", "its digest is not its name"),
            (
                #"sed -i '/^— un.example/{s/ [^ ]*$/&/;s/....$/AA==/}' entries/1/proof.txt"#,
                "the cosignature of un.example/node/un-1 is not its own"
            ),
            ("sed -i 's/^—/-/' entries/1/proof.txt", "not a proof in the form of C2SP tlog-proof"),
            ("sed -i '1s/v1/v2/' entries/1/proof.txt", "not a proof in the form of C2SP tlog-proof"),
            ("rm roots/GBR.pem", "no GBR.pem among the roots"),
            ("cp roots/FRA.pem roots/GBR.pem", "not a sheet of GBR under its root"),
        ] {
            let run = try await ProgramRun(
                shell: "cp -r \(unpacked) broken && cp -r roots broken/roots && cd broken && \(command) && "
                    + "bash verify.sh roots; status=$?; test ! -e pwned && rm -r ../broken && exit $status",
                in: folder.path
            )
            #expect(run.status == 1 && run.text.contains(problem), "\(command): \(run.text)\(run.messages)")
        }
        let alone = try await ProgramRun(shell: "sh \(unpacked)/verify.sh", in: folder.path)
        #expect(alone.status == 64 && alone.messages.contains("usage: sh verify.sh ROOTS"))
    }

    @Test func `the script knows the last partner of a directory as it does the others`() async throws {
        let fixture = try await EvidenceFixture(isWitnessed: false)
        let coalition = fixture.coalition
        let last = try #require(coalition.fixture.sheets.map(\.sheet).max { $0.trustDomain < $1.trustDomain })
        #expect(last.code.rawValue == "UN")
        let envelope = try coalition.seal(
            from: "GBR/j2-fusion",
            to: ["UN/situation-room"],
            marking: "GBR OFFICIAL//HUMREP"
        )
        let id = try await coalition.hand(in: envelope)
        _ = try await coalition.eventually {
            try await coalition.node("UN").store.trace(id).messages.isEmpty ? nil : ()
        }
        try await coalition.acknowledge(envelope, as: "UN/situation-room")
        _ = try await coalition.eventually {
            try await coalition.node("GBR").store.trace(id).messages.contains { !$0.receipts.isEmpty } ? () : nil
        }
        let file = try await fixture.file(message: id)
        try await coalition.stopAll()
        let folder = try TemporaryFolder()
        try fixture.writeRoots(to: "\(folder.path)/roots")
        try Data(file.bytes).write(to: URL(filePath: "\(folder.path)/evidence.tar"))
        let run = try await ProgramRun(
            shell: "tar -xf evidence.tar && cd evidence-* && sh verify.sh ../roots",
            in: folder.path
        )
        #expect(run.text.contains("UN/situation-room has signed that it decrypted"), "\(run.text)\(run.messages)")
        #expect(!run.text.contains("PROBLEM"), "\(run.text)")
    }

    @Test func `what the page on evidence says to run does what it says`() async throws {
        let fixture = try await EvidenceFixture()
        let folder = try TemporaryFolder()
        try fixture.writeRoots(to: "\(folder.path)/roots")
        let page = String(decoding: try WholeFile.read("\(sourceTree)/Docs/evidence.md"), as: UTF8.self)
        let socket = fixture.coalition.dataFolder(of: "GBR").appendingPathComponent("operator.sock").path
        // The socket is what a configuration would name.
        let configuration = try folder.write(
            "contexts: {gbr: {partner: GBR, operator-socket: \(socket)}}\ndefault: gbr\n",
            to: "config.yaml"
        )
        var script =
            "set -eu\nid=\(fixture.id) entente=\(sourceTree) ENTENTE_CONFIG=\(configuration)\nexport ENTENTE_CONFIG\n"
        for name in ["export", "verify", "openssl"] {
            let blocks = page.components(separatedBy: "\n```sh \(name)\n")
            try #require(blocks.count == 2, "expected one block `\(name)` in Docs/evidence.md")
            script += try #require(blocks[1].components(separatedBy: "\n```\n").first) + "\n"
        }
        let run = try await ProgramRun(shell: script, in: folder.path)
        #expect(run.status == 0, "\(run.text)\(run.messages)")
        #expect(run.text.contains("proven      GBR/j2-fusion has signed this message for FRA/cni"))
        #expect(run.text.contains("proven   FRA/cni has signed that it decrypted the message"))
        // The page lists every file of the archive, and no other.
        let listed = page.components(separatedBy: "\n").filter { $0.hasPrefix("| `") }.joined()
        for name in try TamperedArchive(try await fixture.file()).files.keys {
            #expect(listed.contains("`\(name.split(separator: "/")[0])"), "\(name)")
        }
        try await fixture.coalition.stopAll()
    }

    @Test func `the published script is the one in every file`() throws {
        let published = try Data(contentsOf: URL(filePath: "\(sourceTree)/Docs/verify-evidence.sh"))
        #expect(Array(published) == EvidenceInstructions.script)
    }
}
