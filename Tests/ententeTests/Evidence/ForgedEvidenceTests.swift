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

/// What whoever holds a log's key can put into a file of evidence beside what is true; both verifiers must say so.
@Suite(.timeLimit(.minutes(10))) struct ForgedEvidenceTests {
    /// An entry that the log's holder has changed, last in a tree of its own that the key has signed.
    private func forge(
        _ bytes: [UInt8],
        by key: PrivateKey,
        _ change: (inout [String: JSONValue]) -> Void
    ) throws -> (entry: [UInt8], proof: [UInt8]) {
        var members = try JSONValue.parseCanonical(bytes).objectValue ?? [:]
        change(&members)
        let entry = JSONValue.object(members).canonicalBytes
        let index = UInt64(try #require(members["index"]?.integerValue))
        let origin = try LogOrigin(try #require(members["log"]?.stringValue))
        // In the row of the last leaf there are subtrees on the left alone, and nobody has to know what is in them.
        let path = (0..<index.nonzeroBitCount).map { SHA256Digest.hash([UInt8($0)]) }
        let root = path.reduce(MerkleTree.leafHash(entry)) { MerkleTree.nodeHash($1, $0) }
        let checkpoint = Checkpoint(origin: origin, head: TreeHead(size: index + 1, root: root))
        let signer = try NoteSigner(name: NoteKeyName(origin.rawValue), key: key)
        let proof = LogProof(
            index: index,
            path: path,
            signedCheckpoint: try SignedCheckpoint(signing: checkpoint, by: signer)
        )
        return (entry, proof.bytes)
    }

    /// The entry of FRA's acceptance, as GBR's evidence has it.
    private func acceptance(in file: EvidenceFile) throws -> [UInt8] {
        try #require(file.evidence.otherLogs.first { $0.entry.kind == .acceptance }).entryBytes
    }

    private func adding(_ forged: (entry: [UInt8], proof: [UInt8]), to file: EvidenceFile) throws -> TamperedArchive {
        try TamperedArchive(file).with { files in
            files["other-logs/9/entry.json"] = forged.entry
            files["other-logs/9/proof.txt"] = forged.proof
        }
    }

    /// Verifies by this program and by the script, which must find the same wanting.
    private func expect(
        _ archive: TamperedArchive,
        of fixture: EvidenceFixture,
        _ standing: EvidenceReport.Standing,
        _ words: String,
        script: String
    ) async throws {
        let file = try EvidenceFile(parsing: try archive.bytes())
        let report = try await EvidenceVerification.run(file, roots: fixture.roots)
        let found = report.statements.filter { $0.standing == standing }.map(\.text)
        #expect(found.contains { $0.contains(words) }, "\(report.lines(for: .current))")
        #expect(report.statements.allSatisfy { $0.standing != .broken || standing == .broken })
        let folder = try TemporaryFolder()
        try fixture.writeRoots(to: "\(folder.path)/roots")
        try Data(file.bytes).write(to: URL(filePath: "\(folder.path)/evidence.tar"))
        let run = try await ProgramRun(
            shell: "tar -xf evidence.tar && sh evidence-*/verify.sh roots",
            in: folder.path
        )
        #expect(run.status == 1 && run.text.contains("PROBLEM  \(script)"), "\(run.text)\(run.messages)")
        #expect(run.text.contains("proven   GBR/j2-fusion has signed the message"), "\(run.text)")
    }

    @Test func `a log that has signed two histories is convicted by the file that holds both`() async throws {
        let fixture = try await EvidenceFixture(isWitnessed: false)
        let file = try await fixture.file()
        try await fixture.coalition.stopAll()
        let key = try fixture.coalition.fixture.partner("FRA").node("fra-hub").logKey
        let forged = try forge(try acceptance(in: file), by: key) {
            $0["kind"] = "denial"
            $0["outcome"] = "denied"
            $0["reasons"] = ["ceiling"]
        }
        try await expect(
            try adding(forged, to: file),
            of: fixture,
            .broken,
            "FRA's log fra.example/node/fra-hub has signed tw",
            script: "one log has signed two different entries"
        )
    }

    @Test func `a log key that was replaced proves nothing of the time after`() async throws {
        let fixture = try await EvidenceFixture(isWitnessed: false)
        let coalition = fixture.coalition
        let old = try coalition.fixture.partner("FRA").node("fra-hub").logKey
        let before = try await fixture.file()
        // FRA's log ends, another begins under a new key, and GBR takes the sheet that says so.
        try await coalition.stop("FRA")
        _ = try coalition.endLog(of: "FRA", movingTo: coalition.folder.appendingPathComponent("ended"))
        _ = try await coalition.node("GBR").reload(cause: "test")
        try await coalition.start("FRA")
        let envelope = try coalition.seal(
            from: "GBR/j2-fusion",
            to: ["FRA/cni"],
            marking: "GBR SECRET//REL TO FRA//INTREP"
        )
        let id = try await coalition.hand(in: envelope)
        _ = try await coalition.eventually {
            try await coalition.node("GBR").store.entries(EntryFilter(kinds: [.transfer], message: id)).first
        }
        let file = try await fixture.file(message: id)
        try await coalition.stopAll()
        let genuine = try acceptance(in: file)

        // Under the directory of after, which lists the new key alone.
        let forged = try forge(genuine, by: old) { $0["outcome"] = "done" }
        try await expect(
            try adding(forged, to: file),
            of: fixture,
            .broken,
            "no key of the log that a sheet of its directory lists",
            script:
                "entry \(try AuditEntry(canonicalBytes: genuine).index) of fra.example/node/fra-hub: no key of the log"
        )
        // Under the one of before, which the forger has put into the file.
        let directories = try TamperedArchive(before).files.filter {
            $0.key.hasPrefix("directories/") || $0.key.hasPrefix("sheets/")
        }
        let earlier = try #require(before.evidence.directories.first).state.hash.hex
        let dated = try forge(genuine, by: old) {
            $0["outcome"] = "done"
            $0["directory"] = .string(earlier)
            $0["time"] = .string(Timestamp.now().rfc3339)
        }
        let both = try TamperedArchive(file).with { $0.merge(directories) { $1 } }
        // What is true stays proven beside the sheets of before, also where the new key was taken up before its sheet was issued.
        let whole = try await EvidenceVerification.run(EvidenceFile(parsing: try both.bytes()), roots: fixture.roots)
        #expect(whole.statements.allSatisfy { !$0.text.contains("lists no more") && $0.standing != .broken })
        // A cosignature by the old key, of after it was replaced.
        let cosigner = try CosignatureSigner(name: NoteKeyName("fra.example/node/fra-hub"), key: old)
        let cosigned = try both.with { files in
            for (name, bytes) in files where name.hasPrefix("entries/") && name.hasSuffix("proof.txt") {
                let checkpoint = try LogProof(parsing: bytes).signedCheckpoint.checkpoint
                let line = try cosigner.cosign(checkpoint, at: UInt64(Timestamp.now().secondsSinceEpoch + 1))
                files[name] = bytes + AddCheckpointResponse(signatures: [line]).bytes
            }
        }
        try await expect(cosigned, of: fixture, .unproven, "with a key that version 2", script: "entry ")
        let archive = try adding(dated, to: file).with { $0.merge(directories) { $1 } }
        try await expect(
            archive,
            of: fixture,
            .unproven,
            "lists no more",
            script:
                "entry \(try AuditEntry(canonicalBytes: genuine).index) of fra.example/node/fra-hub: it is signed by"
        )
    }

    @Test func `a receipt that no entry is about is not judged as of another's time`() async throws {
        let fixture = try await EvidenceFixture(isWitnessed: false)
        let coalition = fixture.coalition
        let receipt = try coalition.receipt(for: fixture.envelope, by: "FRA/cni")
        let file = try await fixture.file()
        try await coalition.stopAll()
        let archive = try TamperedArchive(file).with { $0["receipts/2.der"] = receipt }
        try await expect(
            archive,
            of: fixture,
            .unproven,
            "no entry that the log has signed is about it",
            script: "receipts/2.der: no verified entry is about it"
        )
    }
}
