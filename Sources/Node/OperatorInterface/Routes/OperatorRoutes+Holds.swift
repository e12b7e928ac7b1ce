import CanonicalEncoding
import Hummingbird
import HummingbirdCore
import RelayStorage
import Relaying

extension OperatorRoutes {
    /// `GET /v1/holds`: the legal holds that are in force.
    func holds() async throws -> Response {
        Response(json: ["holds": .array(try await store.holds().map(\.summary))])
    }

    /// `POST /v1/holds`: keeps what the body names from being erased until somebody releases it.
    func placeHold(_ request: Request, by person: OperatorPerson) async throws -> Response {
        try await checkIsOperator(person, to: "hold")
        let json = try await body(of: request)
        let description = describe()
        let scope = try Self.scope(json)
        let index = try await store.place(
            LegalHold(
                scope,
                authority: try Self.words("authority", json),
                reason: try Self.words("reason", json),
                persons: [person.json]
            ),
            policy: description.policy,
            directory: description.directory
        )
        let gone = try await store.gone(from: scope)
        return Response(
            json: [
                "entry": .integer(Int64(clamping: index)), "gone-bodies": .integer(Int64(gone.bodies)),
                "gone-details": .integer(Int64(gone.details)),
            ]
        )
    }

    /// `POST /v1/holds/{hold}/release`: ends a hold.
    func releaseHold(_ parameters: Parameters, _ request: Request, by person: OperatorPerson) async throws -> Response {
        try await checkIsOperator(person, to: "release hold")
        guard let text = parameters.get("hold"), let hold = UInt64(text) else {
            throw OperatorProblem.malformed("expected the entry of a hold, got `\(parameters.get("hold") ?? "")`")
        }
        let json = try await body(of: request)
        let description = describe()
        let index = try await store.release(
            LegalHoldRelease(
                hold: hold,
                authority: try Self.words("authority", json),
                reason: try Self.words("reason", json),
                persons: [person.json]
            ),
            policy: description.policy,
            directory: description.directory
        )
        return Response(json: ["entry": .integer(Int64(clamping: index))])
    }

    /// Refuses who may not change anything, and records that.
    func checkIsOperator(_ person: OperatorPerson, to action: String) async throws {
        guard person.role == .operator else {
            try await log(.denied, action, by: person, reasons: ["not-an-operator"])
            throw OperatorProblem.notAnOperator(person)
        }
    }
}

extension PlacedHold {
    /// The hold for operators.
    var summary: JSONValue {
        guard case .object(var members) = hold.json else { return hold.json }
        members["entry"] = .integer(Int64(clamping: index))
        members["time"] = .string(time.rfc3339)
        return .object(members)
    }
}
