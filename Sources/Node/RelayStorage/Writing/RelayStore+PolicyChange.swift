import OpenSSLCrypto
package import Relaying

extension RelayStore {
    /// Puts a policy in force. INVARIANT: the policy, its place in the history and its entry in the log are committed
    /// together, and when this returns they are there for good.
    ///
    /// - Parameter draft: an entry of kind `policy-change`, or the `start` that brings a node its first policy.
    package func change(
        to record: PolicyRecord,
        from source: PolicyChangeRecord.Source,
        _ draft: AuditEntryDraft
    ) async throws(StoreError) {
        guard draft.kind == .policyChange || draft.kind == .start else {
            throw .refused(
                "a policy is put in force with a `policy-change` or `start` entry, got `\(draft.kind.rawValue)`"
            )
        }
        let entry = PreparedEntry(draft.adding(PolicyComparison.details(of: record, from: source)))
        let statements = PolicyStatements.encode(record.statements)
        _ = try await writer.perform { transaction in
            let index = try transaction.append(entry)
            let database = transaction.database
            // The same policy may come back with newer statements; its texts stay the first ones.
            try database.run(
                """
                INSERT INTO policies (hash, texts, statements) VALUES (?, ?, ?)
                ON CONFLICT (hash) DO UPDATE SET statements = excluded.statements
                """,
                record.hash.bytes.blob,
                record.texts.blob,
                statements.blob
            )
            try database.run(
                """
                INSERT INTO policy_changes (number, policy, source, entry_index)
                VALUES ((SELECT coalesce(max(number) + 1, 0) FROM policy_changes), ?, ?, ?)
                """,
                record.hash.bytes.blob,
                source.rawValue,
                Int64(index)
            )
        }
    }
}
