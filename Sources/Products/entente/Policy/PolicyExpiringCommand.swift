import AccessPolicy
import ArgumentParser
import CanonicalEncoding

/// `entente policy expiring`: what ends soon.
struct PolicyExpiringCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "expiring",
        abstract: "List what ends or is to be reviewed soon.",
        discussion: """
            Agreements and their reviews, guardrails, memberships of communities, and equivalents of classification \
            words, the earliest first. A review whose day has passed is overdue and listed as long as its agreement runs. \
            A day that is named is the last one, in UTC.

            EXAMPLES
              entente policy expiring Config/policy.yaml
              entente policy expiring Config/policy.yaml --within 365d --json

            EXIT STATUS
              0 done, whether anything ends or not, 11 the policy is not well formed
            """
    )

    @Argument(help: ArgumentHelp("The policy.", valueName: "policy"), completion: .file(extensions: ["yaml"]))
    var policyFile: String

    @Option(
        help: ArgumentHelp("How far to look ahead, in days or weeks: 90d, 12w.", valueName: "time"),
        transform: Self.days
    )
    var within: Int = 90

    @Option(help: "The time to look ahead from: 2026-11-22 or 2026-11-22T14:30:00Z; now when left out.")
    var at: DayOrTime?

    @OptionGroup var output: OutputOptions

    func run() throws {
        try CommandFailure.reporting {
            let policy = try PolicyFile.read(policyFile)
            let time = at?.time ?? .now()
            let found = policy.expiring(within: within, from: time)
            let terminal = Terminal.current
            if output.json {
                return try terminal.print(json: [
                    "at": .string(time.rfc3339),
                    "expiring": .array(found.map { json($0, policy, at: time) }),
                    "within-days": .integer(Int64(within)),
                ])
            }
            var table = TextTable([
                .init("DAY"), .init("LEFT", .right), .init("WHAT"), .init("NAME"), .init("REFERENCE", fold: 1),
            ])
            for item in found {
                let left = item.daysLeft(from: time)
                table.append([
                    .init(item.day.date), .init(left < 0 ? "overdue" : "\(left) d", left < 0 ? .warning : nil),
                    .init(item.kind), .init(item.name), .init(item.reference(policy) ?? "-"),
                ])
            }
            if found.isEmpty { return terminal.message("nothing ends or is to be reviewed within \(within) days") }
            try table.print(on: terminal)
        }
    }

    private func json(_ item: Expiring, _ policy: Policy, at time: Timestamp) -> JSONValue {
        var members: [String: JSONValue] = [
            "day": .string(item.day.date), "days-left": .integer(item.daysLeft(from: time)),
            "kind": .string(item.kind), "name": .string(item.name),
        ]
        members["reference"] = item.reference(policy).map { .string($0) }
        return .object(members)
    }

    /// Days; a hundred years are enough.
    private static func days(_ text: String) throws -> Int {
        let units: [Character: Int] = ["d": 1, "w": 7]
        guard let unit = text.last.flatMap({ units[$0] }), let count = Int(text.dropLast()), count >= 0,
            count * unit <= 36_525, text.first != "+"
        else {
            throw ValidationError("expected days or weeks such as 90d or 12w, 36525d at most, got `\(text)`")
        }
        return count * unit
    }
}

extension Expiring {
    var kind: String {
        switch subject {
        case .agreement: "agreement"
        case .review: "review"
        case .guardrail: "guardrail"
        case .membership: "membership"
        case .equivalent: "equivalent"
        }
    }

    var name: String {
        switch subject {
        case .agreement(let rule), .review(let rule), .guardrail(let rule): rule.rawValue
        case .membership(let partner, let community): "\(partner) in \(community)"
        case .equivalent(let owner, let word): "\(owner) \(word)"
        }
    }

    func reference(_ policy: Policy) -> String? {
        switch subject {
        case .agreement(let rule), .review(let rule): policy.agreements.first { $0.name == rule }?.reference
        case .guardrail, .membership, .equivalent: nil
        }
    }

    /// Whole days until the last one begins; negative once it is over.
    func daysLeft(from time: Timestamp) -> Int64 {
        let day: Int64 = 86_400
        return (self.day.secondsSinceEpoch - (time.secondsSinceEpoch - time.secondsSinceEpoch % day)) / day
    }
}
