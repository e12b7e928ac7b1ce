package import CanonicalEncoding
import Foundation
import GRDB
import Relaying
import TransparencyLog

/// A backup that was made and looked at.
package struct StoreBackup: Hashable, Sendable {
    package let path: String
    /// The size of the file in bytes.
    package let size: Int
    /// What the verification of the copy found.
    package let report: LogReport
    /// The time of the last entry in it; nil of an empty log.
    package let lastTime: Timestamp?
}

extension RelayStore {
    /// The room in bytes that a copy leaves on the file system that it shares with the node: commits go on.
    static let reservedRoom = 64 << 20

    /// Copies the whole database, as of some commit while it was made, to a file of its own, and verifies that copy.
    ///
    /// It goes in steps of 2 MiB on the writer's connection, between commits; no reader stands in the way of the write-ahead
    /// log. The file is durable, and under its name, before it is verified; until then there is nothing under that name,
    /// or what was there before.
    ///
    /// - Parameter replacing: whether an earlier backup of this log may be replaced.
    /// - Throws: ``StoreError/orderRefused(_:)`` for a place that cannot be written to; ``StoreError/storageFull(_:)``, before
    ///   anything is copied when that can be known.
    package func backUp(to path: String, replacing: Bool = false) async throws(StoreError) -> StoreBackup {
        let file = try CopyFile(
            at: path,
            outside: folderPath,
            mayReplace: replacing ? { (path: String) throws(StoreError) in try self.checkIsBackup(path) } : nil
        )
        do {
            try await copyPages(to: file)
            try file.name(replacing: replacing)
        } catch {
            throw file.givenUp(error)
        }
        let report = try await LogVerification(origin: node.log, verifier: verifier).runAside(path: path)
        let copy = try LogCopy(path: path)
        let last = try report.head.flatMap { head throws(StoreError) in
            head.size > 0 ? try copy.entry(index: head.size - 1) : nil
        }
        return StoreBackup(path: path, size: try file.size(), report: report, lastTime: last?.entry.time)
    }

    private func copyPages(to file: CopyFile) async throws {
        let needed = try await read { database in
            let pages = try database.integer("PRAGMA page_count") ?? 0
            return Int(pages * (try database.integer("PRAGMA page_size") ?? 0))
        }
        try file.checkRoom(for: needed, leaving: Self.reservedRoom, besides: folderPath)
        let copy = try await onWriter { try OnlineCopy(of: $0, to: file.draft) }
        do {
            while try await !onWriter({ _ in try copy.step() }) {
                try Task.checkCancellation()
                try file.checkRoom(leaving: Self.reservedRoom, besides: folderPath)
            }
            try await onWriter { _ in copy.end() }
        } catch {
            try await onWriter { _ in copy.end() }
            throw error
        }
    }

    /// Runs the body between two commits, also when the task that asks is cancelled: what was begun is ended.
    private func onWriter<Value: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws -> Value {
        try await Task { [pool] in try await pool.writeWithoutTransaction(body) }.value
    }

    /// Refuses to replace what is not an earlier backup of this very log.
    private func checkIsBackup(_ path: String) throws(StoreError) {
        var (own, other) = (stat(), stat())
        guard stat(pool.path, &own) == 0, stat(path, &other) == 0,
            own.st_ino != other.st_ino || own.st_dev != other.st_dev
        else { throw .orderRefused("`\(path)` is the node's own database") }
        let origin: String
        do {
            origin = try LogCopy(path: path).origin
        } catch {
            throw .orderRefused("`\(path)` is there and is no backup of this log, so that it is not replaced: \(error)")
        }
        guard origin == node.log.rawValue else {
            throw .orderRefused("`\(path)` is there and is of the log `\(origin)`, so that it is not replaced")
        }
    }
}
