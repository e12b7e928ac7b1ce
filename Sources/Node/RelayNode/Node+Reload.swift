import CanonicalEncoding
import CoalitionDirectory
import Logging
import OpenSSLCrypto
package import OperatorInterface
import RelayStorage
import Relaying
import Synchronization
import TransparencyLog

/// Something that changes what the node decides by. Such changes are made one after another.
struct NodeChange: Sendable {
    /// Makes the change and answers whoever waits; when the node is stopping, it answers that and changes nothing.
    let perform: @Sendable (_ isStopping: Bool) async -> Void
}

extension Node {
    static let stopping = ReloadReport.kept("the node is stopping")

    /// Reads configuration and material again and puts them in force whole, or keeps what is and says why. A partner's
    /// sheet that is refused leaves the one accepted before in force, and all else goes on.
    package func reload(cause: String) async -> ReloadReport {
        await changing(orWhenStopping: Self.stopping) { await self.applyReload(cause: cause) }
    }

    /// The same without waiting for the outcome.
    package func requestReload(cause: String) {
        changer.yield(NodeChange { isStopping in if !isStopping { _ = await self.applyReload(cause: cause) } })
    }

    /// Makes a change when those before it have been made.
    func changing<Outcome: Sendable>(
        orWhenStopping stopping: Outcome,
        _ change: @escaping @Sendable () async -> Outcome
    ) async -> Outcome {
        await withCheckedContinuation { answer in
            let change = NodeChange { isStopping in
                answer.resume(returning: isStopping ? stopping : await change())
            }
            switch changer.yield(change) {
            case .enqueued: return
            case .dropped, .terminated: answer.resume(returning: stopping)
            @unknown default: answer.resume(returning: stopping)
            }
        }
    }

    /// Works off the changes, one after another, until the task is cancelled.
    func runChanges() async {
        for await change in changes { await change.perform(Task.isCancelled) }
    }

    /// Takes no more changes, and answers those that wait.
    func refuseChanges() async {
        changer.finish()
        for await change in changes { await change.perform(true) }
    }

    private func applyReload(cause: String) async -> ReloadReport {
        let previous = state.material
        do {
            let configuration = try NodeConfiguration.read(file: previous.configuration.file)
            try checkUnchangeable(configuration, previous.configuration)
            let archive = SheetArchive(configuration)
            let sheets = try SheetJudgement.judge(configuration, at: clock())
            await note(sheets.refused, cause: cause)
            // Evidence binds nobody, so that it does not wait for the rest to be good.
            try archive.keepEvidence(of: sheets.refused)
            let standing = standing.withLock { $0 }
            let material = try NodeMaterial.load(configuration, sheets: sheets, at: clock()) { _, _ in standing }
            try checkLogKey(material)
            let tls = try Self.serverContext(material, judge: judge)
            try archive.keep(sheets)
            try await store.keep(material.view.directory)
            if let change = material.policy.change {
                try await commit(change, material.policy.statements, from: .file, view: material.view, cause: cause)
            }
            await note(material.policy.refused, cause: cause)
            return await putInForce(material, tls, after: previous, refused: sheets.refused, cause: cause)
        } catch {
            await note(error, file: previous.configuration.file, cause: cause)
            return .kept("\(error)")
        }
    }

    /// INVARIANT: everything has been judged good, and what sheets are new have been kept.
    private func putInForce(
        _ material: NodeMaterial,
        _ tls: ServerContext.Context,
        after previous: NodeMaterial,
        refused: [RefusedSheet],
        cause: String
    ) async -> ReloadReport {
        let policyChanged = material.view.policy.hash != previous.view.policy.hash
        let directoryChanged = material.view.directory.stateHash != previous.view.directory.stateHash
        let identityChanged = !material.hasIdentity(of: previous)
        _ = state.replace(by: material)
        serverContext.replace(by: tls)
        alarms.withLock { $0.reload = nil }
        enforceTrust()
        if policyChanged {
            logger.notice("policy changed", metadata: [LogKey.policy: "\(material.view.policy.hash)"])
        }
        if directoryChanged {
            await logAnyway(.trustChange, details: ["cause": .string(cause)])
            logger.notice("directory changed", metadata: [LogKey.directory: "\(material.view.directory.stateHash)"])
        }
        if identityChanged {
            let leaf = material.certificateChain.first?.fingerprint.hex ?? ""
            await logAnyway(.trustChange, details: ["cause": .string(cause), "certificate": .string(leaf)])
            logger.notice("the node's own certificate changed")
        }
        if policyChanged || directoryChanged || identityChanged { await forwarders.reconnect() }
        let alarms =
            refused.map(NodeDescription.Alarm.init)
            + [material.policy.refused.map(Self.policyAlarm)].compactMap { $0 }
        guard alarms.isEmpty else {
            return .partial(policy: policyChanged, directory: directoryChanged, refused: alarms)
        }
        guard policyChanged || directoryChanged || identityChanged else { return .unchanged }
        return .changed(policy: policyChanged, directory: directoryChanged)
    }

    /// Raises the alarm over sheets that were not refused already: to whoever reads the log, and in the audit log.
    func note(_ refused: [RefusedSheet], cause: String) async {
        let known = alarms.withLock { alarms in
            defer { alarms.sheets = refused }
            return alarms.sheets
        }
        for sheet in refused where !known.contains(where: sheet.isSame) {
            logger.error(
                "sheet refused",
                metadata: [
                    LogKey.partner: "\(sheet.partner)", LogKey.code: "\(sheet.code)", LogKey.file: "\(sheet.file)",
                    LogKey.detail: "\(sheet.detail)",
                ]
            )
            await logAnyway(
                .trustChange,
                .refused,
                reasons: [sheet.code],
                details: [
                    "cause": .string(cause), "partner": .string(sheet.partner.rawValue), "file": .string(sheet.file),
                    "detail": .string(String(sheet.detail.prefix(2000))),
                    "sheet": .string(sheet.digest?.hex ?? "none"),
                ]
            )
        }
    }

    /// Raises the alarm over a reload that was refused as a whole.
    private func note(_ error: any Error, file: String, cause: String) async {
        logger.error(
            "reload refused; the state before goes on",
            metadata: [LogKey.error: "\(error)", LogKey.file: "\(file)"]
        )
        let (kind, code) = Self.reason(of: error)
        alarms.withLock { $0.reload = NodeDescription.Alarm(code: code, detail: "\(error)") }
        await logAnyway(
            kind,
            .failed,
            reasons: [code],
            details: ["cause": .string(cause), "detail": .string(String("\(error)".prefix(2000)))]
        )
    }

    private static func reason(of error: any Error) -> (AuditEntryKind, String) {
        switch error {
        case is RefusedPolicy: (.policyChange, "policy-refused")
        case let error as RefusedSheets:
            (.trustChange, error.sheets.first { $0.inForce == nil }?.code ?? RefusedSheet.unreadable)
        case is StoreError: (.trustChange, "storage-unavailable")
        default: (.trustChange, "configuration-refused")
        }
    }

    /// Logs what has happened already; that there is no room for it undoes nothing.
    func logAnyway(
        _ kind: AuditEntryKind,
        _ outcome: AuditOutcome = .done,
        reasons: [String] = [],
        details: JSONValue
    ) async {
        do {
            try await log(kind, outcome, reasons: reasons, details: details)
        } catch {
            logger.error(
                "cannot log a change",
                metadata: [LogKey.error: "\(error)", LogKey.code: "\(reasons.first ?? kind.rawValue)"]
            )
        }
    }

    private func checkUnchangeable(
        _ new: NodeConfiguration,
        _ old: NodeConfiguration
    ) throws(ConfigurationError) {
        guard new.partner == old.partner, new.name == old.name, new.realm == old.realm, new.data == old.data,
            new.listen == old.listen
        else {
            throw ConfigurationError(
                file: new.file,
                "partner, node, realm, data folder and listening address change only with a restart"
            )
        }
    }

    /// A sheet that lists another key, and a file that holds it, fit together: yet the log goes on under the old one.
    private func checkLogKey(_ material: NodeMaterial) throws(ConfigurationError) {
        let key = material.logSigner.verifier.verifierKey
        guard key == store.verifier.verifierKey else {
            throw ConfigurationError(
                file: material.configuration.identity.logKey,
                "the log of this node is signed with `\(store.verifier.verifierKey)`, this is `\(key)`: a log keeps its "
                    + "key for life; put the old key back, and a sheet that lists it"
            )
        }
    }
}

extension RefusedSheet {
    /// Whether it is the same refusal, whatever the time at which it was judged.
    fileprivate func isSame(_ other: RefusedSheet) -> Bool {
        partner == other.partner && code == other.code && digest == other.digest
    }
}
