import AccessPolicy
import PolicySupport
import Testing

@Suite struct DifferentialTests {
    /// 40 batches of 8 policies with 160 requests each: 51,200 decisions; `policy-bench --differential` makes a million.
    @Test(arguments: 0..<40)
    func `the compiled tables and the plain interpreter agree on every part of every decision`(batch: Int) throws {
        var run = DifferentialRun()
        for round in 0..<8 {
            let seed = UInt64(batch * 100 + round)
            // Every fourth policy has more rules than a machine word has bits.
            try run.compare(seed: seed, ruleCount: round % 4 == 3 ? 65 + batch : 1 + round * 2, requests: 160)
        }
        #expect(run.decisions == 1_280)
        #expect(run.allowed > 20, "the random requests hardly ever meet an open way")
        #expect(run.covered > 50, "the random requests hardly ever meet an agreement")
    }
}
