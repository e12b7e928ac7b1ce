import CanonicalEncoding
import OpenSSLCrypto
import Testing

@testable import TransparencyLog

@Suite struct `A witness` {
    private let tree = ReferenceTree(leafHashes(40))

    private func witness(latest: SignedCheckpoint?, evidence: Fork? = nil) throws -> Witness {
        let key = try LogKeys.log().verifier
        return Witness(signer: try LogKeys.witness("w.example/w")) { origin in
            origin.rawValue == LogKeys.origin ? Witness.Log(keys: [key], latest: latest, evidence: evidence) : nil
        }
    }

    private func request(old: Int, new: Int) throws -> AddCheckpointRequest {
        AddCheckpointRequest(
            oldSize: UInt64(old),
            proof: old == 0 || old == new ? [] : tree.proof(old, in: new),
            signedCheckpoint: try LogKeys.checkpoint(tree, size: new)
        )
    }

    @Test func `cosigns what goes on from what it cosigned last, whatever the sizes`() throws {
        var latest: SignedCheckpoint?
        for (old, new) in [(0, 1), (1, 1), (1, 7), (7, 8), (8, 8), (8, 33), (33, 40)] {
            let request = try request(old: old, new: new)
            let decision = try witness(latest: latest).decide(addCheckpoint: request.bytes, at: 1_700_000_000)
            guard case .cosigned(let next, let response) = decision else {
                Issue.record("\(old) to \(new): \(decision)")
                return
            }
            #expect(next == request.signedCheckpoint)
            #expect(decision.status == 200)
            #expect(try AddCheckpointResponse(parsing: decision.body) == response)
            let verifier = try LogKeys.witness("w.example/w").verifier
            let cosigned = try response.added(to: next, by: [verifier])
            #expect(try verifier.verify(cosigned) == 1_700_000_000)
            latest = next
        }
    }

    /// Whether a witness that has cosigned `latest` cosigns a request whose parts are as given.
    private func refusal(
        latest: Int?,
        old: Int,
        new: Int,
        proof: [SHA256Digest]? = nil,
        of other: ReferenceTree? = nil
    ) throws -> WitnessRefusal? {
        let signed = try LogKeys.checkpoint(other ?? tree, size: new)
        let path = proof ?? (old == 0 || old >= new ? [] : tree.proof(old, in: new))
        let request = AddCheckpointRequest(oldSize: UInt64(old), proof: path, signedCheckpoint: signed)
        let witness = try witness(latest: latest.map { try LogKeys.checkpoint(tree, size: $0) })
        guard case .refused(let refusal) = try witness.decide(addCheckpoint: request.bytes, at: 1) else { return nil }
        return refusal
    }

    @Test func `answers a size other than its own with its own`() throws {
        for (latest, old, new) in [(5, 0, 8), (5, 4, 8), (5, 6, 8), (nil, 3, 8)] as [(Int?, Int, Int)] {
            let refusal = try #require(try refusal(latest: latest, old: old, new: new))
            #expect(refusal == .otherSize(latest: UInt64(latest ?? 0)))
            #expect(refusal.status == 409 && refusal.contentType == "text/x.tlog.size")
            #expect(refusal.body == bytes("\(latest ?? 0)\n"))
        }
    }

    @Test func `never cosigns a smaller tree`() throws {
        #expect(try refusal(latest: 8, old: 8, new: 5)?.status == 400)
        #expect(try refusal(latest: 8, old: 5, new: 5)?.status == 409)
    }

    @Test func `takes a second tree of one size for a fork, and keeps both notes`() throws {
        let forged = ReferenceTree(leafHashes(40).reversed())
        let refusal = try #require(try refusal(latest: 8, old: 8, new: 8, of: forged))
        guard case .fork(let fork) = refusal else {
            Issue.record("\(refusal)")
            return
        }
        #expect(refusal.status == 409 && refusal.body == bytes("8\n"))
        try fork.verify(by: LogKeys.log().verifier)
        #expect(try Fork(parsing: fork.bytes) == fork)
        #expect(fork.first.checkpoint.head == tree.head(8) && fork.second.checkpoint.head == forged.head(8))
    }

    @Test func `cosigns nothing of a log that it has evidence against, and still says what contradicts`() throws {
        let forged = ReferenceTree(leafHashes(40).reversed())
        let evidence = try Fork(
            first: LogKeys.checkpoint(tree, size: 7),
            second: LogKeys.checkpoint(forged, size: 7),
            claim: .sameSize
        )
        let witness = try witness(latest: LogKeys.checkpoint(tree, size: 8), evidence: evidence)
        for new in [8, 33] {
            let decision = try witness.decide(addCheckpoint: request(old: 8, new: new).bytes, at: 1)
            #expect(decision == .refused(.convicted(evidence)))
            #expect(decision.status == 403 && decision.contentType == "text/plain; charset=utf-8")
            #expect(String(decoding: decision.body, as: UTF8.self).contains("\(evidence)"))
        }
        #expect(try witness.decide(addCheckpoint: request(old: 7, new: 8).bytes, at: 1).status == 409)
        let other = AddCheckpointRequest(
            oldSize: 8,
            proof: [],
            signedCheckpoint: try LogKeys.checkpoint(forged, size: 8)
        )
        guard case .refused(.fork) = try witness.decide(addCheckpoint: other.bytes, at: 1) else {
            Issue.record("a further fork was not found")
            return
        }
    }

    @Test func `refuses a proof that does not lead there`() throws {
        let good = tree.proof(5, in: 8)
        for proof in [[], Array(good.dropLast()), good + [good[0]], good.reversed()] {
            let refusal = try refusal(latest: 5, old: 5, new: 8, proof: proof)
            #expect(refusal?.status == 422, "\(proof.count) hashes")
        }
        #expect(try self.refusal(latest: nil, old: 0, new: 8, proof: good)?.status == 422)
        #expect(try self.refusal(latest: 8, old: 8, new: 8, proof: good)?.status == 422)
        for position in good.indices {
            for byte in 0..<32 {
                var proof = good
                proof[position] = try proof[position].changed(at: byte)
                #expect(try self.refusal(latest: 5, old: 5, new: 8, proof: proof)?.status == 422)
            }
        }
    }

    @Test func `refuses logs and keys that it does not know`() throws {
        let other = try NoteSigner(
            name: NoteKeyName("other.example/log"),
            key: ed25519Key(seed: tree.root(0..<1).bytes)
        )
        let checkpoint = Checkpoint(origin: try LogOrigin("other.example/log"), head: tree.head(3))
        let foreign = AddCheckpointRequest(
            oldSize: 0,
            proof: [],
            signedCheckpoint: try SignedCheckpoint(signing: checkpoint, by: other)
        )
        let witness = try witness(latest: nil)
        #expect(try witness.decide(addCheckpoint: foreign.bytes, at: 1).status == 404)
        // Another key of the log's name, and the log's text under a signature of another log.
        let impostor = try NoteSigner(name: NoteKeyName(LogKeys.origin), key: ed25519Key(seed: tree.root(1..<2).bytes))
        let own = Checkpoint(origin: try LogOrigin(LogKeys.origin), head: tree.head(3))
        for signature in [try impostor.sign(own.text), try other.sign(own.text)] {
            let note = try SignedNote(text: own.text, signatures: [signature])
            let forged = AddCheckpointRequest(
                oldSize: 0,
                proof: [],
                signedCheckpoint: try SignedCheckpoint(parsing: note.bytes)
            )
            #expect(try witness.decide(addCheckpoint: forged.bytes, at: 1).status == 403)
        }
    }

    @Test func `reads requests in their one form and refuses any other`() throws {
        let good = try request(old: 5, new: 8)
        #expect(try AddCheckpointRequest(parsing: good.bytes) == good)
        let text = String(decoding: good.bytes, as: UTF8.self)
        let hash = try #require(text.split(separator: "\n").dropFirst().first)
        for (old, new) in [
            ("old 5\n", ""), ("old 5", "old 05"), ("old 5", "old +5"), ("old 5", "old  5"), ("old 5", "Old 5"),
            ("old 5", "old 18446744073709551616"), ("old 5", "old 5 "), ("\(hash)\n", "\(hash.dropLast())\n"),
            ("\(hash)\n", "\(hash)\r\n"), ("\n\n", "\n"), ("old 5", "old \u{665}"),
            ("old 5\n", "old 5\n" + String(repeating: "\(hash)\n", count: 61)),
        ] {
            let changed = text.replacing(old, with: new, maxReplacements: 1)
            #expect(changed != text)
            #expect(throws: WitnessFormError.self, "\(old.debugDescription)") {
                try AddCheckpointRequest(parsing: bytes(changed))
            }
            #expect(try witness(latest: nil).decide(addCheckpoint: bytes(changed), at: 1).status == 400)
        }
        for length in 0..<good.bytes.count {
            #expect(throws: WitnessFormError.self) {
                try AddCheckpointRequest(parsing: Array(good.bytes.prefix(length)))
            }
        }
    }

    /// The log, checkpoints and proof of a test of `transparency-dev/witness` (`TestDeadlock`, Copyright The
    /// Transparency.dev Authors, Apache License 2.0).
    @Test func `cosigns what another implementation's tests cosign`() throws {
        let key = try NoteVerifier(verifierKey: "monkeys+db4d9f7e+AULaJMvTtDLHPUcUrjdDad9vDlh/PTfC2VV60JUtCfWT")
        let first = """
            old 0

            monkeys
            5
            41smjBUiAU70EtKlT6lIOIYtRTYxYXsDB+XHfcvu/BE=

            \u{2014} monkeys 202fftzGl3LVoqjXfwCFZZXs8I+5G22+Ek2K0AOyBuSJ/8/CZawNF+6fNlTKOCd622pbzJNkkJFWuw9DbicZCkEx9AY=

            """
        let proof = [
            "b9e1d62618f7fee8034e4c5010f727ab24d8e4705cb296c374bf2025a87a10d2",
            "aac66cd7a79ce4012d80762fe8eec3a77f22d1ca4145c3f4cee022e7efcd599d",
            "89d0f753f66a290c483b39cd5e9eafb12021293395fad3d4a2ad053cfbcfdc9e",
            "29e40bb79c966f4c6fe96aff6f30acfce5f3e8d84c02215175d6e018a5dee833",
        ]
        let lines = try proof.map { Base64.encode(try #require(Hex.decode($0))) }.joined(separator: "\n")
        let second = """
            old 5
            \(lines)

            monkeys
            8
            V8K9aklZ4EPB+RMOk1/8VsJUdFZR77GDtZUQq84vSbo=

            \u{2014} monkeys 202ffoUEboiQYpHzICeaFmoy3RNviHTpAxYrq/eO4QQVQMvu9UebKBMX2MJC76NLthZaKsnKbCA8GxrjePZhvDCH7Ag=

            """
        var latest: SignedCheckpoint?
        for request in [first, second] {
            let known = latest
            let witness = Witness(signer: try LogKeys.witness("w.example/w")) { _ in
                Witness.Log(keys: [key], latest: known)
            }
            guard case .cosigned(let next, _) = try witness.decide(addCheckpoint: bytes(request), at: 1) else {
                Issue.record("not cosigned: \(request)")
                return
            }
            latest = next
        }
        #expect(latest?.checkpoint.head.size == 8)
    }
}
