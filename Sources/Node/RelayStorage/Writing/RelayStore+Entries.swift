package import Relaying

extension RelayStore {
    /// Appends one entry that changes nothing else. INVARIANT: when this returns, the log holds it for good.
    ///
    /// - Parameter draft: any kind but `release` and `void`, which belong to an object under way.
    package func append(_ draft: AuditEntryDraft) async throws(StoreError) -> TransferLink {
        guard draft.kind != .release, draft.kind != .void else {
            throw .refused("a `\(draft.kind.rawValue)` entry is appended with its object only")
        }
        let entry = PreparedEntry(draft)
        let committed = try await writer.perform { _ = try $0.append(entry) }
        guard let link = try committed.links().first else { throw .damaged("no entry after appending one") }
        return link
    }
}
