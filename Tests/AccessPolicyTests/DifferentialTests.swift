import AccessPolicy
import PolicySupport
import Testing

@Suite struct DifferentialTests {
    /// 40 batches of 10 policies with 256 requests each: 102,400 decisions.
    @Test(arguments: 0..<40)
    func `the compiled tables and the plain interpreter agree on every part of every decision`(batch: Int) throws {
        var run = DifferentialRun()
        for round in 0..<10 {
            let seed = UInt64(batch * 100 + round)
            // Every fourth policy has more rules than a machine word has bits.
            try run.compare(seed: seed, ruleCount: round % 4 == 3 ? 65 + batch : 1 + round * 2, requests: 256)
        }
        #expect(run.decisions == 2_560)
        #expect(run.allowed > 60, "the random requests hardly ever meet an open way")
        #expect(run.covered > 100, "the random requests hardly ever meet an agreement")
    }
}
