import AccessPolicy
import CanonicalEncoding
package import CoalitionDirectory
import OpenSSLCrypto
import TransparencyLog

/// A statement that this node may make: what its log will say, and the way to the other end.
package struct StatementDraft: Sendable {
    package let statement: StreamStatement
    package let nextHop: SPIFFEID
    package let entry: AuditEntryDraft
}

/// What to do with a signal that another node brings.
package enum SignalVerdict: Sendable {
    /// It is for this node.
    case mine
    /// It goes on to the next hop; the entry is to stand in this node's log first, where there is one.
    case onward(StreamSignal, nextHop: SPIFFEID, entry: AuditEntryDraft?)
}

/// Words between the ends of a stream. They need no agreement and carry no information of anybody's, so that guardrails
/// are asked about the nodes alone.
extension RelayView {
    /// What this node's log and the other end get to read, as one end of the stream; nil where a guardrail denies it.
    ///
    /// - Throws: a refusal where no sheet lists the other end, or no route leads to it.
    package func draft(_ statement: StreamStatement) throws(RelayRefusal) -> StatementDraft? {
        let listener = statement.listener
        let hop = try nextHop(to: listener, of: try partner(of: listener))
        let finding = try contact([node.id, hop, listener])
        guard finding.denials.isEmpty else { return nil }
        let entry = draft(statement, .done, peer: listener, nextHop: hop, finding)
        return StatementDraft(statement: statement, nextHop: hop, entry: entry)
    }

    /// Judges a signal that a node brings, for this node or, at a hub, for the next hop.
    package func admit(_ verified: VerifiedSignal, from peer: SPIFFEID) throws(RelayRefusal) -> SignalVerdict {
        let statement = verified.statement
        let passed = verified.signal.passed
        guard statement.listener != node.id else {
            try check(try contact([statement.speaker, peer, node.id]))
            return .mine
        }
        if case .gapReport = statement.content {
            throw RelayRefusal(TransferError(.malformedSignal, "a gap report comes as the answer to its request"))
        }
        guard !passed.contains(node.id), passed.count < StreamSignal.maximumHubs else {
            throw RelayRefusal(TransferError(.loop, "the signal has passed \(passed.count) hubs"))
        }
        let logs = (passed + [statement.speaker, peer]).map(\.logName)
        let candidates = routes.nextHops(to: statement.listener, of: try partner(of: statement.listener))
        guard let hop = candidates.first(where: { $0 != node.id && !logs.contains($0.logName) }) else {
            throw RelayRefusal(
                TransferError(.noRoute, "no route from `\(node.id)` to `\(statement.listener)` that it has not passed")
            )
        }
        let finding = try contact([statement.speaker, peer, node.id, hop, statement.listener])
        try check(finding)
        var entry: AuditEntryDraft?
        // A hub says in its log that it has passed on a question; heartbeats come every minute, and answer nobody.
        if case .gapRequest = statement.content {
            entry = draft(statement, .allowed, peer: peer, nextHop: hop, finding)
        }
        let signal = StreamSignal(link: verified.signal.link, statement: statement, passed: passed + [node.id])
        return .onward(signal, nextHop: hop, entry: entry)
    }

    private func draft(
        _ statement: StreamStatement,
        _ outcome: AuditOutcome,
        peer: SPIFFEID,
        nextHop: SPIFFEID,
        _ finding: ContactFinding
    ) -> AuditEntryDraft {
        AuditEntryDraft(
            statement.kind,
            outcome,
            realm: node.realm,
            peer: peer,
            digest: statement.digest,
            destination: statement.listener,
            nextHop: nextHop,
            policy: policy.hash,
            directory: directory.stateHash,
            details: .object([
                RecordedDecisions.contact: finding.record, "statement": statement.summary,
            ])
        )
    }

    func contact(_ ids: [SPIFFEID]) throws(RelayRefusal) -> ContactFinding {
        var stations: [Station] = []
        for id in ids {
            let station = try station(id)
            if !stations.contains(station) { stations.append(station) }
        }
        return ContactFinding(stations, realm: PolicyRealm(node.realm), by: policy.policy)
    }

    func check(_ finding: ContactFinding) throws(RelayRefusal) {
        guard finding.denials.isEmpty else {
            throw RelayRefusal(
                .forbidden,
                code: "denied",
                detail: "guardrails deny it: \(finding.denials.joined(separator: ", "))"
            )
        }
    }
}

/// What guardrails say to nodes that talk to each other, in the words in which the log records it.
struct ContactFinding {
    let denials: [String]
    let record: JSONValue

    init(_ stations: [Station], realm: PolicyRealm, by policy: Policy) {
        var names: [String] = []
        for refusal in policy.refusals(ofContactBetween: stations, realm: realm)
        where !names.contains(refusal.guardrail.rawValue) { names.append(refusal.guardrail.rawValue) }
        denials = names
        record = [
            "outcome": .string(names.isEmpty ? "allowed" : "denied"),
            "realm": .string(realm.rawValue),
            "rules": .array(names.map { .string($0) }),
            "stations": .array(
                stations.map { station in
                    var members: [String: JSONValue] = ["partner": .string(station.partner.rawValue)]
                    members["node"] = station.node.map { .string($0.rawValue) }
                    return .object(members)
                }
            ),
        ]
    }
}

extension StreamStatement {
    /// The statement without the proofs in it, for the log's details.
    var summary: JSONValue {
        guard case .gapReport(let fates) = content, var members = json.objectValue else { return json }
        members["numbers"] = .array(
            fates.map { ["number": .integer(Int64(clamping: $0.number)), "state": .string($0.state.rawValue)] }
        )
        return .object(members)
    }
}
