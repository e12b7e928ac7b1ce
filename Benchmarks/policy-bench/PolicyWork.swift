import AccessPolicy
import CanonicalEncoding
import SecurityLabels

/// The work that is measured on one policy.
struct PolicyWork {
    private let policy: CompiledPolicy
    private let requests: [AccessRequest]
    private let interned: [InternedRequest]
    private let allowed: [InternedRequest]
    private let markings: [String]
    private let time = BenchmarkPolicy.time

    init(ruleCount: Int) throws {
        var source = BenchmarkPolicy(ruleCount: ruleCount)
        let compiled = CompiledPolicy(try Policy.parse(yaml: source.yaml(), file: "benchmark.yaml"))
        policy = compiled
        requests = try (0..<2_000).map { _ in try source.request() }
        interned = requests.map { compiled.intern($0) }
        allowed = interned.filter { compiled.decide($0, at: BenchmarkPolicy.time).isAllowed }
        markings = requests.map(\.label.marking)
    }

    func measure() throws -> [Measurement] {
        let policy = policy
        let time = time
        return [
            Measurement("decide, interned, allowed ones", count: allowed.count) { index in
                policy.decide(allowed[index], at: time).isAllowed ? 1 : 0
            },
            Measurement("decide, interned", count: interned.count) { index in
                policy.decide(interned[index], at: time).isAllowed ? 1 : 0
            },
            Measurement("decide, interned, reasons read", count: interned.count) { index in
                policy.decide(interned[index], at: time).reasons.count
            },
            Measurement("decide, from a request with names", count: requests.count) { index in
                policy.decide(requests[index], at: time).isAllowed ? 1 : 0
            },
            try Measurement("marking to decision, known way", count: markings.count) { index in
                let label = try policy.intern(marking: markings[index])
                let request = interned[index].with(label, precedence: .routine)
                return policy.decide(request, at: time).isAllowed ? 1 : 0
            },
            Measurement("intern a label", count: requests.count) { index in
                policy.intern(requests[index].label).isKnown ? 1 : 0
            },
            Measurement("explain a decision", count: 200, rounds: 5) { index in
                policy.explain(requests[index], at: time).advice.count
            },
        ]
    }
}
