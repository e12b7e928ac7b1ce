import AccessPolicy
import CanonicalEncoding

/// Compares the compiled tables with the plain interpreter on random policies and requests, and counts what came.
package struct DifferentialRun {
    package private(set) var decisions = 0
    package private(set) var allowed = 0
    package private(set) var covered = 0

    package init() {}

    /// Judges requests to one random policy both ways.
    /// - Throws: ``Difference`` for the first decision in which the two differ.
    package mutating func compare(seed: UInt64, ruleCount: Int, requests: Int) throws {
        var source = RandomPolicy(seed: seed, ruleCount: ruleCount)
        let yaml = source.yaml()
        let policy = try Policy.parse(yaml: yaml, file: "random-\(seed).yaml")
        let compiled = CompiledPolicy(policy)
        let plain = PlainInterpreter(policy: policy)
        for _ in 0..<requests {
            let time = source.time()
            let request = try source.request()
            let decision = compiled.decide(request, at: time)
            let expected = plain.judge(request, at: time)
            guard PlainInterpreter.Verdict(decision) == expected, decision.refusals.count == expected.refusals.count
            else {
                throw Difference(
                    description:
                        "seed \(seed), \(request), at \(time)\nexpected \(expected)\ngot \(decision.refusals), "
                        + "\(decision.guardrails), \(decision.agreements)\n\(yaml)"
                )
            }
            decisions += 1
            if decision.isAllowed { allowed += 1 }
            if !decision.agreements.isEmpty { covered += 1 }
        }
    }

    /// Where the two differ: the seed, the request and both answers.
    package struct Difference: Error, CustomStringConvertible {
        package let description: String
    }
}
