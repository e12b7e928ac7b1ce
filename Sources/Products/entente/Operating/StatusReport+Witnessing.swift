import CanonicalEncoding

extension StatusReport.Witnessing {
    init(_ fields: AnswerFields) throws(CommandFailure) {
        quorum = try fields.number("quorum")
        stable = try fields.index("stable")
        witnessed = try fields.index("witnessed")
        witnesses = try fields.list("witnesses", of: "a witness") { fields throws(CommandFailure) in
            Witness(
                node: try fields.text("node"),
                size: try fields.optionalIndex("size"),
                lateFor: try fields.optionalNumber("late-for"),
                lastError: try fields.optionalText("last-error")
            )
        }
    }

    /// How far the log is witnessed, for a line; nil when nobody is asked to.
    var words: String? {
        guard !witnesses.isEmpty else { return nil }
        return "\(witnessed) of \(stable) entries, by \(quorum) of \(witnesses.count) or more"
    }

    /// Each witness with what it has cosigned.
    var table: TextTable {
        var table = TextTable([
            .init("WITNESS"), .init("COSIGNED", .right), .init("LATE", .right), .init("LAST ERROR", fold: 1),
        ])
        for witness in witnesses {
            table.append([
                .init(QuantityText.identity(witness.node)), .init(witness.size.map { "\($0)" } ?? "-"),
                .init(witness.lateFor.map { "\($0) s" } ?? "-", (witness.lateFor ?? 0) > 0 ? .warning : nil),
                .init(witness.lastError ?? "-"),
            ])
        }
        return table
    }
}
