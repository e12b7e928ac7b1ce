import CanonicalEncoding
import HummingbirdCore
import RelayStorage
import Relaying
import TransparencyLog

extension OperatorRoutes {
    /// `POST /v1/reload`: reads configuration and material again and puts them in force, or keeps what is and says why.
    ///
    /// Two entries name the person: that it was allowed, durable before anything changes, and how it ended.
    func reload(by person: OperatorPerson) async throws -> Response {
        guard person.role == .operator else {
            try await log(.denied, "reload", by: person, reasons: ["not-an-operator"])
            throw OperatorProblem.notAnOperator(person)
        }
        try await log(.allowed, "reload", by: person)
        let report = await reload("operator \(person)")
        switch report {
        case .unchanged, .changed:
            try await log(.done, "reload", by: person, result: report.json)
            return Response(json: report.json)
        case .partial(_, _, let refused):
            try await log(.done, "reload", by: person, reasons: refused.map(\.code), result: report.json)
            return Response(json: report.json)
        case .kept(let detail):
            try await log(.failed, "reload", by: person, reasons: ["reload-refused"], result: report.json)
            throw OperatorProblem.reloadRefused(detail)
        }
    }

    /// Records what a person did or may do.
    /// - Returns: The index of the entry.
    @discardableResult
    func log(
        _ outcome: AuditOutcome,
        _ action: String,
        by person: OperatorPerson,
        reasons: [String] = [],
        result: JSONValue? = nil
    ) async throws -> UInt64 {
        let description = describe()
        var details: [String: JSONValue] = ["action": .string(action), "person": person.json]
        details["result"] = result
        let link = try await store.append(
            AuditEntryDraft(
                .operatorAction,
                outcome,
                realm: store.node.realm,
                reasons: reasons,
                policy: description.policy,
                directory: description.directory,
                details: .object(details)
            )
        )
        return link.proof.inclusionProof.index
    }
}
