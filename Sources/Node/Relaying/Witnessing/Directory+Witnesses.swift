package import CoalitionDirectory
import OpenSSLCrypto
package import TransparencyLog

/// Logs and witnesses as the sheets list them: a node witnesses under the name of its own log, with the log's key.
extension Directory {
    /// The key of the log with the origin; nil when no sheet of this realm lists it.
    package func log(_ origin: LogOrigin) -> NoteVerifier? {
        guard let record = node(logOrigin: origin.rawValue) else { return nil }
        return Self.verifier(record)
    }

    /// The key by which the node cosigns; nil when no sheet of this realm lists the node.
    package func witness(_ id: SPIFFEID) -> CosignatureVerifier? {
        guard let record = node(id), let log = Self.verifier(record) else { return nil }
        return Self.cosigner(log)
    }

    /// What makes a checkpoint of the node's log a witnessed one: the cosignatures of so many other partners, whose nodes
    /// have one voice together (C2SP tlog-policy).
    ///
    /// The partner of the log itself does not count, whichever of its nodes cosigns.
    ///
    /// - Parameter quorum: at least 1.
    /// - Throws: `WitnessPolicyError` when there are fewer other partners with nodes than `quorum`.
    package func witnessPolicy(of id: SPIFFEID, quorum: Int) throws(WitnessPolicyError) -> WitnessPolicy {
        var lines: [String] = []
        var groups: [String] = []
        var codes: [String] = []
        if let record = node(id) { lines.append("log \(record.log.text)") }
        let partner = self.node(id)?.partner
        for sheet in partners.values.sorted(by: { $0.code < $1.code }) where sheet.code != partner {
            let witnesses = sheet.nodes.compactMap { witness(sheet.id(.node($0.name))) }
            guard !witnesses.isEmpty else { continue }
            for witness in witnesses { lines.append("witness \(witness.name) \(witness.verifierKey)") }
            groups.append("group \(sheet.code) any \(witnesses.map(\.name.rawValue).joined(separator: " "))")
            codes.append(sheet.code.rawValue)
        }
        lines += groups + ["group partners \(quorum) \(codes.joined(separator: " "))", "quorum partners", ""]
        return try WitnessPolicy(parsing: Array(lines.joined(separator: "\n").utf8))
    }

    private static func verifier(_ record: NodeRecord) -> NoteVerifier? {
        do {
            return try NoteVerifier(verifierKey: record.log.text)
        } catch {
            // INVARIANT: a sheet is read only with keys of this form.
            preconditionFailure("a sheet lists the log key `\(record.log.text)`: \(error)")
        }
    }

    private static func cosigner(_ log: NoteVerifier) -> CosignatureVerifier? {
        do {
            return try CosignatureVerifier(name: log.name, publicKey: log.publicKey)
        } catch {
            preconditionFailure("the log key `\(log)` is no Ed25519 key: \(error)")
        }
    }
}
