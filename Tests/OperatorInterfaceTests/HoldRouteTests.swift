import CanonicalEncoding
import HTTPTypes
import NIOCore
import RelayStorage
import RelayTransport
import Relaying
import Testing
import TransparencyLog

@testable import OperatorInterface

/// Legal holds at the operators' socket.
@Suite struct HoldRouteTests {
    private static let hold: JSONValue = ["authority": "Court order 7/26", "entries": [[0, 1]], "reason": "evidence"]

    private func post(
        _ fixture: OperatorFixture,
        _ path: String,
        _ body: JSONValue
    ) async throws -> (status: Int, json: JSONValue) {
        let response = try await UnixHTTPClient(path: fixture.socketPath)
            .send(WireClientRequest(method: .post, path: path, body: ByteBuffer(bytes: body.canonicalBytes)))
        return (response.status.code, try JSONValue.parse(response.bytes))
    }

    @Test func `an operator places a hold, everybody sees it, orders are refused by its number, and it is released`()
        async throws
    {
        let fixture = try OperatorFixture()
        try await fixture.append(3)
        try await fixture.running(fixture.server()) {
            #expect(try await fixture.json(.get, "/v1/status")["holds"] == [])
            let placed = try await post(fixture, "/v1/holds", Self.hold)
            #expect(placed.status == 200)
            #expect(placed.json["entry"] == 3)
            #expect(placed.json["gone-bodies"] == 0 && placed.json["gone-details"] == 0)
            let listed = try await fixture.json(.get, "/v1/holds")["holds"]?.arrayValue
            let shown = try await fixture.json(.get, "/v1/status")["holds"]?.arrayValue
            #expect(listed == shown)
            #expect(listed?.count == 1)
            #expect(listed?.first?["entry"] == 3)
            #expect(listed?.first?["entries"] == [[0, 1]])
            #expect(listed?.first?["authority"] == "Court order 7/26")
            #expect(listed?.first?["persons"]?.arrayValue?.first?["uid"] != nil)
            let order: JSONValue = ["authority": "a", "entries": [[1, 1]], "reason": "r"]
            let refused = try await post(fixture, "/v1/erasures", order)
            #expect(refused.status == 422)
            #expect(refused.json["detail"]?.stringValue?.contains("under the legal hold of entry 3") == true)
            let words: JSONValue = ["authority": "Court order 9/26", "reason": "closed"]
            let unknown = try await post(fixture, "/v1/holds/2/release", words)
            #expect(unknown.status == 422)
            let released = try await post(fixture, "/v1/holds/3/release", words)
            #expect(released.status == 200)
            let end = UInt64(try #require(released.json["entry"]?.integerValue))
            #expect(try await fixture.store.entry(index: end)?.entry.kind == .holdRelease)
            #expect(try await fixture.json(.get, "/v1/holds")["holds"] == [])
            #expect(try await post(fixture, "/v1/erasures", order).json["outcome"] == "erased")
            // It is said of a hold what it can no longer keep.
            let late = try await post(fixture, "/v1/holds", Self.hold)
            #expect(late.json["gone-details"] == 1)
        }
    }

    @Test func `who is no operator places and releases nothing, and is logged`() async throws {
        let fixture = try OperatorFixture()
        try await fixture.append(3)
        try await fixture.running(fixture.server(roles: OperatorRoles([:]))) {
            for path in ["/v1/holds", "/v1/holds/1/release"] {
                let answer = try await post(fixture, path, Self.hold)
                #expect(answer.status == 403)
            }
        }
        #expect(try await fixture.store.holds() == [])
        for index in [3, 4] as [UInt64] {
            #expect(try await fixture.store.entry(index: index)?.entry.reasons == ["not-an-operator"])
        }
    }

    @Test(
        arguments: [
            ("/v1/holds", ["authority": "a", "reason": "r"], "expected either `message` or `entries`"),
            ("/v1/holds", ["authority": "a", "entries": [[0, 0]]], "expected `reason`, a text of 1 to 500"),
            ("/v1/holds", ["authority": "", "entries": [[0, 0]], "reason": "r"], "expected `authority`"),
            ("/v1/holds/x/release", ["authority": "a", "reason": "r"], "expected the entry of a hold, got `x`"),
            ("/v1/holds/1/release", ["authority": "a"], "expected `reason`"),
        ] as [(String, JSONValue, String)]
    )
    func `a malformed hold is refused, and says what was expected`(path: String, body: JSONValue, words: String)
        async throws
    {
        let fixture = try OperatorFixture()
        try await fixture.append(3)
        try await fixture.running(fixture.server()) {
            let answer = try await post(fixture, path, body)
            #expect(answer.status == 400)
            #expect(answer.json["detail"]?.stringValue?.contains(words) == true, "\(answer.json)")
        }
        #expect(try await fixture.store.checkpoint().checkpoint.head.size == 3)
    }
}
