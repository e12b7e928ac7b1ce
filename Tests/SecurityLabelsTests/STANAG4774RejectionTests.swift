import SecurityLabels
import Testing
import VectorSupport

@Suite struct STANAG4774RejectionTests {
    @Test func `every bad file is refused with its place and what was expected`() throws {
        let problems = try VectorFolder("stanag-4774/reject").unexpectedRefusals { vector in
            _ = try STANAG4774LabelSet.parse(xml: vector.bytes)
        }
        #expect(problems == [])
    }

    @Test func `every good file is read and written again as it says`() throws {
        let problems = try VectorFolder("stanag-4774/accept").unexpectedAnswers { vector in
            let set = try STANAG4774LabelSet.parse(xml: vector.bytes)
            let deviations = set.deviations.map { "\n(\($0))" }.joined()
            return try String(decoding: set.xml(), as: UTF8.self) + deviations
        }
        #expect(problems == [])
    }

    @Test func `mutated documents are read or refused, and what is read is written and read again`() throws {
        var random = SplitMix64(state: 4774)
        let laughs = try VectorFolder("stanag-4774/reject").inputs().filter { $0.name == "billion-laughs.xml" }
        let seeds = (try VectorFolder("stanag-4774/accept").inputs() + laughs).map(\.bytes)
        var accepted = 0
        for round in 0..<20_000 {
            var bytes = seeds[round % seeds.count]
            for _ in 0..<Int.random(in: 1...3, using: &random) { Self.mutate(&bytes, using: &random) }
            guard let set = try? STANAG4774LabelSet.parse(xml: bytes) else { continue }
            accepted += 1
            #expect(try STANAG4774LabelSet.parse(xml: set.xml()).labels == set.labels)
        }
        #expect(accepted > 100)
    }

    private static func mutate(_ bytes: inout [UInt8], using random: inout SplitMix64) {
        let place = Int.random(in: 0..<bytes.count, using: &random)
        let other = Int.random(in: 0..<bytes.count, using: &random)
        switch Int.random(in: 0..<5, using: &random) {
        case 0: bytes[place] = UInt8.random(in: .min ... .max, using: &random)
        case 1: bytes.remove(at: place)
        case 2: bytes.insert(UInt8(ascii: "<>&\"/! x;".unicodeScalars.randomElement(using: &random) ?? " "), at: place)
        case 3: bytes.insert(contentsOf: Array(bytes[min(place, other)..<max(place, other)].prefix(200)), at: place)
        default: bytes.removeSubrange(min(place, other)..<min(min(place, other) + 40, bytes.count))
        }
        if bytes.isEmpty { bytes = [UInt8(ascii: "<")] }
    }
}
