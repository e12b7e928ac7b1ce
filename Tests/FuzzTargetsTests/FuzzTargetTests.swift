import Foundation
import FuzzTargets
import Testing

/// The fuzz targets over the inputs that they begin from, so that neither rots between fuzzing runs.
@Suite struct FuzzTargetTests {
    private static let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()

    /// The inputs of a target: its own corpus and the vectors that it begins from.
    private func inputs(of target: FuzzTarget) throws -> [[UInt8]] {
        try target.seeds.flatMap { folder in
            let folder = Self.tests.appending(path: folder)
            return try FileManager.default.contentsOfDirectory(atPath: folder.path)
                // The answers beside the vectors are not inputs.
                .filter { !($0.hasSuffix(".txt") && folder.path.contains("/Vectors/")) }
                .map { [UInt8](try Data(contentsOf: folder.appending(path: $0))) }
        }
    }

    @Test(arguments: FuzzTarget.all.map(\.name))
    func `a target reads some of its inputs and refuses others`(name: String) throws {
        let target = try #require(FuzzTarget.all.first { $0.name == name })
        let read = try inputs(of: target).map(target.run)
        #expect(read.contains(true) || Self.withoutGoodInputs.contains(name))
        #expect(read.contains(false))
        #expect(!target.run([]))
    }

    /// Targets whose good inputs hold certificates and signatures, of which none are kept.
    private static let withoutGoodInputs: Set = ["sheets", "signed-messages", "envelopes"]

    @Test func `every name is one target's`() {
        #expect(Set(FuzzTarget.all.map(\.name)).count == FuzzTarget.all.count)
    }

    @Test func `the corpus has no folder that no target reads`() throws {
        let folders = try FileManager.default.contentsOfDirectory(
            atPath: Self.tests.appending(path: "FuzzTargetsTests/Corpus").path
        )
        #expect(Set(folders) == Set(FuzzTarget.all.map(\.name)))
    }

    @Test func `the readme names the targets and no others`() throws {
        let text = try String(contentsOf: Self.tests.appending(path: "FuzzTargets/README.md"), encoding: .utf8)
        let named = text.split(separator: "\n").compactMap { line in
            line.hasPrefix("| `") ? line.dropFirst(3).prefix { $0 != "`" } : nil
        }
        #expect(named.map(String.init) == FuzzTarget.all.map(\.name))
    }
}
