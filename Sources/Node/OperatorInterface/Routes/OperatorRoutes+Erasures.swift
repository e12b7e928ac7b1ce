import CanonicalEncoding
import Hummingbird
import HummingbirdCore
import MessageEnvelope
import RelayStorage
import Relaying
import Synchronization

extension OperatorRoutes {
    /// `POST /v1/erasures`: erases what the body names, or keeps the order until a second operator confirms it.
    func orderErasure(_ request: Request, by person: OperatorPerson) async throws -> Response {
        try await checkIsOperator(person, to: "erase")
        var order = try Self.order(await body(of: request))
        order.persons = [person.json]
        let index = try await log(.allowed, "erase", by: person, result: order.summary)
        guard erasures.persons() > 1 else { return try await perform(order, by: person) }
        // What cannot be erased, or is not there, need not wait for anybody.
        let (bodies, details) = try await refusing(by: person) { try await store.wouldErase(order, at: clock()) }
        guard bodies > 0 || details > 0 else { return Response(json: ["outcome": "nothing"]) }
        waitingErasures.withLock { $0.add(order, by: person, as: index, at: clock()) }
        return Response(
            json: [
                "bodies": .integer(Int64(bodies)), "details": .integer(Int64(details)),
                "order": .integer(Int64(clamping: index)), "outcome": "waiting",
            ]
        )
    }

    /// `POST /v1/erasures/{order}/confirm`: erases what another operator has ordered.
    func confirmErasure(_ parameters: Parameters, by person: OperatorPerson) async throws -> Response {
        try await checkIsOperator(person, to: "erase")
        guard let text = parameters.get("order"), let index = UInt64(text) else {
            throw OperatorProblem.malformed("expected the number of an order, got `\(parameters.get("order") ?? "")`")
        }
        let order = try waitingErasures.withLock { waiting throws(OperatorProblem) in
            try waiting.confirm(index, by: person, at: clock())
        }
        try await log(.allowed, "confirm erasure", by: person, result: ["order": .integer(Int64(clamping: index))])
        return try await perform(order, by: person)
    }

    private func perform(_ order: ErasureOrder, by person: OperatorPerson) async throws -> Response {
        let erased = try await refusing(by: person) { try await erasures.erase(order) }
        guard let erasure = erased else { return Response(json: ["outcome": "nothing"]) }
        return Response(
            json: [
                "bodies": .integer(Int64(erasure.record.bodies.count)),
                "details": .integer(Int64(erasure.record.entries.count)),
                "entry": .integer(Int64(clamping: erasure.index)),
                "outcome": "erased",
                "write-ahead-log": .string(erasure.isWriteAheadLogEmpty ? "empty" : "held"),
            ]
        )
    }

    /// Logs that an order was refused, where it is.
    private func refusing<Value: Sendable>(
        by person: OperatorPerson,
        _ body: () async throws -> Value
    ) async throws -> Value {
        do {
            return try await body()
        } catch {
            let detail: JSONValue = ["detail": .string(String("\(error)".prefix(2000)))]
            try await log(.failed, "erase", by: person, reasons: ["erasure-refused"], result: detail)
            throw error
        }
    }

    private static func order(_ json: JSONValue) throws(OperatorProblem) -> ErasureOrder {
        ErasureOrder(
            try scope(json),
            authority: try words("authority", json),
            reason: try words("reason", json),
            includesUnread: json["unread"]?.boolValue ?? false
        )
    }

    /// An authority or reason.
    static func words(_ name: String, _ json: JSONValue) throws(OperatorProblem) -> String {
        guard let text = json[name]?.stringValue, OrderText.isValid(text) else {
            throw .malformed("expected `\(name)`, a text of 1 to \(OrderText.limit) characters")
        }
        return text
    }

    /// What is to be erased, or not to be.
    static func scope(_ json: JSONValue) throws(OperatorProblem) -> ErasureOrder.Scope {
        switch (json["message"], json["entries"]) {
        case (.some(let message), nil):
            guard let text = message.stringValue, let id = MessageID(text) else {
                throw .malformed("expected `message`, the id of a message, got `\(message.stringValue ?? "")`")
            }
            return .message(id)
        case (nil, .some(let entries)):
            guard let ranges = IndexRanges(json: entries), !ranges.isEmpty else {
                throw .malformed("expected `entries`, ranges in ascending order such as [[3,7],[9,9]]")
            }
            return .entries(ranges)
        case (nil, nil), (.some, .some):
            throw .malformed("expected either `message` or `entries`")
        }
    }
}

extension ErasureOrder {
    /// The order as the entry about it tells it.
    fileprivate var summary: JSONValue {
        var members: [String: JSONValue] = [
            "authority": .string(authority), "reason": .string(reason), "unread": .bool(includesUnread),
        ]
        switch scope {
        case .message(let id): members["message"] = .string(id.description)
        case .entries(let ranges): members["entries"] = ranges.json
        }
        return .object(members)
    }
}
