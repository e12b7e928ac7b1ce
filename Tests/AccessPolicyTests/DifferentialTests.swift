import AccessPolicy
import Testing

@Suite struct DifferentialTests {
    /// 40 batches of 10 policies with 256 requests each: 102,400 decisions.
    @Test(arguments: 0..<40)
    func `the compiled tables and the plain interpreter agree on every part of every decision`(batch: Int) throws {
        var allowed = 0
        var covered = 0
        for round in 0..<10 {
            let seed = UInt64(batch * 100 + round)
            // Every fourth policy has more rules than a machine word has bits.
            var source = RandomPolicy(seed: seed, ruleCount: round % 4 == 3 ? 65 + batch : 1 + round * 2)
            let yaml = source.yaml()
            let policy = try Policy.parse(yaml: yaml, file: "random-\(seed).yaml")
            let compiled = CompiledPolicy(policy)
            let plain = PlainInterpreter(policy: policy)
            for _ in 0..<256 {
                let request = try source.request()
                let time = source.time()
                let decision = compiled.decide(request, at: time)
                let expected = plain.judge(request, at: time)
                let got = PlainInterpreter.Verdict(
                    isAllowed: decision.isAllowed,
                    refusals: Set(decision.refusals),
                    guardrails: decision.guardrails,
                    agreements: decision.agreements
                )
                try #require(got == expected, "seed \(seed), \(request), at \(time)\n\(yaml)")
                try #require(decision.refusals.count == expected.refusals.count, "a refusal stands twice")
                if decision.isAllowed { allowed += 1 }
                if !decision.agreements.isEmpty { covered += 1 }
            }
        }
        #expect(allowed > 60, "the random requests hardly ever meet an open way")
        #expect(covered > 100, "the random requests hardly ever meet an agreement")
    }
}
