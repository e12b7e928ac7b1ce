import CanonicalEncoding
import CoalitionDirectory
import Logging
package import OpenSSLCrypto
package import OperatorInterface
import RelayStorage
package import Relaying
import Synchronization

extension Node {
    /// Puts a policy in force that an operator gives, when what is in force is satisfied with its approvals.
    ///
    /// - Parameter cause: who wants it.
    /// - Throws: `UnfitPolicy` and errors of reading, which say what is wrong; `StoreError`. Nothing has changed then.
    package func activate(
        _ texts: PolicyTexts,
        statements: [CollectedApprovals.Statement],
        cause: String
    ) async throws -> PolicyReport {
        try await changePolicy(texts, statements, from: .operator, cause: cause)
    }

    /// Puts a policy in force again that has been before, by the approvals that it was given then.
    package func rollBack(to hash: SHA256Digest, cause: String) async throws -> PolicyReport {
        guard let record = try await store.policy(hash) else {
            throw UnfitPolicy(
                "no policy `\(hash)` has been in force here: `entente policy history` lists those that have"
            )
        }
        let json = try JSONValue.parseCanonical(record.texts, maximumSize: RelayStore.policyTextsLimit)
        let statements = record.statements.enumerated().map {
            CollectedApprovals.Statement(source: "kept statement \($0.offset + 1)", bytes: $0.element)
        }
        return try await changePolicy(try PolicyTexts(json: json), statements, from: .rollback, cause: cause)
    }

    private func changePolicy(
        _ texts: PolicyTexts,
        _ statements: [CollectedApprovals.Statement],
        from source: PolicyChangeRecord.Source,
        cause: String
    ) async throws -> PolicyReport {
        let stopping = Result<PolicyReport, any Error>.failure(UnfitPolicy("the node is stopping"))
        return try await changing(orWhenStopping: stopping) {
            do {
                return .success(try await self.applyPolicy(texts, statements, from: source, cause: cause))
            } catch {
                self.logger.error("policy refused", metadata: [LogKey.error: "\(error)"])
                return .failure(error)
            }
        }.get()
    }

    private func applyPolicy(
        _ texts: PolicyTexts,
        _ statements: [CollectedApprovals.Statement],
        from source: PolicyChangeRecord.Source,
        cause: String
    ) async throws -> PolicyReport {
        let material = state.material
        let version = try PolicyVersion(texts, for: material.view.node.partner)
        let inForce = standing.withLock { $0.inForce }
        guard version.hash != inForce.hash else { return .unchanged(version.hash) }
        let next = try material.deciding(by: version)
        let change = try ApprovedPolicy.judge(
            version,
            after: inForce,
            approvals: CollectedApprovals(statements, by: material.view.directory, at: clock()),
            directory: material.view.directory
        )
        let details = try await commit(change, statements.map(\.bytes), from: source, view: next.view, cause: cause)
        _ = state.replace(by: next)
        logger.notice("policy changed", metadata: [LogKey.policy: "\(version.hash)"])
        enforceTrust()
        await forwarders.reconnect()
        return .changed(version.hash, details: details)
    }

    /// Makes the change durable, in the history and in the log, and says so to those who come next.
    ///
    /// INVARIANT: called by one change at a time, before the policy decides anything.
    @discardableResult
    func commit(
        _ change: ApprovedPolicy,
        _ statements: [[UInt8]],
        from source: PolicyChangeRecord.Source,
        view: RelayView,
        cause: String
    ) async throws(StoreError) -> [String: JSONValue] {
        var details = change.details
        details["cause"] = .string(cause)
        details["source"] = .string(source.rawValue)
        let draft = AuditEntryDraft(
            .policyChange,
            .done,
            realm: view.node.realm,
            policy: change.version.hash,
            directory: view.directory.stateHash,
            details: .object(details)
        )
        try await store.change(to: change.version.record(statements), from: source, draft)
        standing.withLock { standing in
            standing = PolicyStanding(
                inForce: change.version,
                lastFromFile: source == .file ? change.version.hash : standing.lastFromFile
            )
        }
        return details
    }

    /// Logs the start, and with it the policy that it brings: a node's first one, or one that its file holds since.
    func logStart() async throws(StoreError) {
        try await store.keep(state.view.directory)
        let choice = state.material.policy
        let details: [String: JSONValue] = ["configuration": .string(state.material.configuration.file)]
        guard let change = choice.change, change.previous == nil else {
            try await log(.start, details: .object(details))
            guard let change = choice.change else { return }
            try await commit(change, choice.statements, from: .file, view: state.view, cause: "start")
            return
        }
        let draft = AuditEntryDraft(
            .start,
            .done,
            realm: state.view.node.realm,
            policy: change.version.hash,
            directory: state.view.directory.stateHash,
            details: .object(details.merging(change.details) { own, _ in own })
        )
        try await store.change(to: change.version.record(choice.statements), from: .file, draft)
    }

    /// Raises the alarm over the policy in the configured file, unless it is the same as before, or ends it.
    func note(_ refused: UnfitPolicy?, cause: String) async {
        let alarm = refused.map(Self.policyAlarm)
        let known = alarms.withLock { alarms in
            defer { alarms.policy = alarm }
            return alarms.policy
        }
        guard let alarm, alarm != known else { return }
        logger.error("policy refused; the one before goes on", metadata: [LogKey.error: "\(alarm.detail)"])
        await logAnyway(
            .policyChange,
            .refused,
            reasons: [alarm.code],
            details: ["cause": .string(cause), "detail": .string(String(alarm.detail.prefix(2000)))]
        )
    }

    static func policyAlarm(_ refused: UnfitPolicy) -> NodeDescription.Alarm {
        NodeDescription.Alarm(code: "policy-refused", detail: "\(refused); the policy before stays in force")
    }
}

extension PolicyVersion {
    fileprivate func record(_ statements: [[UInt8]]) -> PolicyRecord {
        PolicyRecord(hash: hash, texts: texts.json.canonicalBytes, statements: statements)
    }
}
