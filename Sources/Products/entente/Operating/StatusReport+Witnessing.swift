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

extension StatusReport.Fork {
    init(_ fields: AnswerFields) throws(CommandFailure) {
        number = try fields.number("number")
        log = try fields.text("log")
        claim = try fields.text("claim")
        found = try fields.time("found")
        acknowledgement = try fields.optionalObject("acknowledged", "the acknowledgement")
            .map(ForkSummary.Acknowledgement.init)
    }
}

extension StatusReport {
    /// The logs that there is evidence against, with whose word the matter is dealt with.
    var forkTable: TextTable {
        var table = TextTable([
            .init("FORK", .right), .init("LOG", fold: 1), .init("CLAIM"), .init("FOUND"), .init("ACKNOWLEDGED"),
            .init("AUTHORITY"), .init("REASON"),
        ])
        for fork in forks {
            let acknowledgement = fork.acknowledgement
            table.append([
                .init("\(fork.number)"), .init(fork.log), .init(fork.claim, acknowledgement == nil ? .failure : nil),
                .init(fork.found.dateTimeGroup), .init(acknowledgement?.time.dateTimeGroup ?? "no"),
                .init(acknowledgement?.authority ?? "-"), .init(acknowledgement?.reason ?? "-"),
            ])
        }
        return table
    }
}
