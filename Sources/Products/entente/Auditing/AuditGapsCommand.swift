import ArgumentParser
import CanonicalEncoding
import CoalitionDirectory
import Relaying

/// `entente audit gaps`: numbers of other nodes' streams that have not come.
struct AuditGapsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gaps",
        abstract: "List what other nodes have released to this one and what has not come, open and closed.",
        discussion: """
            Each node numbers what it releases to each other one, without gaps. A number that has not come within the grace \
            time (`streams.grace` of the node's configuration) is a gap: it is logged, its origin is asked, and how it ended \
            is logged too. Open ones come first.

            EXAMPLES
              entente audit gaps
              entente audit gaps --open
              entente audit gaps --file copy.sqlite --json

            EXIT STATUS
              0 nothing is missing, 1 gaps are open, 10 the log of another node contradicts itself
            """
    )

    @Flag(help: "Leave out those that are closed.")
    var open = false

    @Option(
        help: ArgumentHelp("Only the stream from this node, such as fra.example/node/fra-hub.", valueName: "identity"),
        transform: EntryFilterOptions.node
    )
    var peer: SPIFFEID?

    @OptionGroup var source: LogSourceOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        try await CommandFailure.reportingAsync {
            let terminal = Terminal.current
            var report = try GapReport(try await source.source().streamStatus())
            report.restrict(to: peer, openOnly: open)
            if output.json {
                try terminal.print(json: report.json)
            } else {
                for line in report.lines(for: terminal) { try terminal.print(line) }
            }
            guard report.faults == 0 else {
                throw CommandFailure(
                    "this log holds \(report.faults) proofs that another node's log contradicts itself",
                    next:
                        "`entente audit log --kind stream-fault` lists them; `entente audit show INDEX` has the evidence",
                    status: .auditBroken
                )
            }
            let count = report.openCount
            guard count == 0 else {
                throw CommandFailure(
                    "\(count) \(count == 1 ? "number is" : "numbers are") missing",
                    next: "see what the origin says of it; `entente audit reconcile` compares the two logs"
                )
            }
        }
    }
}

/// The streams to a node and their gaps, as the node or a copy of its database has them.
struct GapReport {
    struct Gap {
        let origin: SPIFFEID
        let numbers: ClosedRange<UInt64>
        let noticed: Timestamp
        let opened: UInt64?
        let closed: UInt64?
        let ended: String?
        let word: String?

        var isOpen: Bool { closed == nil && opened != nil }
        var isWaiting: Bool { opened == nil }

        var state: String { isOpen ? "open" : isWaiting ? "waiting" : "closed" }

        var json: JSONValue {
            var members: [String: JSONValue] = [
                "first": .integer(Int64(clamping: numbers.lowerBound)),
                "last": .integer(Int64(clamping: numbers.upperBound)), "noticed": .string(noticed.rfc3339),
                "origin": .string(origin.description), "state": .string(state),
            ]
            members["opened"] = opened.map { .integer(Int64(clamping: $0)) }
            members["closed"] = closed.map { .integer(Int64(clamping: $0)) }
            members["ended"] = ended.map { .string($0) }
            members["word"] = word.map { .string($0) }
            return .object(members)
        }
    }

    private struct Stream {
        let origin: SPIFFEID
        let highest: UInt64
        let heartbeat: Timestamp?
        let outstanding: NumberRanges
    }

    let faults: Int64
    private var peer: SPIFFEID?
    private var streams: [Stream]
    private(set) var gaps: [Gap]

    init(_ json: JSONValue) throws(CommandFailure) {
        let answer = try AnswerFields(json, "the streams")
        faults = try answer.number("faults")
        streams = try answer.list("streams", of: "a stream") { fields throws(CommandFailure) in
            Stream(
                origin: try Self.node(fields),
                highest: try fields.index("highest"),
                heartbeat: try fields.optionalTime("heartbeat"),
                outstanding: NumberRanges(
                    json: try fields.json("outstanding"),
                    limit: StreamStatement.maximumRanges
                ) ?? NumberRanges()
            )
        }
        gaps = try answer.list("gaps", of: "a gap") { fields throws(CommandFailure) in
            let (first, last) = (try fields.index("first"), try fields.index("last"))
            return Gap(
                origin: try Self.node(fields),
                numbers: first...max(first, last),
                noticed: try fields.time("noticed"),
                opened: try fields.optionalIndex("opened"),
                closed: try fields.optionalIndex("closed"),
                ended: try fields.optionalText("ended"),
                word: try fields.optionalText("word")
            )
        }
    }

    private static func node(_ fields: AnswerFields) throws(CommandFailure) -> SPIFFEID {
        try fields.value("origin", "a node") { text in
            do {
                return try SPIFFEID(text)
            } catch {
                return nil
            }
        }
    }

    /// Leaves out what was not asked for.
    mutating func restrict(to peer: SPIFFEID?, openOnly: Bool) {
        self.peer = peer
        streams = streams.filter { peer == nil || $0.origin == peer }
        gaps = gaps.filter { (peer == nil || $0.origin == peer) && (!openOnly || $0.closed == nil) }
    }

    /// How many numbers are missing and raised.
    var openCount: UInt64 {
        gaps.filter(\.isOpen).reduce(0) { sum, gap in
            // What another node claims to have released can be any number.
            let (total, isTooLarge) = sum.addingReportingOverflow(gap.numbers.upperBound - gap.numbers.lowerBound + 1)
            return isTooLarge ? .max : total
        }
    }

    func lines(for terminal: Terminal) -> [String] {
        var lines: [String] = []
        var overview = TextTable([
            .init("STREAM FROM"), .init("HIGHEST", .right), .init("LAST HEARTBEAT"), .init("WAITING THERE", fold: 1),
        ])
        for stream in streams {
            overview.append([
                .init(QuantityText.identity(stream.origin.description)), .init("\(stream.highest)"),
                .init(stream.heartbeat?.rfc3339 ?? "-"),
                .init(stream.outstanding.isEmpty ? "-" : "\(stream.outstanding)"),
            ])
        }
        lines += overview.lines(for: terminal)
        guard !(streams.isEmpty && gaps.isEmpty) else {
            let origin = peer.map { "`\($0)`" } ?? "another node"
            return ["no stream from \(origin): neither an object nor a heartbeat has come"]
        }
        guard !gaps.isEmpty else { return lines + ["", terminal.styled("nothing is missing", .success)] }
        var table = TextTable([
            .init("FROM"), .init("NUMBERS"), .init("STATE"), .init("SINCE"), .init("ENTRY", .right),
            .init("HOW", fold: 1),
        ])
        for gap in gaps {
            table.append([
                .init(QuantityText.identity(gap.origin.description)),
                .init(NumberRanges.text([gap.numbers])),
                .init(gap.state, gap.isOpen ? .failure : nil),
                .init(gap.noticed.rfc3339),
                .init((gap.closed ?? gap.opened).map { "\($0)" } ?? "-"),
                .init(PrintableText.line(gap.ended ?? gap.word ?? "-")),
            ])
        }
        return lines + [""] + table.lines(for: terminal)
    }

    var json: JSONValue {
        [
            "faults": .integer(faults),
            "gaps": .array(gaps.map(\.json)),
            "missing": .integer(Int64(clamping: openCount)),
            "streams": .array(
                streams.map { stream in
                    var members: [String: JSONValue] = [
                        "highest": .integer(Int64(clamping: stream.highest)),
                        "origin": .string(stream.origin.description), "outstanding": stream.outstanding.json,
                    ]
                    members["heartbeat"] = stream.heartbeat.map { .string($0.rfc3339) }
                    return .object(members)
                }
            ),
        ]
    }
}
