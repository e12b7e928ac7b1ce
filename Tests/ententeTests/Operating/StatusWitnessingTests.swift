import CanonicalEncoding
import Testing

@testable import entente

/// What `entente status` prints about witnesses and forks.
@Suite struct StatusWitnessingTests {
    private static func witness(
        _ node: String,
        _ size: Int64?,
        late: Int64? = nil,
        _ error: String? = nil
    ) -> JSONValue {
        var members: [String: JSONValue] = ["node": .string("spiffe://\(node)")]
        members["size"] = size.map { .integer($0) }
        members["late-for"] = late.map { .integer($0) }
        members["last-error"] = error.map { .string($0) }
        return .object(members)
    }

    private static func fork(_ number: Int64, _ claim: String, acknowledged: JSONValue? = nil) -> JSONValue {
        var members: [String: JSONValue] = [
            "number": .integer(number), "log": "fra.example/node/fra-hub", "claim": .string(claim), "detail": "forked",
            "entry": .integer(number + 100), "found": .string(SampleAnswers.time(0)),
        ]
        members["acknowledged"] = acknowledged
        return .object(members)
    }

    /// The lines of a status with nothing but these in it, behind the facts about node, policy and log.
    private func lines(_ witnesses: [JSONValue], forks: [JSONValue] = [], alarms: [JSONValue] = []) throws -> String {
        var members = try #require(SampleAnswers.status.objectValue)
        for name in ["links", "queues", "mailboxes", "holds"] { members[name] = [] }
        members["witnessing"] = [
            "quorum": 2, "stable": 1230, "witnessed": 1200, "witnesses": .array(witnesses),
        ]
        members["forks"] = .array(forks)
        members["alarms"] = .array(alarms)
        let lines = try StatusReport(json: .object(members)).lines(for: .plain)
        let start = try #require(lines.firstIndex { $0.hasPrefix("root ") })
        return lines[(start + 1)...].joined(separator: "\n")
    }

    @Test func `a log without witnesses says nothing of them`() throws {
        #expect(
            try lines([]) == """
                log key    gbr.example/node/gbr-1+01020304+key
                storage    database 12.3 MiB, write-ahead log 512 B, 50.0 GiB free
                """
        )
    }

    @Test func `witnesses that have all cosigned are listed with how far`() throws {
        let witnesses = [Self.witness("fra.example/node/fra-hub", 1230), Self.witness("un.example/node/un-1", 1230)]
        #expect(
            try lines(witnesses) == """
                witnessed  1200 of 1230 entries, by 2 of 2 or more
                log key    gbr.example/node/gbr-1+01020304+key
                storage    database 12.3 MiB, write-ahead log 512 B, 50.0 GiB free

                WITNESS                   COSIGNED  LATE  LAST ERROR
                fra.example/node/fra-hub      1230     -  -
                un.example/node/un-1          1230     -  -
                """
        )
    }

    @Test func `a witness that is late and one that never answered stand out, with why`() throws {
        let witnesses = [
            Self.witness("deu.example/node/deu-1", nil, late: 4000, "connection refused\u{1b}[2J"),
            Self.witness("fra.example/node/fra-hub", 1230),
            Self.witness("un.example/node/un-1", 900, late: 61, "the witness has seen a larger or other tree"),
        ]
        let alarm: JSONValue = [
            "partner": "UN", "code": "witness-late",
            "detail": "`spiffe://un.example/node/un-1` has not cosigned for 61 s: no answer",
        ]
        #expect(
            try lines(witnesses, alarms: [alarm]) == """
                witnessed  1200 of 1230 entries, by 2 of 3 or more
                log key    gbr.example/node/gbr-1+01020304+key
                storage    database 12.3 MiB, write-ahead log 512 B, 50.0 GiB free

                ALARM         PARTNER  DETAIL
                witness-late  UN       `spiffe://un.example/node/un-1` has not cosigned for 61 s: no answer

                WITNESS                   COSIGNED    LATE  LAST ERROR
                deu.example/node/deu-1           -  4000 s  connection refused\\u{1b}[2J
                fra.example/node/fra-hub      1230       -  -
                un.example/node/un-1           900    61 s  the witness has seen a larger or other tree
                """
        )
    }

    @Test func `a fork is alarmed until it is acknowledged, and listed with whose word afterwards`() throws {
        let alarm: JSONValue = [
            "partner": "FRA", "code": "log-rolled-back", "detail": "the evidence is fork 2, entry 102",
        ]
        let acknowledged: JSONValue = [
            "authority": "incident 26/14", "entry": 140, "persons": [], "reason": "restored\u{1b}[2J",
            "time": .string(SampleAnswers.time(3_600_000)),
        ]
        let forks = [Self.fork(1, "same-size", acknowledged: acknowledged), Self.fork(2, "rollback")]
        let witnesses = [Self.witness("fra.example/node/fra-hub", 1230)]
        #expect(
            try lines(witnesses, forks: forks, alarms: [alarm]) == """
                witnessed  1200 of 1230 entries, by 2 of 1 or more
                log key    gbr.example/node/gbr-1+01020304+key
                storage    database 12.3 MiB, write-ahead log 512 B, 50.0 GiB free

                ALARM            PARTNER  DETAIL
                log-rolled-back  FRA      the evidence is fork 2, entry 102

                WITNESS                   COSIGNED  LATE  LAST ERROR
                fra.example/node/fra-hub      1230     -  -

                FORK  LOG                       CLAIM      FOUND         ACKNOWLEDGED  AUTHORITY       REASON
                   1  fra.example/node/fra-hub  same-size  221200ZNOV26  221300ZNOV26  incident 26/14  restored\\u{1b}[2J
                   2  fra.example/node/fra-hub  rollback   221200ZNOV26  no            -               -
                """
        )
    }

    @Test(arguments: ["number", "log", "claim", "found"])
    func `a fork that lacks something is not guessed at`(name: String) throws {
        var members = try #require(Self.fork(1, "leaf").objectValue)
        members[name] = nil
        #expect(throws: CommandFailure.self) { try lines([], forks: [.object(members)]) }
    }
}
