import Foundation

/// A folder of inputs, each with what a reader answers to it in a text file of the same name beside it.
///
/// With `ENTENTE_WRITE_VECTORS=1` in the environment the answers are written instead of compared: to be reviewed as a
/// difference, not believed.
public struct VectorFolder: Sendable {
    private let folder: URL

    /// The folder `Vectors/path` beside a test's file.
    public init(_ path: String, beside file: String = #filePath) {
        folder = URL(filePath: file).deletingLastPathComponent().appending(path: "Vectors/\(path)")
    }

    /// The inputs in the order of their names.
    public func inputs() throws -> [Vector] {
        try names().filter { !$0.hasSuffix(Self.answer) }.map { name in
            Vector(name: name, bytes: [UInt8](try Data(contentsOf: folder.appending(path: name))))
        }
    }

    /// Compares what `read` refuses each input with, or that it does not, with the text beside the input.
    public func unexpectedRefusals(_ read: (Vector) throws -> Void) throws -> [String] {
        try unexpectedAnswers { vector in
            do {
                try read(vector)
            } catch {
                return "\(error)"
            }
            return "(read)"
        }
    }

    /// Compares what is answered to each input with the text beside it.
    /// - Returns: A sentence for each difference, each input without an answer and each answer without an input.
    public func unexpectedAnswers(_ answer: (Vector) throws -> String) throws -> [String] {
        let isWriting = ProcessInfo.processInfo.environment["ENTENTE_WRITE_VECTORS"] == "1"
        var answers = Set(try names().filter { $0.hasSuffix(Self.answer) })
        var problems: [String] = []
        for vector in try inputs() {
            let name = String(vector.name.prefix { $0 != "." }) + Self.answer
            let file = folder.appending(path: name)
            let got = try answer(vector)
            if isWriting { try (got + "\n").write(to: file, atomically: true, encoding: .utf8) }
            guard answers.remove(name) != nil || isWriting else {
                problems.append("\(vector.name): expected its answer in `\(name)`, got no such file")
                continue
            }
            let expected = try String(contentsOf: file, encoding: .utf8)
            if expected != got + "\n" { problems.append("\(vector.name): expected `\(expected)`, got `\(got)`") }
        }
        return problems + answers.sorted().map { "\($0): expected an input beside it, got none" }
    }

    private static let answer = ".txt"

    private func names() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { !$0.hasPrefix(".") }.sorted()
    }
}
