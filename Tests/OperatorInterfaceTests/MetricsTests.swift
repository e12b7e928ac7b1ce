import CoalitionDirectory
import HTTPTypes
import OpenSSLCrypto
import RelayStorage
import RelayTransport
import Relaying
import Testing
import TransparencyLog

@testable import OperatorInterface

@Suite(.timeLimit(.minutes(10))) struct MetricsTests {
    @Test func `a family has its help, its type and its samples, with labels that cannot end early`() {
        var page = MetricsPage()
        page.add("things", .gauge, "What there is.", [.init(["name": "a\"b\\c\nd", "kind": "x"], 3), .init([:], 4)])
        page.add("nothing", .counter, "What there is not.", [])
        page.add("events_total", .counter, "What came.", 5)
        #expect(
            page.text == #"""
                # HELP entente_things What there is.
                # TYPE entente_things gauge
                entente_things{name="a\"b\\c\nd",kind="x"} 3
                entente_things 4
                # HELP entente_events_total What came.
                # TYPE entente_events_total counter
                entente_events_total 5

                """#
        )
    }

    @Test func `the numbers are those of the status, and forks count as open until they are acknowledged`() async throws
    {
        let fixture = try OperatorFixture()
        try await fixture.append(3)
        let fra = try NoteSigner(name: NoteKeyName("fra.example/node/fra-hub"), key: .generate(.ed25519))
        @Sendable func checkpoint(_ root: UInt8) throws -> SignedCheckpoint {
            let head = TreeHead(size: 4, root: .hash([root]))
            return try SignedCheckpoint(
                signing: Checkpoint(origin: LogOrigin("fra.example/node/fra-hub"), head: head),
                by: fra
            )
        }
        try await fixture.running(fixture.server()) {
            let before = try await lines(fixture)
            #expect(before.contains(#"entente_forks{state="open"} 0"#))
            let fork = try Fork(first: checkpoint(1), second: checkpoint(2), claim: .sameSize)
            try await fixture.store.record(fork, AuditEntryDraft(.fork, .refused, realm: .live))
            let open = try await lines(fixture)
            for line in [
                #"entente_build_info{version="\#(ProductVersion.text)"} 1"#, "# TYPE entente_alarms gauge",
                "entente_alarms 2", #"entente_alarms_by_code{code="policy-refused",partner=""} 1"#,
                #"entente_alarms_by_code{code="sheet-older",partner="GBR"} 1"#,
                #"entente_forks{state="open"} 1"#, #"entente_forks{state="acknowledged"} 0"#,
                "entente_log_entries_total 4", "entente_stream_faults 0",
                #"entente_link_failures{next_hop="spiffe://gbr.example/node/gbr-1"} 2"#,
            ] {
                #expect(open.contains(line), "\(line)")
            }
            _ = try await fixture.store.acknowledge(fork: 1, authority: "officer", reason: "restored", persons: [])
            let acknowledged = try await lines(fixture)
            #expect(acknowledged.contains(#"entente_forks{state="open"} 0"#))
            #expect(acknowledged.contains(#"entente_forks{state="acknowledged"} 1"#))
        }
    }

    /// The page that a collector reads.
    private func lines(_ fixture: OperatorFixture) async throws -> [String] {
        let response = try await fixture.send(.get, "/v1/metrics")
        #expect(response.status == .ok)
        #expect(response.headers[.contentType] == "text/plain; version=0.0.4; charset=utf-8")
        let text = String(decoding: response.bytes, as: UTF8.self)
        #expect(text.hasSuffix("\n"))
        let names = text.split(separator: "\n").filter { $0.hasPrefix("# TYPE") }
        #expect(Set(names).count == names.count, "each family stands once")
        return text.split(separator: "\n").map(String.init)
    }
}
