import CoalitionDirectory
import Foundation
import NodeSupport
import OpenSSLCrypto
import OperatorInterface
import RelayNode
import RelayStorage
import Relaying
import TestSupport
import Testing
import TransparencyLog

extension RunningCoalition {
    /// Has a node, before its start, bring its checkpoints to the nodes of these partners every second.
    func witness(_ code: String, by witnesses: [String], quorum: Int? = nil, patience: Int = 60) throws {
        let names = witnesses.map { "\($0)/\(Self.nodeNames[$0] ?? $0)" }.joined(separator: ", ")
        let number = quorum.map { ", quorum: \($0)" } ?? ""
        try editConfiguration(of: code) {
            $0 + "\nwitnessing: {witnesses: [\(names)], interval: 1, patience: \(patience)\(number)}\n"
        }
    }

    /// Waits until the stable checkpoint of a node covers the entry with the cosignatures of these partners' nodes.
    func cosigned(_ code: String, index: UInt64, by witnesses: [String]) async throws -> StableCheckpoint {
        let names = Set(try witnesses.map { try nodeID($0).logName })
        return try await eventually {
            let stable = try await node(code).store.stableCheckpoint(covering: index)
            return stable.flatMap { names.isSubset(of: $0.cosigners) ? $0 : nil }
        }
    }

    /// The key that signs the log of a partner's node.
    func logSigner(of code: String) throws -> NoteSigner {
        let keys = try fixture.partner(code).node(Self.nodeNames[code] ?? code)
        return try NoteSigner(name: NoteKeyName(try nodeID(code).logName), key: keys.logKey)
    }

    /// Copies the database of a node that has stopped, or puts a copy back.
    func copyDatabase(of code: String, to copy: String, restoring: Bool = false) throws {
        let original = dataFolder(of: code)
        let backup = folder.appendingPathComponent(copy)
        let (from, to) = restoring ? (backup, original) : (original, backup)
        try FileManager.default.createDirectory(at: to, withIntermediateDirectories: true)
        for name in ["entente.sqlite", "entente.sqlite-wal", "entente.sqlite-shm"] {
            let target = to.appendingPathComponent(name)
            if FileManager.default.fileExists(atPath: target.path) { try FileManager.default.removeItem(at: target) }
            let source = from.appendingPathComponent(name)
            if FileManager.default.fileExists(atPath: source.path) {
                try FileManager.default.copyItem(at: source, to: target)
            }
        }
    }

    /// The codes of the alarms that a node shows its operators.
    func alarms(of code: String) throws -> [String] { try node(code).description.alarms.map(\.code) }
}
