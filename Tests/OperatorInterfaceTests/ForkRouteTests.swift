import CanonicalEncoding
import CoalitionDirectory
import HTTPTypes
import NIOCore
import OpenSSLCrypto
import RelayStorage
import RelayTransport
import Relaying
import Synchronization
import Testing
import TransparencyLog

@testable import OperatorInterface

/// Forks at the operators' socket: what is listed, and how one is acknowledged.
@Suite struct ForkRouteTests {
    private static let words: JSONValue = ["authority": "incident 26/14", "reason": "restored from an old copy"]

    /// Keeps evidence of two forks of another log behind three entries.
    private func fixture() async throws -> OperatorFixture {
        let fixture = try OperatorFixture()
        try await fixture.append(3)
        let log = try NoteSigner(name: NoteKeyName("fra.example/node/fra-hub"), key: .generate(.ed25519))
        for size in [9, 12] as [UInt64] {
            let signed = try [UInt8(1), 2].map { root in
                let head = TreeHead(size: size, root: .hash([root]))
                return try SignedCheckpoint(
                    signing: Checkpoint(origin: LogOrigin(log.name.rawValue), head: head),
                    by: log
                )
            }
            let fork = try Fork(first: signed[0], second: signed[1], claim: .sameSize)
            try await fixture.store.record(fork, AuditEntryDraft(.fork, .refused, realm: .live))
        }
        return fixture
    }

    private func post(
        _ fixture: OperatorFixture,
        _ number: String,
        _ body: JSONValue = words
    ) async throws -> (status: Int, json: JSONValue) {
        let path = "/v1/audit/forks/\(number)/acknowledge"
        let response = try await UnixHTTPClient(path: fixture.socketPath)
            .send(WireClientRequest(method: .post, path: path, body: ByteBuffer(bytes: body.canonicalBytes)))
        return (response.status.code, try JSONValue.parse(response.bytes))
    }

    @Test func `an operator acknowledges one fork, which is shown as such everywhere, and its evidence stays`()
        async throws
    {
        let fixture = try await fixture()
        try await fixture.running(fixture.server()) {
            let before = try await fixture.json(.get, "/v1/audit/forks")["forks"]?.arrayValue ?? []
            #expect(before.count == 2 && before.allSatisfy { $0["acknowledged"] == nil })
            let answer = try await post(fixture, "1")
            #expect(answer.status == 200 && answer.json["entry"] == 5, "\(answer)")
            // What is alarmed is looked at again before the answer.
            #expect(fixture.causes.withLock { $0 } == ["acknowledged"])
            for path in ["/v1/audit/forks", "/v1/status"] {
                let forks = try await fixture.json(.get, path)["forks"]?.arrayValue ?? []
                try #require(forks.count == 2)
                #expect(forks[1]["acknowledged"] == nil)
                #expect(forks[0]["acknowledged"]?["entry"] == 5)
                #expect(forks[0]["acknowledged"]?["authority"] == "incident 26/14")
                #expect(forks[0]["acknowledged"]?["persons"]?.arrayValue?.first?["uid"] != nil)
                #expect((forks[0]["evidence"] == nil) == (path == "/v1/status"))
            }
            let after = try await fixture.json(.get, "/v1/audit/forks")["forks"]?.arrayValue ?? []
            #expect(after.map { $0["evidence"] } == before.map { $0["evidence"] })
            let verified = try await fixture.json(.post, "/v1/audit/verify")
            #expect(verified["sound"] == true)
            #expect(verified["forks"]?.arrayValue?.map { $0["acknowledged"] == nil } == [false, true])
            let again = try await post(fixture, "1")
            #expect(again.status == 422)
            #expect(again.json["detail"]?.stringValue?.contains("was acknowledged already, by entry 5") == true)
        }
        #expect(try await fixture.store.entry(index: 5)?.entry.kind == .forkAcknowledgement)
    }

    @Test func `who is no operator acknowledges nothing, and is logged`() async throws {
        let fixture = try await fixture()
        try await fixture.running(fixture.server(roles: OperatorRoles([:]))) {
            let answer = try await post(fixture, "1")
            #expect(answer.status == 403)
        }
        #expect(try await fixture.store.forks().allSatisfy { $0.acknowledgement == nil })
        #expect(try await fixture.store.entry(index: 5)?.entry.reasons == ["not-an-operator"])
    }

    @Test(
        arguments: [
            ("x", words, 400, "expected the number of a fork, got `x`"),
            ("0", words, 400, "expected the number of a fork, got `0`"),
            ("3", words, 422, "there is no evidence 3 of a fork: expected one of 1, 2"),
            ("1", ["authority": "a"], 400, "expected `reason`, a text of 1 to 500"),
            ("1", ["authority": "a", "reason": ""], 400, "expected `reason`, a text of 1 to 500"),
            ("1", ["authority": "a", "reason": " \n"], 400, "expected `reason`, a text of 1 to 500"),
            ("1", ["reason": "r"], 400, "expected `authority`, a text of 1 to 500"),
        ] as [(String, JSONValue, Int, String)]
    )
    func `what cannot be acknowledged is refused, and says what was expected`(
        number: String,
        body: JSONValue,
        status: Int,
        words: String
    ) async throws {
        let fixture = try await fixture()
        try await fixture.running(fixture.server()) {
            let answer = try await post(fixture, number, body)
            #expect(answer.status == status)
            #expect(answer.json["detail"]?.stringValue?.contains(words) == true, "\(answer.json)")
        }
        #expect(try await fixture.store.checkpoint().checkpoint.head.size == 5)
        #expect(fixture.causes.withLock { $0 } == [])
    }
}
