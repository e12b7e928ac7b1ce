import GRDB
import Relaying

/// An archive that was made and looked at.
package struct StoredArchive: Hashable, Sendable {
    package let path: String
    /// The size of the file in bytes.
    package let size: Int
    /// What its verification found.
    package let report: LogReport
}

extension RelayStore {
    /// Writes entries of the log, with all that proves them, to a file of its own, and verifies that.
    ///
    /// The log keeps them. It is read in short pieces, and commits go on. A file that is there is never replaced.
    /// - Throws: ``StoreError/orderRefused(_:)`` for a place that cannot be written to, and entries that the log does not have;
    ///   ``StoreError/storageFull(_:)``, with nothing left there.
    package func archive(_ scope: ArchiveScope, to path: String) async throws(StoreError) -> StoredArchive {
        let file = try CopyFile(at: path, outside: folderPath)
        let verification = ArchiveVerification(origin: node.log, verifier: verifier)
        let folder = folderPath
        return try await file.archive(scope, of: pool, verifiedBy: verification) {
            try file.checkRoom(leaving: Self.reservedRoom, besides: folder)
        }
    }
}

extension LogCopy {
    /// Writes entries of the stored log, with all that proves them, to a file of its own, and verifies that.
    ///
    /// - Throws: as ``RelayStore/archive(_:to:)``.
    package func archive(_ scope: ArchiveScope, to path: String) async throws(StoreError) -> StoredArchive {
        let file = try CopyFile(at: path, outside: nil)
        return try await file.archive(scope, of: queue, verifiedBy: ArchiveVerification()) {}
    }
}

extension CopyFile {
    fileprivate func archive(
        _ scope: ArchiveScope,
        of log: any DatabaseReader,
        verifiedBy verification: ArchiveVerification,
        checkRoom: () throws -> Void
    ) async throws(StoreError) -> StoredArchive {
        do {
            try await ArchiveWriter(from: log, to: draft).run(scope, checkRoom: checkRoom)
            try name(replacing: false)
            let report = try await verification.runAside(path: path)
            return StoredArchive(path: path, size: try size(), report: report)
        } catch {
            throw givenUp(error)
        }
    }
}
