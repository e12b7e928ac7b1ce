import CanonicalEncoding
import Foundation
import HTTPTypes
import MessageEnvelope
import OpenSSLCrypto
import RelayStorage
import RelayTransport
import Relaying
import Testing
import TransparencyLog

@Suite(.timeLimit(.minutes(10))) struct OperatorRoutesTests {
    @Test func `the status says who the node is and what is in force`() async throws {
        let fixture = try OperatorFixture()
        try await fixture.append(3)
        try await fixture.running(fixture.server()) {
            let status = try await fixture.json(.get, "/v1/status")
            let node = status["node"]
            #expect(node?["id"] == "spiffe://gbr.example/node/gbr-1")
            #expect(node?["partner"] == "GBR")
            #expect(node?["realm"] == "live")
            #expect(node?["policy"] == .string(SHA256Digest.hash([1]).hex))
            #expect(node?["directory"] == .string(SHA256Digest.hash([2]).hex))
            #expect(node?["log-key"] == .string(fixture.store.verifier.verifierKey))
            #expect(status["log"]?["size"] == 3)
            #expect(status["time"] == .string(OperatorFixture.time.rfc3339))
            #expect(status["links"]?.arrayValue?.first?["failures"] == 2)
            #expect(status["links"]?.arrayValue?.first?["last-error"] == "refused")
            #expect(
                status["alarms"] == [
                    ["code": "policy-refused", "detail": "line 3"],
                    ["partner": "GBR", "code": "sheet-older", "detail": "expected version 2"],
                ]
            )
        }
    }

    @Test(
        arguments: [
            ("limit=3", [0, 1, 2]), ("limit=3&reverse=true", [9, 8, 7]), ("after=6", [7, 8, 9]), ("before=2", [0, 1]),
            ("message=\(OperatorFixture.message)", [0, 3, 6, 9]), ("kind=refusal&kind=start&after=7", [8, 9]),
            ("kind=start", []), ("outcome=refused&limit=1", [0]), ("outcome=allowed", []),
            ("peer=spiffe%3A%2F%2Ffra.example/node/fra-hub&limit=2", [0, 1]),
            ("peer=spiffe://deu.example/node/deu-1", []), ("since=2026-11-22&until=2026-11-23&limit=1", [0]),
            ("since=2026-11-23", []), ("until=2026-11-22T00:00:00.000Z", []),
        ] as [(String, [Int64])]
    )
    func `entries are filtered and paged`(query: String, expected: [Int64]) async throws {
        let fixture = try OperatorFixture()
        try await fixture.append(10)
        try await fixture.running(fixture.server()) {
            let indices = try await fixture.entries(query)
            #expect(indices == expected)
        }
    }

    @Test(arguments: [
        "kind=nonsense", "outcome=yes", "peer=fra", "message=1", "since=yesterday", "until=2026-13-01", "after=-1",
        "before=x", "limit=0", "limit=1001", "limit=1&limit=2", "reverse=maybe", "colour=red",
    ])
    func `a query that is not understood is refused`(query: String) async throws {
        let fixture = try OperatorFixture()
        try await fixture.running(fixture.server()) {
            let response = try await fixture.send(.get, "/v1/audit/entries?\(query)")
            #expect(response.status == .badRequest)
            #expect(response.problem?.code == "malformed-request")
        }
    }

    @Test func `an entry comes with its exact bytes, its details and a proof`() async throws {
        let fixture = try OperatorFixture()
        try await fixture.append(5)
        try await fixture.running(fixture.server()) {
            let answer = try await fixture.json(.get, "/v1/audit/entries/3")
            let bytes = try #require(answer["bytes"]?.stringValue.flatMap { Base64.decode($0) })
            let entry = try AuditEntry(canonicalBytes: bytes)
            #expect(entry.index == 3)
            #expect(answer["entry"] == entry.json)
            #expect(answer["details"]?["value"] == ["number": 3])
            let salt = try #require(answer["details"]?["salt"]?.stringValue.flatMap { Hex.decode($0) })
            let details = try #require(answer["details"]?["bytes"]?.stringValue.flatMap { Base64.decode($0) })
            #expect(AuditDetails(salt: salt, bytes: details).commitment == entry.details)

            let link = try TransferLink(json: try await fixture.json(.get, "/v1/audit/entries/3/proof"))
            #expect(link.entryBytes == bytes)
            try link.proof.verify(leafHash: MerkleTree.leafHash(bytes), verifier: fixture.store.verifier)
        }
    }

    @Test func `the checkpoint is the signed note`() async throws {
        let fixture = try OperatorFixture()
        try await fixture.append(2)
        try await fixture.running(fixture.server()) {
            let answer = try await fixture.json(.get, "/v1/audit/checkpoint")
            let note = try #require(answer["checkpoint"]?.stringValue)
            let checkpoint = try SignedCheckpoint(parsing: Array(note.utf8)).verify(by: fixture.store.verifier)
            #expect(checkpoint.head.size == 2)
            #expect(answer["root"] == .string(checkpoint.head.root.hex))
        }
    }

    @Test func `the live log is verified`() async throws {
        let fixture = try OperatorFixture()
        try await fixture.append(300)
        try await fixture.running(fixture.server()) {
            let report = try await fixture.json(.post, "/v1/audit/verify")
            #expect(report["sound"] == true)
            #expect(report["entries"] == 300)
            #expect(report["log"] == "gbr.example/node/gbr-1")
        }
    }

    @Test func `a refused message is traced by its entries`() async throws {
        let fixture = try OperatorFixture()
        try await fixture.append(5)
        try await fixture.running(fixture.server()) {
            let trace = try await fixture.json(.get, "/v1/messages/\(OperatorFixture.message)/trace")
            let entries = trace["entries"]?.arrayValue ?? []
            #expect(entries.map { $0["entry"]?["index"] } == [0, 3])
            #expect(entries.map { $0["proof"] } == [["state": "proven", "size": 5], ["state": "proven", "size": 5]])
            #expect(trace["messages"] == [])
        }
    }

    @Test(
        arguments: [
            (HTTPRequest.Method.get, "/v1/audit/entries/5", 404, "no-such-entry"),
            (.get, "/v1/audit/entries/18446744073709551615/proof", 404, "no-such-entry"),
            (.get, "/v1/audit/entries/007", 400, "malformed-request"),
            (.get, "/v1/audit/entries/-1", 400, "malformed-request"),
            (.get, "/v1/messages/x/trace", 400, "malformed-request"),
            (.get, "/v1/messages/019aab12-7c3d-7e4f-8a5b-6c7d8e9f0a1b/trace", 404, "no-such-message"),
            (.get, "/v1/nothing", 404, "no-such-route"), (.get, "/", 404, "no-such-route"),
            (.get, "/v1/reload", 404, "no-such-route"), (.post, "/v1/status", 404, "no-such-route"),
            (.delete, "/v1/audit/entries/1", 404, "no-such-route"),
        ] as [(HTTPRequest.Method, String, Int, String)]
    )
    func `what is not there gets a reason code`(
        method: HTTPRequest.Method,
        path: String,
        status: Int,
        code: String
    ) async throws {
        let fixture = try OperatorFixture()
        try await fixture.append(5)
        try await fixture.running(fixture.server()) {
            let response = try await fixture.send(method, path)
            #expect(response.status.code == status)
            #expect(response.problem?.code == code)
        }
    }

    @Test func `a closed store answers that it is unavailable`() async throws {
        let fixture = try OperatorFixture()
        try await fixture.running(fixture.server()) {
            try fixture.store.close()
            let response = try await fixture.send(.get, "/v1/status")
            #expect(response.status == .serviceUnavailable)
            #expect(response.problem?.code == "storage-unavailable")
        }
    }

    @Test func `connections beyond those that are served at the same time wait and are served`() async throws {
        let fixture = try OperatorFixture()
        try await fixture.running(fixture.server()) {
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                for _ in 0..<64 { tasks.addTask { _ = try await fixture.json(.get, "/v1/status") } }
                try await tasks.waitForAll()
            }
        }
    }
}
