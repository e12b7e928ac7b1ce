import AccessPolicy
import CanonicalEncoding
import Glibc
import PolicySupport
import SecurityLabels

/// Measures decisions or proofs, or compares decisions with the slow interpreter:
/// `policy-bench [--differential REQUESTS | --prove RULES | --analyse RULES]`.
@main
struct PolicyBench {
    static func main() throws {
        let arguments = Array(CommandLine.arguments.dropFirst())
        if arguments.isEmpty { return try measure() }
        guard arguments.count == 2, ["--differential", "--prove", "--analyse"].contains(arguments[0]),
            let number = Int(arguments[1]), number > 0
        else {
            note("usage: policy-bench [--differential REQUESTS | --prove RULES | --analyse RULES]")
            exit(64)
        }
        do {
            switch arguments[0] {
            case "--prove": try prove(number)
            case "--analyse": try analyse(number)
            default: try compare(number)
            }
        } catch {
            note("\(error)")
            exit(1)
        }
    }

    private static func measure() throws {
        var results: [JSONValue] = []
        note("rules  work                                         ns  allocations")
        for ruleCount in [64, 1_000] {
            for measurement in try PolicyWork(ruleCount: ruleCount).measure() {
                let name = measurement.name.padded(to: 36)
                let time = Measurement.text(measurement.nanoseconds).padded(to: 10, left: true)
                let memory = Measurement.text(measurement.allocations).padded(to: 11, left: true)
                note("\("\(ruleCount)".padded(to: 5, left: true))  \(name) \(time)  \(memory)")
                guard case .object(var members) = measurement.json else { continue }
                members["rules"] = .integer(Int64(ruleCount))
                results.append(.object(members))
            }
        }
        print(String(decoding: JSONValue.array(results).canonicalBytes, as: UTF8.self))
    }

    /// Proves the conditions of every guardrail as an invariant, which takes looking at everything.
    private static func prove(_ ruleCount: Int) throws {
        var source = BenchmarkPolicy(ruleCount: ruleCount)
        let policy = try Policy.parse(yaml: source.provableYAML(), file: "benchmark.yaml")
        let clock = ContinuousClock()
        var proved = 0
        let time = try clock.measure { proved = try policy.provenInvariants().count }
        print("\(proved) invariants of \(ruleCount) rules and \(policy.nodes.count) nodes proved in \(time)")
    }

    /// Makes the whole matrix, the difference to a policy with two other agreements, and the audience of a label.
    private static func analyse(_ ruleCount: Int) throws {
        var source = BenchmarkPolicy(ruleCount: ruleCount)
        let yaml = source.yaml()
        let policy = try Policy.parse(yaml: yaml, file: "benchmark.yaml")
        let guardrails = ruleCount / 5
        let fewer = yaml.split(separator: "\n").filter {
            !$0.hasPrefix("  a\(guardrails): ") && !$0.hasPrefix("  a\(guardrails + 1): ")
        }
        let other = try Policy.parse(yaml: fewer.joined(separator: "\n") + "\n", file: "other.yaml")
        let time = try Timestamp(date: "2026-11-22")
        let label = try ConfidentialityLabel.parse(marking: "GBR SECRET//SI//INTREP", vocabulary: policy.vocabulary)
        let clock = ContinuousClock()
        var flows = 0
        let matrix = clock.measure { flows = PolicyMatrix(policy, at: time).csv.utf8.count }
        print("matrix of \(ruleCount) rules and \(policy.nodes.count) nodes, \(flows) bytes of CSV, in \(matrix)")
        var summary = ""
        let difference = clock.measure { summary = PolicyDifference(from: policy, to: other).summary }
        print("difference, \(summary), in \(difference)")
        var audience = 0
        let whoCanSee = clock.measure { audience = LabelAudience(of: label, by: policy, at: time).text.utf8.count }
        print("audience of one label, \(audience) bytes, in \(whoCanSee)")
    }

    /// Judges at least as many requests as asked for, over policies of 1 to 104 rules.
    private static func compare(_ requests: Int) throws {
        var run = DifferentialRun()
        var seed: UInt64 = 1_000_000
        while run.decisions < requests {
            seed += 1
            try run.compare(
                seed: seed,
                ruleCount: seed % 4 == 3 ? 65 + Int(seed % 40) : 1 + Int(seed % 20),
                requests: 500
            )
        }
        print(
            "\(run.decisions) decisions over \(seed - 1_000_000) random policies agree with the interpreter in every part; "
                + "\(run.allowed) allow, \(run.covered) are covered by an agreement"
        )
    }
}

/// Writes a line to standard error, which people read; standard output holds the JSON alone.
private func note(_ line: String) {
    var bytes = Array((line + "\n").utf8)[...]
    while !bytes.isEmpty {
        let count = bytes.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
        guard count > 0 else { return }
        bytes = bytes.dropFirst(count)
    }
}

extension String {
    fileprivate func padded(to width: Int, left: Bool = false) -> String {
        let spaces = String(repeating: " ", count: max(0, width - count))
        return left ? spaces + self : self + spaces
    }
}
