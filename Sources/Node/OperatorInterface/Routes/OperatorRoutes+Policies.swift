import CanonicalEncoding
import Foundation
import Hummingbird
import HummingbirdCore
import OpenSSLCrypto
import RelayStorage
import Relaying

extension OperatorRoutes {
    /// `GET /v1/policies`: what has been in force when, the latest first.
    func policies(_ query: QueryFields) async throws -> Response {
        var query = query
        let limit = try query.one("limit", expected: "a number from 1 to 1000") { text in
            Int(text).flatMap { (1...1000).contains($0) ? $0 : nil }
        }
        try query.finish()
        let changes = try await store.policyChanges(limit: limit ?? 100)
        return Response(
            json: [
                "policies": .array(
                    changes.map { change in
                        [
                            "entry": .integer(Int64(clamping: change.entry)),
                            "number": .integer(Int64(clamping: change.number)),
                            "policy": .string(change.policy.hex),
                            "source": .string(change.source.rawValue),
                            "time": .string(change.time.rfc3339),
                        ]
                    }
                )
            ]
        )
    }

    /// `GET /v1/policies/{hash}`: the texts of a policy that has been in force, and who approved it.
    func policy(_ parameters: Parameters) async throws -> Response {
        let hash = try policyHash(parameters.get("hash"))
        guard let record = try await store.policy(hash) else { throw OperatorProblem.noSuchPolicy(hash) }
        let texts = try JSONValue.parseCanonical(record.texts, maximumSize: RelayStore.policyTextsLimit)
        return Response(
            json: [
                "policy": .string(hash.hex),
                "statements": .array(record.statements.map { .string(Data($0).base64EncodedString()) }),
                "texts": texts,
            ]
        )
    }

    /// `POST /v1/policies`: puts a policy in force with the texts and statements of the body, or says why not.
    ///
    /// Three entries name the matter: that the person was allowed to ask, the change itself, and how it ended.
    func activate(_ request: Request, by person: OperatorPerson) async throws -> Response {
        try await change("policy activate", by: person) {
            let body = try await self.body(of: request)
            guard let texts = body["texts"], let statements = body["statements"]?.arrayValue else {
                throw OperatorProblem.malformed("expected members `texts` and `statements`")
            }
            let collected = try statements.map { statement in
                guard let source = statement["file"]?.stringValue, let text = statement["der"]?.stringValue,
                    let der = Data(base64Encoded: text)
                else {
                    throw OperatorProblem.malformed("expected statements with `file`, and `der` in base64")
                }
                return CollectedApprovals.Statement(source: source, bytes: Array(der))
            }
            return try await self.policyActions.activate(PolicyTexts(json: texts), collected, "operator \(person)")
        }
    }

    /// `POST /v1/policies/{hash}/rollback`: puts a policy in force again that has been before.
    func rollBack(_ parameters: Parameters, by person: OperatorPerson) async throws -> Response {
        try await change("policy rollback", by: person) {
            let hash = try self.policyHash(parameters.get("hash"))
            return try await self.policyActions.rollBack(hash, "operator \(person)")
        }
    }

    private func change(
        _ action: String,
        by person: OperatorPerson,
        _ change: () async throws -> PolicyReport
    ) async throws -> Response {
        guard person.role == .operator else {
            try await log(.denied, action, by: person, reasons: ["not-an-operator"])
            throw OperatorProblem.notAnOperator(person)
        }
        try await log(.allowed, action, by: person)
        do {
            let report = try await change()
            try await log(.done, action, by: person, result: report.json)
            return Response(json: report.json)
        } catch {
            let detail: JSONValue = ["detail": .string(String("\(error)".prefix(2000)))]
            try await log(.failed, action, by: person, reasons: ["policy-refused"], result: detail)
            switch error {
            case is OperatorProblem, is StoreError: throw error
            default: throw OperatorProblem.policyRefused("\(error)")
            }
        }
    }

    /// The body of a request as JSON.
    func body(of request: Request) async throws -> JSONValue {
        let limit = RelayStore.policyTextsLimit
        let bytes: [UInt8]
        do {
            bytes = Array(buffer: try await request.body.collect(upTo: limit))
        } catch {
            throw OperatorProblem.malformed("expected a body of at most \(limit) bytes: \(error)")
        }
        do {
            return try JSONValue.parse(bytes, maximumSize: limit)
        } catch {
            throw OperatorProblem.malformed("the body: \(error)")
        }
    }

    private func policyHash(_ text: String?) throws(OperatorProblem) -> SHA256Digest {
        guard let text, let bytes = Hex.decode(text), let hash = SHA256Digest(bytes) else {
            throw .malformed("expected the hash of a policy, 64 hexadecimal digits, got `\(text ?? "")`")
        }
        return hash
    }
}
