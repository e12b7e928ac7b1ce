import GRDB

extension StoreError {
    /// The error in the store's own words; a `StoreError` stays what it is.
    init(_ error: any Error) {
        switch error {
        case let error as StoreError: self = error
        case let error as DatabaseError: self.init(sqlite: error)
        case is CancellationError: self = .cancelled
        default: self = .unavailable("\(error)")
        }
    }

    private init(sqlite error: DatabaseError) {
        let detail = "SQLite \(error.extendedResultCode.rawValue): \(error.message ?? "no message")"
        switch error.resultCode {
        case .SQLITE_FULL: self = .storageFull(detail)
        // The shared-memory index of the write-ahead log could not grow.
        case .SQLITE_IOERR where error.extendedResultCode == .SQLITE_IOERR_SHMSIZE: self = .storageFull(detail)
        case .SQLITE_CONSTRAINT: self = .refused(detail)
        case .SQLITE_CORRUPT, .SQLITE_NOTADB: self = .damaged(detail)
        // The header names a form of the schema that there is not.
        case .SQLITE_ERROR where error.message == "unsupported file format": self = .damaged(detail)
        default: self = .unavailable(detail)
        }
    }
}
