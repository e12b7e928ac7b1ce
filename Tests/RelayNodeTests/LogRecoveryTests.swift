import CanonicalEncoding
import CoalitionDirectory
import Foundation
import HTTPTypes
import MessageEnvelope
import NIOCore
import NodeSupport
import OpenSSLCrypto
import RelayNode
import RelayStorage
import RelayTransport
import Relaying
import TestSupport
import Testing
import TransparencyLog

/// The way back after a restore from an old copy, as `Docs/operating.md` has it.
@Suite struct LogRecoveryTests {
    private func report(_ coalition: RunningCoalition) throws -> Envelope {
        try coalition.seal(from: "GBR/j2-fusion", to: ["FRA/cni"], marking: "GBR SECRET//REL TO FRA//INTREP")
    }

    /// Asks a node's operator socket for a recovery.
    private func recover(_ code: String, _ body: JSONValue, of coalition: RunningCoalition) async throws -> WireResponse
    {
        try await UnixHTTPClient(path: coalition.dataFolder(of: code).path + "/operator.sock", timeout: .seconds(10))
            .send(
                WireClientRequest(
                    method: .post,
                    path: "/v1/audit/recovery",
                    headers: [.contentType: "application/json"],
                    body: ByteBuffer(bytes: body.canonicalBytes)
                )
            )
    }

    @Test(.timeLimit(.minutes(10)))
    func `a log that has lost its end is followed by a new one, which says so, is witnessed, and takes traffic`()
        async throws
    {
        let coalition = try RunningCoalition()
        try coalition.witness("GBR", by: ["FRA"])
        try await coalition.start("FRA", "GBR")
        try await coalition.stop("GBR")
        try coalition.copyDatabase(of: "GBR", to: "backup")
        try await coalition.start("GBR")
        let link = try #require(try await coalition.submit(report(coalition)).links.first)
        _ = try await coalition.cosigned("GBR", index: link.entry.index, by: ["FRA"])
        try await coalition.stop("GBR")
        try coalition.copyDatabase(of: "GBR", to: "backup", restoring: true)
        try await coalition.start("GBR")
        let fork = try await coalition.eventually { try await coalition.node("GBR").store.forks().first?.fork }
        let oldKey = try coalition.logSigner(of: "GBR").verifier
        try await coalition.stop("GBR")

        // A new key, a sheet that lists it, an empty data folder.
        let newKey = try coalition.endLog(of: "GBR", movingTo: coalition.folder.appendingPathComponent("ended"))
        try await coalition.reload("FRA")
        try await coalition.start("GBR")

        let evidence = JSONValue.string(String(decoding: fork.bytes, as: UTF8.self))
        // Its own key is no key of a log before it, and evidence of another key is none.
        for key in [try NoteVerifier(name: oldKey.name, publicKey: newKey.publicKey)] {
            let body: JSONValue = ["evidence": evidence, "log-key": .string(key.verifierKey), "reason": "x"]
            #expect(try await recover("GBR", body, of: coalition).status == .badRequest)
        }
        // That another log forked says nothing of this one.
        let stranger = try coalition.logSigner(of: "FRA")
        let notes = try [UInt8(1), 2].map { byte in
            let head = TreeHead(size: 9, root: .hash([byte]))
            let origin = try LogOrigin(stranger.verifier.name.rawValue)
            return try SignedCheckpoint(signing: Checkpoint(origin: origin, head: head), by: stranger)
        }
        let foreign = try Fork(first: notes[0], second: notes[1], claim: .sameSize)
        let strange = try await recover(
            "GBR",
            [
                "evidence": .string(String(decoding: foreign.bytes, as: UTF8.self)),
                "log-key": .string(stranger.verifier.verifierKey), "reason": "x",
            ],
            of: coalition
        )
        #expect(strange.status == .badRequest)
        #expect(
            String(decoding: strange.bytes, as: UTF8.self).contains(
                "expected evidence of the log `gbr.example/node/gbr-1`"
            )
        )
        let body: JSONValue = [
            "evidence": evidence, "log-key": .string(oldKey.verifierKey), "reason": "the disk was lost",
        ]
        #expect(try await recover("GBR", body, of: coalition).status == .ok)
        let entry = try #require(try await coalition.entries(of: "GBR", .recovery).first)
        #expect(entry.digest == .hash(fork.bytes) && entry.reasons == ["log-lost"])
        // It is said once.
        #expect(try await recover("GBR", body, of: coalition).status == .badRequest)
        #expect(try await coalition.entries(of: "GBR", .recovery).count == 1)
        let actions = try await coalition.entries(of: "GBR", .operatorAction).map(\.outcome)
        #expect(actions == [.allowed, .failed, .allowed, .failed, .allowed, .done, .allowed, .failed])

        let envelope = try report(coalition)
        let again = try #require(try await coalition.submit(envelope).links.first)
        _ = try await coalition.cosigned("GBR", index: again.entry.index, by: ["FRA"])
        let id = try envelope.id
        try await coalition.eventually { try await coalition.inbox("FRA/cni").contains(id) ? () : nil }
        #expect(try !coalition.alarms(of: "GBR").contains("log-behind"))
        // The new log counts from 1 again, which is no contradiction of the old one.
        #expect(link.entry.sequence == 1 && again.entry.sequence == 1)
        #expect(try await coalition.entries(of: "FRA", .streamFault) == [])
        let streams = try await coalition.node("FRA").store.streamStatus()
        #expect(streams.streams.map(\.highest) == [1] && streams.gaps.isEmpty)
        // What the lost log had shown is over, and convicts nobody.
        let state = try await coalition.eventually {
            let received = try await coalition.node("FRA").store.received(link.proof.signedCheckpoint.checkpoint)
            return received.flatMap { $0.state == .provisional ? nil : $0.state }
        }
        #expect(state != .forked)
        try await coalition.stopAll()
    }

    @Test(.timeLimit(.minutes(10)))
    func `what the lost log had taken is missing from the new one, which says who has said so`() async throws {
        let coalition = try RunningCoalition()
        for code in ["FRA", "GBR"] {
            try coalition.editConfiguration(of: code) { $0 + "\nstreams: {heartbeat: 1, grace: 1}\n" }
        }
        try await coalition.start("FRA", "GBR")
        let envelope = try coalition.seal(
            from: "FRA/cni",
            to: ["GBR/j2-fusion"],
            marking: "FRA SECRET//REL TO GBR//INTREP"
        )
        #expect(try await coalition.submit(envelope).status == .created)
        let id = try envelope.id
        try await coalition.eventually { try await coalition.inbox("GBR/j2-fusion").contains(id) ? () : nil }
        _ = try await coalition.eventually { try await coalition.entries(of: "FRA", .transfer).first }
        try await coalition.stop("GBR")
        _ = try coalition.endLog(of: "GBR", movingTo: coalition.folder.appendingPathComponent("ended"))
        try await coalition.reload("FRA")
        try await coalition.start("GBR")
        let gap = try await coalition.eventually {
            try await coalition.node("GBR").store.streamStatus().gaps.first { $0.isOpen && $0.word != nil }
        }
        #expect(gap.numbers == 1...1)
        #expect(gap.word == "handed-over, not proven: gbr.example/node/gbr-1")
        #expect(try await coalition.entries(of: "GBR", .streamFault).isEmpty)
        try await coalition.stopAll()
    }
}
