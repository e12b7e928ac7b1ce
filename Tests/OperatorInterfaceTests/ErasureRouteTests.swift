import CanonicalEncoding
import HTTPTypes
import MessageEnvelope
import NIOCore
import RelayStorage
import RelayTransport
import Relaying
import Synchronization
import Testing

@testable import OperatorInterface

/// Orders to erase at the operators' socket.
@Suite struct ErasureRouteTests {
    private static let order: JSONValue = [
        "authority": "Archives act", "entries": [[0, 1]], "reason": "end of term", "unread": false,
    ]

    private func post(
        _ fixture: OperatorFixture,
        _ path: String,
        _ body: JSONValue? = nil
    ) async throws -> (status: Int, json: JSONValue) {
        let response = try await UnixHTTPClient(path: fixture.socketPath)
            .send(WireClientRequest(method: .post, path: path, body: ByteBuffer(bytes: body?.canonicalBytes ?? [])))
        return (response.status.code, try JSONValue.parse(response.bytes))
    }

    @Test func `one operator erases where the node takes one, and the log names person, authority and reason`()
        async throws
    {
        let fixture = try OperatorFixture()
        try await fixture.append(3)
        try await fixture.running(fixture.server()) {
            let answer = try await post(fixture, "/v1/erasures", Self.order)
            #expect(answer.status == 200)
            #expect(answer.json["outcome"] == "erased")
            #expect(answer.json["details"] == 2)
            #expect(answer.json["write-ahead-log"] == "empty")
            let index = UInt64(try #require(answer.json["entry"]?.integerValue))
            let entry = try #require(try await fixture.store.entry(index: index))
            #expect(entry.entry.kind == .erasure)
            let details = try JSONValue.parseCanonical(try #require(entry.details).bytes, maximumSize: 1 << 20)
            #expect(details["authority"] == "Archives act")
            #expect(details["persons"]?.arrayValue?.first?["uid"] != nil)
            #expect(try await fixture.store.entry(index: 0)?.details == nil)
            #expect(try await fixture.store.entry(index: 2)?.details != nil)
            #expect(try await post(fixture, "/v1/erasures", Self.order).json["outcome"] == "nothing")
            // What the log never had is not gone.
            var unknown = Self.order.objectValue ?? [:]
            unknown["entries"] = nil
            unknown["message"] = "019a9e5c-8d1f-7c3e-a5b1-0f6d2c4e8a90"
            let refused = try await post(fixture, "/v1/erasures", .object(unknown))
            #expect(refused.status == 422)
            #expect(refused.json["detail"]?.stringValue?.hasPrefix("no entry is about a message") == true)
            #expect(refused.json["type"] == "urn:entente:problem:order-refused")
            // As many as can be named are still too many.
            var all = Self.order.objectValue ?? [:]
            all["entries"] = [[0, .integer(.max)]]
            let tooMany = try await post(fixture, "/v1/erasures", .object(all))
            #expect(tooMany.status == 422)
            #expect(tooMany.json["detail"]?.stringValue?.hasPrefix("expected at most 2000 entries at once") == true)
        }
    }

    @Test func `an order waits for a second operator, who is not the one that gave it`() async throws {
        let fixture = try OperatorFixture()
        fixture.persons.withLock { $0 = 2 }
        try await fixture.append(3)
        try await fixture.running(fixture.server()) {
            let answer = try await post(fixture, "/v1/erasures", Self.order)
            #expect(answer.json["outcome"] == "waiting")
            #expect(answer.json["bodies"] == 0 && answer.json["details"] == 2)
            let order = try #require(answer.json["order"]?.integerValue)
            let same = try await post(fixture, "/v1/erasures/\(order)/confirm")
            #expect(same.status == 403)
            #expect(same.json["type"] == "urn:entente:problem:same-person")
            let unknown = try await post(fixture, "/v1/erasures/\(order + 1)/confirm")
            #expect(unknown.status == 404)
            #expect(unknown.json["type"] == "urn:entente:problem:no-such-erasure")
            #expect(try await fixture.store.entry(index: 0)?.details != nil)
            // What is refused is refused at once, and said in the log; what is not there waits for nobody.
            var late = Self.order.objectValue ?? [:]
            late["entries"] = [[900, 901]]
            let refused = try await post(fixture, "/v1/erasures", .object(late))
            #expect(refused.status == 422)
            #expect(refused.json["detail"]?.stringValue?.contains("there is no entry 900") == true)
            let last = try await fixture.store.entries(EntryFilter(isReversed: true, limit: 1)).first?.entry
            #expect(last?.outcome == .failed && last?.reasons == ["erasure-refused"])
            let id = try MessageID.generate(at: .now())
            let absent: JSONValue = ["authority": "a", "message": .string(id.description), "reason": "r"]
            #expect(try await post(fixture, "/v1/erasures", absent).status == 422)
        }
        var waiting = WaitingErasures()
        let first = OperatorPerson(PeerCredentials(process: 1, user: 1001, group: 1), roles: .ownAndRoot)
        let second = OperatorPerson(PeerCredentials(process: 2, user: 1002, group: 1), roles: .ownAndRoot)
        let scope = ErasureOrder.Scope.entries(try #require(IndexRanges(text: "0-1")))
        let asked = ErasureOrder(scope, authority: "a", reason: "r", persons: [first.json])
        let time = OperatorFixture.time
        waiting.add(asked, by: first, as: 7, at: time)
        #expect(throws: OperatorProblem.self) { try waiting.confirm(7, by: first, at: time) }
        let confirmed = try waiting.confirm(7, by: second, at: time)
        #expect(confirmed.persons == [first.json, second.json])
        #expect(confirmed.scope == scope)
        // Once, and not after a day.
        #expect(throws: OperatorProblem.self) { try waiting.confirm(7, by: second, at: time) }
        waiting.add(asked, by: first, as: 8, at: time)
        #expect(throws: OperatorProblem.self) { try waiting.confirm(8, by: second, at: time.adding(seconds: 86_400)) }
    }

    @Test func `who is no operator erases nothing, and is logged`() async throws {
        let fixture = try OperatorFixture()
        try await fixture.append(3)
        try await fixture.running(fixture.server(roles: OperatorRoles([:]))) {
            for path in ["/v1/erasures", "/v1/erasures/1/confirm"] {
                let answer = try await post(fixture, path, Self.order)
                #expect(answer.status == 403)
            }
        }
        #expect(try await fixture.store.entry(index: 0)?.details != nil)
        #expect(try await fixture.store.entry(index: 3)?.entry.reasons == ["not-an-operator"])
    }

    @Test(
        arguments: [
            (["authority": "a", "reason": "r"], "expected either `message` or `entries`"),
            (["authority": "a", "reason": "r", "entries": [[0, 0]], "message": "x"], "expected either `message`"),
            (["authority": "a", "reason": "r", "entries": [[2, 1]]], "expected `entries`, ranges in ascending order"),
            (["authority": "a", "reason": "r", "message": "x"], "expected `message`, the id of a message, got `x`"),
            (["authority": "", "reason": "r", "entries": [[0, 0]]], "expected `authority`, a text of 1 to 500"),
            (["authority": "a", "entries": [[0, 0]]], "expected `reason`, a text of 1 to 500"),
            (["authority": "a", "reason": "r", "entries": [[0, 1], [99, 99]]], "there is no entry 99"),
        ] as [(JSONValue, String)]
    )
    func `a malformed order erases nothing and says what was expected`(order: JSONValue, words: String) async throws {
        let fixture = try OperatorFixture()
        try await fixture.append(3)
        try await fixture.running(fixture.server()) {
            let answer = try await post(fixture, "/v1/erasures", order)
            #expect([400, 422].contains(answer.status))
            #expect(answer.json["detail"]?.stringValue?.contains(words) == true, "\(answer.json)")
        }
        #expect(try await fixture.store.entry(index: 0)?.details != nil)
    }
}
