import CanonicalEncoding
import Testing

@testable import entente

@Suite struct StatusTextTests {
    @Test func `the status is a page that an operator reads at a glance`() throws {
        let lines = try StatusReport(json: SampleAnswers.status).lines(for: .plain)
        #expect(
            lines.joined(separator: "\n") == """
                node       spiffe://gbr.example/node/gbr-1
                partner    GBR
                realm      live
                endpoint   127.0.0.1:8441
                policy     aa11
                directory  bb22
                log        1234 entries, checkpoint of 2026-11-22T12:00:00.000Z (221200ZNOV26)
                root       cc33
                log key    gbr.example/node/gbr-1+01020304+key
                storage    database 12.3 MiB, write-ahead log 512 B, 50.0 GiB free

                ALARM           PARTNER  DETAIL
                policy-refused  -        policy.yaml:3:1: unknown key `surprise`
                sheet-older     FRA      FRA.cms: expected version 2\\u{1b}[2J; version 2 stays

                NEXT HOP                  LINK                                 PRECEDENCE  WAITING     SIZE     OLDEST  LAST ERROR
                deu.example/node/deu-1    ok                                   -                 0        -          -  -
                fra.example/node/fra-hub  down, 3 failures, next try in 4.5 s  FLASH             1    900 B      2.4 s  connection refused\\u{1b}[2J
                fra.example/node/fra-hub  down, 3 failures, next try in 4.5 s  ROUTINE          12  3.0 MiB  1 min 5 s  connection refused\\u{1b}[2J

                MAILBOX    MESSAGES  WITHOUT RECEIPT
                j2-fusion         7                2

                HOLD  KEEPS                                 AUTHORITY         REASON
                 512  019a9e5c-8d1f-7c3e-a5b1-0f6d2c4e8a90  Court order 7/26  evidence
                 700  entries                               IG\\u{1b}[2J       inquiry
                """
        )
    }

    @Test func `a pipe gets rows without headings`() throws {
        let lines = try StatusReport(json: SampleAnswers.status).lines(for: .pipe)
        #expect(lines.last == "700\tentries\tIG\\u{1b}[2J\tinquiry")
        #expect(!lines.contains { $0.contains("NEXT HOP") })
    }

    @Test(arguments: ["time", "node", "log", "storage", "links", "queues", "mailboxes", "alarms"])
    func `an answer that lacks something is not guessed at`(name: String) throws {
        var members = try #require(SampleAnswers.status.objectValue)
        members[name] = nil
        let failure = #expect(throws: CommandFailure.self) { try StatusReport(json: .object(members)) }
        #expect(failure?.message.contains("`\(name)`") == true)
        members[name] = .bool(true)
        #expect(throws: CommandFailure.self) { try StatusReport(json: .object(members)) }
    }

    @Test(
        arguments: [
            (0, "0 ms"), (412, "412 ms"), (2400, "2.4 s"), (65_000, "1 min 5 s"), (3_600_000, "1 h 0 min"),
            (97_200_000, "1 d 3 h"), (-412, "-412 ms"),
        ] as [(Int64, String)]
    )
    func `durations have the two largest units`(milliseconds: Int64, expected: String) {
        let end = SampleAnswers.start.adding(milliseconds: milliseconds)
        #expect(QuantityText.duration(from: SampleAnswers.start, to: end) == expected)
    }

    @Test(
        arguments: [
            (0, "0 B"), (1023, "1023 B"), (1024, "1.0 KiB"), (1_048_575, "1023.9 KiB"), (1_048_576, "1.0 MiB"),
            (1_610_612_736, "1.5 GiB"), (5 << 50, "5120.0 TiB"),
        ] as [(Int64, String)]
    )
    func `sizes have one decimal`(bytes: Int64, expected: String) {
        #expect(QuantityText.size(bytes) == expected)
    }
}
