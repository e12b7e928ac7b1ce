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
import TransparencyLog

@testable import entente

/// A message that has gone from GBR to FRA and was acknowledged, with GBR's log witnessed by FRA and UN.
struct EvidenceFixture {
    let coalition: RunningCoalition
    let envelope: Envelope
    let id: MessageID

    init(isWitnessed: Bool = true) async throws {
        coalition = try RunningCoalition()
        if isWitnessed {
            let file = coalition.configurationFile(of: "GBR")
            let text = try String(contentsOf: file, encoding: .utf8)
            try "\(text)\nwitnessing: {witnesses: [FRA/fra-hub, UN/un-1], interval: 1, quorum: 2}\n"
                .write(to: file, atomically: true, encoding: .utf8)
        }
        try await coalition.start("FRA", "UN", "GBR")
        envelope = try coalition.seal(from: "GBR/j2-fusion", to: ["FRA/cni"], marking: "GBR SECRET//REL TO FRA//INTREP")
        id = try await coalition.hand(in: envelope)
        let (coalition, id) = (coalition, id)
        _ = try await coalition.eventually {
            let trace = try await coalition.node("FRA").store.trace(id)
            return trace.messages.contains { !$0.mailboxes.isEmpty } ? true : nil
        }
        try await coalition.acknowledge(envelope, as: "FRA/cni")
        let receipt = try await coalition.eventually {
            try await coalition.node("GBR").store.entries(EntryFilter(kinds: [.receipt])).first
        }
        guard isWitnessed else { return }
        _ = try await coalition.eventually {
            try await coalition.node("GBR").store.stableCheckpoint(covering: receipt.index)
                .flatMap { $0.cosigners.count == 2 ? true : nil }
        }
    }

    /// The fingerprints of all roots, as whoever was at the onboarding knows them.
    var roots: [PartnerCode: [SHA256Digest]] {
        Dictionary(
            uniqueKeysWithValues: coalition.fixture.sheets.map { ($0.sheet.code, $0.sheet.roots.map(\.fingerprint)) }
        )
    }

    /// What the node of a partner can show of the message.
    func file(of code: String = "GBR", message: MessageID? = nil) async throws -> EvidenceFile {
        let node = try coalition.node(code)
        let evidence = try await Self.required(try await node.store.evidence(of: message ?? id))
        var bodies: [SHA256Digest: [UInt8]] = [:]
        for message in evidence.messages {
            bodies[message.envelope] = try await node.store.body(of: evidence.id, envelope: message.envelope)
        }
        return EvidenceFile(
            log: node.state.view.node.log,
            made: .now(),
            evidence: evidence,
            bodies: bodies,
            explanation: "none\n",
            instructions: EvidenceInstructions.readme,
            script: EvidenceInstructions.script
        )
    }

    /// Writes the root certificates to a folder as PARTNER.pem.
    func writeRoots(to folder: String) throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        for sheet in coalition.fixture.sheets {
            let pem = sheet.sheet.roots.flatMap { $0.pem() }
            try Data(pem).write(to: URL(filePath: "\(folder)/\(sheet.sheet.code).pem"))
        }
    }

    static func required<Value>(_ value: Value?) async throws -> Value {
        guard let value else { throw Missing() }
        return value
    }

    struct Missing: Error {}
}

/// An archive of evidence, taken apart by somebody who wants it to say something else.
struct TamperedArchive {
    private let folder: String
    private let time: Int64
    private(set) var files: [String: [UInt8]]

    init(_ file: EvidenceFile) throws {
        let archive = try TarArchive.read(file.bytes)
        let folder = String(archive[0].name.prefix { $0 != "/" })
        self.folder = folder
        time = file.made.secondsSinceEpoch
        files = Dictionary(
            uniqueKeysWithValues: archive.map { (String($0.name.dropFirst("\(folder)/".count)), $0.bytes) }
        )
    }

    private init(folder: String, time: Int64, files: [String: [UInt8]]) {
        self.folder = folder
        self.time = time
        self.files = files
    }

    /// The same with other files, and a manifest that fits them.
    func with(_ change: (inout [String: [UInt8]]) throws -> Void) rethrows -> TamperedArchive {
        var changed = files
        try change(&changed)
        return TamperedArchive(folder: folder, time: time, files: changed)
    }

    func bytes(isManifestFitting: Bool = true) throws -> [UInt8] {
        var files = files
        if isManifestFitting {
            var manifest = try JSONValue.parseCanonical(files["manifest.json"] ?? []).objectValue ?? [:]
            let others = files.filter { $0.key != "manifest.json" }
            manifest["files"] = .object(others.mapValues { .string(SHA256Digest.hash($0).hex) })
            files["manifest.json"] = JSONValue.object(manifest).canonicalBytes
        }
        return TarArchive.write(
            files.sorted { $0.key < $1.key }.map { TarArchive.File(name: "\(folder)/\($0.key)", bytes: $0.value) },
            time: time
        )
    }
}
