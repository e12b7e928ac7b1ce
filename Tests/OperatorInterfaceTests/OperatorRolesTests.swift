import CanonicalEncoding
import Foundation
import HTTPTypes
import Logging
import OperatorInterface
import RelayStorage
import RelayTransport
import Relaying
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(10))) struct OperatorRolesTests {
    private func actions(_ fixture: OperatorFixture) async throws -> [StoredEntry] {
        try await fixture.store.entries(EntryFilter(kinds: [.operatorAction]))
    }

    private func details(_ entry: StoredEntry) throws -> JSONValue {
        try JSONValue.parse(try #require(entry.details).bytes)
    }

    @Test func `a reload by an operator stands in the log with the person`() async throws {
        let fixture = try OperatorFixture()
        try await fixture.running(fixture.server(reload: .changed(policy: true, directory: false))) {
            let answer = try await fixture.json(.post, "/v1/reload")
            #expect(answer == ["outcome": "changed", "policy": true, "directory": false])
        }
        let entries = try await actions(fixture)
        #expect(entries.map(\.entry.outcome) == [.allowed, .done])
        for entry in entries {
            let person = try details(entry)["person"]
            #expect(person?["uid"] == .integer(Int64(geteuid())))
            #expect(person?["name"] == .string(NSUserName()))
            #expect(person?["role"] == "operator")
        }
        #expect(try details(entries[1])["result"]?["outcome"] == "changed")
        #expect(fixture.causes.withLock { $0 } == ["operator \(NSUserName()) (uid \(geteuid()))"])
    }

    @Test func `a reload with refused sheets names each of them`() async throws {
        let fixture = try OperatorFixture()
        let alarm = NodeDescription.Alarm(partner: fixture.store.node.partner, code: "sheet-older", detail: "version 2")
        let report = ReloadReport.partial(policy: false, directory: true, refused: [alarm])
        try await fixture.running(fixture.server(reload: report)) {
            let answer = try await fixture.json(.post, "/v1/reload")
            #expect(
                answer == [
                    "outcome": "partial", "policy": false, "directory": true,
                    "refused": [["partner": "GBR", "code": "sheet-older", "detail": "version 2"]],
                ]
            )
        }
        let entries = try await actions(fixture)
        #expect(entries.map(\.entry.outcome) == [.allowed, .done])
        #expect(entries.last?.entry.reasons == ["sheet-older"])
    }

    @Test func `a reload that keeps the state before says why`() async throws {
        let fixture = try OperatorFixture()
        try await fixture.running(fixture.server(reload: .kept("policy.yaml:3: unknown key"))) {
            let response = try await fixture.send(.post, "/v1/reload")
            #expect(response.problem?.code == "reload-refused")
            #expect(response.problem?.detail == "policy.yaml:3: unknown key")
        }
        let entries = try await actions(fixture)
        #expect(entries.map(\.entry.outcome) == [.allowed, .failed])
        #expect(entries.last?.entry.reasons == ["reload-refused"])
    }

    @Test func `an auditor reads and changes nothing`() async throws {
        let fixture = try OperatorFixture()
        try await fixture.running(fixture.server(roles: OperatorRoles([geteuid(): .auditor]))) {
            let response = try await fixture.send(.post, "/v1/reload")
            #expect(response.status == .forbidden)
            #expect(response.problem?.code == "not-an-operator")
            _ = try await fixture.json(.get, "/v1/status")
            _ = try await fixture.json(.post, "/v1/audit/verify")
        }
        #expect(fixture.causes.withLock { $0.isEmpty })
        let entries = try await actions(fixture)
        #expect(entries.map(\.entry.outcome) == [.denied])
        #expect(entries.first?.entry.reasons == ["not-an-operator"])
    }

    @Test func `who is not named is an auditor`() {
        let roles = OperatorRoles([1001: .operator])
        #expect(roles.role(of: 1001) == .operator)
        #expect(roles.role(of: 1002) == .auditor)
        #expect(OperatorRoles.ownAndRoot.role(of: 0) == .operator)
        #expect(OperatorRoles.ownAndRoot.role(of: geteuid()) == .operator)
    }

    @Test func `every request leaves a log line with the person`() async throws {
        let fixture = try OperatorFixture()
        let lines = LogLines()
        try await fixture.running(fixture.server(logger: lines.logger)) {
            _ = try await fixture.json(.get, "/v1/status")
            _ = try await fixture.send(.get, "/v1/nothing")
        }
        let requests = lines.metadata(of: "operator request")
        #expect(requests.map { $0["http.status"]?.description } == ["200", "404"])
        for metadata in requests {
            #expect(metadata["operator.uid"]?.description == "\(geteuid())")
            #expect(metadata["operator.name"]?.description == NSUserName())
            #expect(metadata["operator.role"]?.description == "operator")
            #expect(metadata["operator.pid"]?.description == "\(getpid())")
        }
    }
}
