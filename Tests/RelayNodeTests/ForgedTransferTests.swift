import CanonicalEncoding
import CoalitionDirectory
import HTTPTypes
import MessageEnvelope
import NIOCore
import NodeSupport
import OpenSSLCrypto
import RelayNode
import RelayStorage
import RelayTransport
import Relaying
import SecurityLabels
import TestSupport
import Testing
import TransparencyLog

/// What a partner's node can bring whose operator holds its true keys, and what it gets.
@Suite struct ForgedTransferTests {
    private struct Forgery {
        let name: String
        let links: [TransferLink]
        let object: [UInt8]
        var code = "entry-mismatch"
    }

    /// From France, which would be let through if it were honest.
    private func seal(in coalition: RunningCoalition, from originator: String = "FRA/cni") throws -> Envelope {
        let partner = try MailboxAddress(originator).partner
        return try coalition.seal(
            from: originator,
            to: ["GBR/j2-fusion"],
            marking: partner.rawValue == "FRA"
                ? "FRA SECRET//REL TO GBR//INTREP" : "DEU GEHEIM//REL TO FRA, GBR//INTREP",
            precedence: .priority
        )
    }

    private func falseReleases(in coalition: RunningCoalition) throws -> [Forgery] {
        let gbr = try coalition.nodeID("GBR")
        let deu = try coalition.nodeID("DEU")
        let envelope = try seal(in: coalition)
        let other = try seal(in: coalition)
        let edits: [(String, (inout AuditEntryDraft) throws -> Void)] = [
            ("another message", { $0.message = try other.id }),
            ("no message", { $0.message = nil }),
            ("another envelope", { $0.envelope = other.digest }),
            ("another object", { $0.digest = other.digest }),
            ("another kind of object", { $0.object = .deliveryReceipt }),
            ("another destination", { $0.destination = deu }),
            ("another next hop", { $0.nextHop = deu }),
            ("no next hop", { $0.nextHop = nil }),
            ("another kind", { $0.kind = .acceptance }),
            ("a relay without a release", { $0.kind = .relay }),
            ("a denial", { $0.outcome = .denied }),
            ("an exercise", { $0.realm = try Realm("dragon") }),
        ]
        var forgeries = try edits.map { name, edit in
            var log = try RogueLog(of: "FRA", in: coalition)
            return Forgery(
                name: name,
                links: [try log.release(envelope, to: gbr, editing: edit)],
                object: envelope.bytes
            )
        }
        var log = try RogueLog(of: "FRA", in: coalition)
        let release = try log.release(other, to: gbr)
        forgeries.append(
            Forgery(name: "the release of another message", links: [release], object: envelope.bytes)
        )
        let unnumbered = try log.append(log.draft(.release, envelope, to: gbr))
        forgeries.append(Forgery(name: "no sequence number", links: [unnumbered], object: envelope.bytes))
        var german = try RogueLog(of: "DEU", in: coalition, signedBy: "FRA")
        let borrowed = try german.release(envelope, to: gbr)
        forgeries.append(Forgery(name: "in another node's name", links: [borrowed], object: envelope.bytes))
        let foreign = try seal(in: coalition, from: "DEU/lage")
        let usurped = try log.release(foreign, to: gbr)
        forgeries.append(Forgery(name: "by another origin", links: [usurped], object: foreign.bytes))
        return forgeries
    }

    private func falseProofs(in coalition: RunningCoalition) throws -> [Forgery] {
        let gbr = try coalition.nodeID("GBR")
        let envelope = try seal(in: coalition)
        var log = try RogueLog(of: "FRA", in: coalition)
        _ = try log.release(seal(in: coalition), to: gbr)
        let release = try log.release(envelope, to: gbr)
        var fork = try RogueLog(of: "FRA", in: coalition)
        _ = try fork.release(seal(in: coalition), to: gbr)
        _ = try fork.release(seal(in: coalition), to: gbr)
        var unsigned = try RogueLog(of: "FRA", in: coalition, signedBy: "DEU")
        let misplaced = try log.append(log.draft(.release, envelope, to: gbr), sequence: 3, index: 7)
        var path = release.proof.path
        path[0] = .hash([0])
        let damaged = LogProof(index: 1, path: path, signedCheckpoint: release.proof.signedCheckpoint)
        func link(_ proof: LogProof) throws -> [TransferLink] {
            [try TransferLink(entryBytes: release.entryBytes, proof: proof)]
        }
        return [
            ("of another tree", try link(fork.proof(index: 1))), ("of another entry", try link(log.proof(index: 0))),
            ("with a wrong path", try link(damaged)), ("by another key", [try unsigned.release(envelope, to: gbr)]),
            ("of an entry at another index", [misplaced]),
        ].map { Forgery(name: "a proof \($0)", links: $1, object: envelope.bytes, code: "proof-mismatch") }
    }

    private func falseWays(in coalition: RunningCoalition) throws -> [Forgery] {
        let (gbr, fra, deu) = (
            try coalition.nodeID("GBR"), try coalition.nodeID("FRA"), try coalition.nodeID("DEU")
        )
        let envelope = try seal(in: coalition, from: "DEU/lage")
        var german = try RogueLog(of: "DEU", in: coalition)
        var french = try RogueLog(of: "FRA", in: coalition)
        var british = try RogueLog(of: "GBR", in: coalition)
        let toHub = try german.release(envelope, to: gbr, through: fra)
        func relay(_ log: inout RogueLog, from previous: SPIFFEID, through next: SPIFFEID) throws -> TransferLink {
            try log.append(log.draft(.relay, envelope, to: gbr, through: next, from: previous))
        }
        let byHub = try relay(&french, from: deu, through: gbr)
        let direct = try german.release(envelope, to: gbr)
        var changed = envelope.bytes
        changed[changed.count - 20] ^= 1
        let forged = try coalition.forge(envelope, replacing: [("PRIORITY", "FLASH")])
        return [
            Forgery(name: "without the hub's link", links: [toHub], object: envelope.bytes),
            Forgery(name: "with a release past the hub", links: [direct], object: envelope.bytes),
            Forgery(
                name: "with a release past the hub before its link",
                links: [direct, byHub],
                object: envelope.bytes
            ),
            Forgery(
                name: "with a relay to somebody else",
                links: [toHub, try relay(&french, from: deu, through: deu)],
                object: envelope.bytes
            ),
            Forgery(
                name: "with a relay from somebody else",
                links: [toHub, try relay(&french, from: gbr, through: gbr)],
                object: envelope.bytes
            ),
            Forgery(
                name: "in a circle",
                links: [
                    toHub, try relay(&french, from: deu, through: deu), try relay(&german, from: fra, through: fra),
                    byHub,
                ],
                object: envelope.bytes,
                code: "loop"
            ),
            Forgery(
                name: "through the receiver",
                links: [
                    try german.release(envelope, to: gbr, through: gbr), try relay(&british, from: deu, through: fra),
                    byHub,
                ],
                object: envelope.bytes,
                code: "loop"
            ),
            Forgery(
                name: "with too many links",
                links: Array(repeating: toHub, count: Transfer.maximumLinks) + [byHub],
                object: envelope.bytes,
                code: "too-many-hops"
            ),
            Forgery(
                name: "with a byte of the body changed",
                links: [toHub, byHub],
                object: changed,
                code: "body-mismatch"
            ),
            Forgery(name: "under another header", links: [toHub, byHub], object: forged.bytes),
            Forgery(
                name: "with a byte of the header changed",
                links: [toHub, byHub],
                object: try envelope.header.overwriting("PRIORITY", with: "DEFERRED") + envelope.body
            ),
            Forgery(
                name: "cut off",
                links: [toHub, byHub],
                object: envelope.bytes.dropLast(),
                code: "malformed-envelope"
            ),
        ]
    }

    private func expectRefused(_ forgeries: [Forgery], in coalition: RunningCoalition) async throws {
        try await coalition.start("GBR")
        let client = try coalition.connect(to: "GBR", with: coalition.nodeCredential("FRA"))
        for (number, forgery) in forgeries.enumerated() {
            let response = try await client.transfer(forgery.links, .message, forgery.object)
            expectProblem(response, 422, forgery.code, "\(forgery.name)")
            expectNoReasons(response, "\(forgery.name)")
            try await coalition.expectRefusals(Int64(number) + 1, at: "GBR", "\(forgery.name)")
        }
        for code in Set(forgeries.map(\.code)) {
            #expect(try await coalition.refusal(code, at: "GBR").peer == (try coalition.nodeID("FRA")))
        }
        try await coalition.expectNothingStored(at: "GBR")
        await client.close()
        try await coalition.stopAll()
    }

    @Test(.timeLimit(.minutes(10)))
    func `a release that says anything else than what came is refused`() async throws {
        let coalition = try RunningCoalition()
        try await expectRefused(falseReleases(in: coalition), in: coalition)
    }

    @Test(.timeLimit(.minutes(10)))
    func `a release that its log does not prove is refused`() async throws {
        let coalition = try RunningCoalition()
        try await expectRefused(falseProofs(in: coalition), in: coalition)
    }

    @Test(.timeLimit(.minutes(10)))
    func `a way that the links do not prove is refused, and so is what changed on it`() async throws {
        let coalition = try RunningCoalition()
        try await expectRefused(falseWays(in: coalition), in: coalition)
    }

    @Test(.timeLimit(.minutes(10)))
    func `what is no transfer is refused`() async throws {
        let coalition = try RunningCoalition()
        try await coalition.start("GBR")
        let client = try coalition.connect(to: "GBR", with: coalition.nodeCredential("FRA"))
        let envelope = try seal(in: coalition)
        var log = try RogueLog(of: "FRA", in: coalition)
        let honest = Transfer.encode(
            links: [try log.release(envelope, to: coalition.nodeID("GBR"))],
            kind: .message,
            objectBytes: envelope.bytes
        )
        let text = String(decoding: honest.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
        let manifests = [
            "", "\n", "{}\n", "\(text.replacing(#""version":1"#, with: #""version":2"#))\n",
            "\(text.replacing(#""object":"message""#, with: #""object":"parcel""#))\n", " \(text)\n",
            #"{"links":[],"object":"message","version":1}"# + "\n",
            String(repeating: " ", count: Transfer.maximumManifestSize + 1) + "\n",
        ]
        for (number, manifest) in manifests.enumerated() {
            let response = try await client.post(
                "/v1/transfers",
                Transfer.mediaType,
                Array(manifest.utf8) + envelope.bytes
            )
            expectProblem(response, 422, "malformed-transfer", "\(manifest.prefix(80))")
            try await coalition.expectRefusals(Int64(number) + 1, at: "GBR", "\(manifest.prefix(80))")
        }
        expectProblem(try await client.post("/v1/transfers", Envelope.mediaType, honest), 415, "wrong-media-type")
        try await coalition.expectNothingStored(at: "GBR")
        await client.close()
        try await coalition.stopAll()
    }

    @Test(.timeLimit(.minutes(10)))
    func `an honest transfer is taken once, and again gets the first receipt, also when policy has changed`()
        async throws
    {
        let coalition = try RunningCoalition()
        try await coalition.start("GBR")
        let (gbr, fra) = (try coalition.nodeID("GBR"), try coalition.nodeID("FRA"))
        let envelope = try seal(in: coalition)
        var log = try RogueLog(of: "FRA", in: coalition)
        let links = [try log.release(envelope, to: gbr)]
        let client = try coalition.connect(to: "GBR", with: coalition.nodeCredential("FRA"))
        let first = try await client.transfer(links, .message, envelope.bytes)
        #expect(first.status == .created, "\(String(buffer: first.body))")
        let custody = try #require(try first.links.first)
        #expect(custody.entry.kind == .acceptance && custody.entry.digest == envelope.digest)
        #expect(custody.entry.peer == fra)
        try custody.verify(log: gbr, in: coalition.fixture.directory)

        let again = try await client.transfer(links, .message, envelope.bytes)
        #expect(again.status == .ok)
        #expect(again.bytes == first.bytes)

        // A second way to the same node is the same message.
        var german = try RogueLog(of: "FRA", in: coalition)
        _ = try german.release(seal(in: coalition), to: gbr)
        let anew = try await client.transfer([german.release(envelope, to: gbr)], .message, envelope.bytes)
        #expect(anew.status == .ok && anew.bytes == first.bytes)

        try coalition.editPolicy { $0.replacing("up-to: SECRET", with: "up-to: RESTRICTED") }
        try await coalition.reload("GBR")
        let late = try await client.transfer(links, .message, envelope.bytes)
        #expect(late.status == .ok && late.bytes == first.bytes)
        #expect(try await coalition.inbox("GBR/j2-fusion") == [try envelope.id])
        #expect(try await coalition.entries(of: "GBR", .acceptance).count == 1)
        await client.close()
        try await coalition.stopAll()
    }

    @Test(.timeLimit(.minutes(10)))
    func `another message under a known id is refused and logged`() async throws {
        let coalition = try RunningCoalition()
        try await coalition.start("GBR")
        let gbr = try coalition.nodeID("GBR")
        let id = try MessageID.generate(at: .now())
        let client = try coalition.connect(to: "GBR", with: coalition.nodeCredential("FRA"))
        var log = try RogueLog(of: "FRA", in: coalition)
        for (payload, status) in [("one", 201), ("two", 409)] {
            let envelope = try coalition.seal(
                from: "FRA/cni",
                to: ["GBR/j2-fusion"],
                marking: "FRA SECRET//REL TO GBR//INTREP",
                payload: Array(payload.utf8),
                id: id
            )
            let response = try await client.transfer([log.release(envelope, to: gbr)], .message, envelope.bytes)
            #expect(response.status.code == status, "\(String(buffer: response.body))")
            if status == 409 { expectNoReasons(response) }
        }
        let refusal = try await coalition.refusal("id-conflict", at: "GBR")
        let fra = try coalition.nodeID("FRA")
        #expect(refusal.message == id && refusal.peer == fra)
        #expect(try await coalition.inbox("GBR/j2-fusion") == [id])
        await client.close()
        try await coalition.stop("GBR")
        try await coalition.start("GBR")
        #expect(try await coalition.entries(of: "GBR", .refusal) == [refusal], "a conflict is logged once")
        try await coalition.stopAll()
    }
}
