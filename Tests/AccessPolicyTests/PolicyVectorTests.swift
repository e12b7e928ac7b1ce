import AccessPolicy
import PolicySupport
import StrictYAML
import Testing
import VectorSupport

/// The policies in `Vectors`: what each means, or the place and the words that it is refused with.
@Suite struct PolicyVectorTests {
    @Test func `every good policy reads as it says`() throws {
        let problems = try VectorFolder("policies/accept").unexpectedAnswers { vector in
            let policy = try Policy.parse(yaml: vector.text, file: vector.name)
            return String(decoding: policy.canonicalBytes, as: UTF8.self)
        }
        #expect(problems == [])
    }

    @Test func `every bad policy is refused with its place, what was expected and what came`() throws {
        let problems = try VectorFolder("policies/reject").unexpectedRefusals { vector in
            _ = try Policy.parse(yaml: vector.text, file: vector.name)
        }
        #expect(problems == [])
    }

    /// The policy that the others are made of.
    static func good() throws -> String {
        let inputs = try VectorFolder("policies/accept").inputs()
        return try #require(inputs.first { $0.name == "small.yaml" }).text
    }

    @Test func `a file beyond the limit is refused before it is read`() {
        let yaml = String(repeating: "#", count: (4 << 20) + 1)
        let error = #expect(throws: PolicyError.self) { try Policy.parse(yaml: yaml, file: "p.yaml") }
        #expect(
            error?.description == "p.yaml:1:1: the file is too large: expected at most 4194304 bytes, got 4194305"
        )
    }

    @Test(arguments: ["[", "{a: ", "- ", "? ", "a: {b: "])
    func `deep nesting is refused without harm`(opening: String) {
        let yaml = String(repeating: opening, count: 20_000)
        #expect(throws: PolicyError.self) { try Policy.parse(yaml: yaml, file: "p.yaml") }
    }

    @Test func `aliases that would grow without end are refused before they do`() {
        var lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
        for level in 1...30 {
            let aliases = [String](repeating: "*a\(level - 1)", count: 9).joined(separator: ", ")
            lines.append("a\(level): &a\(level) [\(aliases)]")
        }
        #expect(throws: PolicyError.self) { try Policy.parse(yaml: lines.joined(separator: "\n"), file: "p.yaml") }
    }

    @Test func `no prefix of a policy is read as a policy unless it is one`() throws {
        let yaml = try Self.good()
        var read = 0
        for length in stride(from: 0, through: yaml.count, by: 3) {
            do throws(PolicyError) {
                _ = try Policy.parse(yaml: String(yaml.prefix(length)), file: "p.yaml")
                read += 1
            } catch {
                #expect(error.line >= 1 && error.column >= 1)
            }
        }
        // Only from the last key on is the rest optional, or shorter and still right: `ref: Le`.
        #expect(read < 10)
    }

    @Test(arguments: 0..<4)
    func `no damage to a policy does harm to the reader`(seed: UInt64) throws {
        var random = SplitMix64(state: seed)
        let marks = Array("[]{}:,&*!|>'\"%@`#-? \t\n~<NO0\u{0}\u{85}\u{FEFF}\u{1F600}".unicodeScalars)
        let good = try Self.good()
        var refused = 0
        for _ in 0..<150 {
            var scalars = Array(good.unicodeScalars)
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let place = Int.random(in: 0..<scalars.count, using: &random)
                switch Int.random(in: 0...3, using: &random) {
                case 0: scalars.remove(at: place)
                case 1: scalars[place] = marks[Int.random(in: 0..<marks.count, using: &random)]
                case 2: scalars.insert(marks[Int.random(in: 0..<marks.count, using: &random)], at: place)
                default: scalars.removeSubrange(place..<min(place + 20, scalars.count))
                }
            }
            var yaml = String.UnicodeScalarView()
            yaml.append(contentsOf: scalars)
            do throws(PolicyError) {
                _ = try Policy.parse(yaml: String(yaml), file: "p.yaml")
            } catch {
                #expect(error.line >= 1 && error.column >= 1 && !error.message.isEmpty)
                refused += 1
            }
        }
        #expect(refused > 75)
    }
}
