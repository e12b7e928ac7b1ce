import FuzzTargets
import SecurityLabels
import Testing
import VectorSupport

/// Whatever bytes come, a marking or a policy file is read or refused; what is read is written and read again.
@Suite struct MarkingMutationTests {
    let set: LabelPolicySet

    init() throws { set = try ShippedPolicies.get() }

    @Test func `mutated markings are read or refused`() throws {
        let seeds = try VectorTable.all(in: "markings/accept").flatMap { table in
            table.rows.map { (policy: table.name, marking: $0.cells[0]) }
        }
        var random = SplitMix64(state: 11)
        let markings = seeds.map(\.marking)
        var accepted = 0
        for round in 0..<30_000 {
            let seed = seeds[round % seeds.count]
            var bytes = Array(seed.marking.utf8)
            for _ in 0..<Int.random(in: 1...3, using: &random) { Self.mutate(&bytes, markings, &random) }
            if FuzzTarget.marking(bytes, policy: try LabelPolicyName(seed.policy), by: set) { accepted += 1 }
        }
        #expect(accepted > 300)
    }

    @Test func `mutated policy files are read or refused`() throws {
        var random = SplitMix64(state: 12)
        for round in 0..<150 {
            let file = LabelPolicySet.shippedFiles[round % LabelPolicySet.shippedFiles.count]
            var bytes = Array(file.yaml.utf8)
            for _ in 0..<Int.random(in: 1...4, using: &random) { Self.mutate(&bytes, [], &random) }
            _ = FuzzTarget.labelPolicy(bytes, codes: set.codes)
        }
    }

    private static func mutate(
        _ bytes: inout [UInt8],
        _ others: [String],
        _ random: inout SplitMix64
    ) {
        let place = bytes.isEmpty ? 0 : Int.random(in: 0..<bytes.count, using: &random)
        switch Int.random(in: 0..<6, using: &random) {
        case 0 where !bytes.isEmpty: bytes.remove(at: place)
        case 1: bytes.insert(UInt8.random(in: 0...255, using: &random), at: place)
        case 2:
            let separators = ["//", "/", " ", ",", "(", ")", "-", " - "]
            bytes.insert(contentsOf: Array((separators.randomElement(using: &random) ?? "/").utf8), at: place)
        case 3 where !bytes.isEmpty: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        case 4 where !bytes.isEmpty: bytes.removeSubrange(place..<min(bytes.count, place + 5))
        default:
            let other = Array((others.randomElement(using: &random) ?? "codes: every code").utf8)
            bytes.insert(contentsOf: other.suffix(Int.random(in: 1...12, using: &random)), at: place)
        }
    }
}
