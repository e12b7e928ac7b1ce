import Foundation
import Testing

/// A document of the repository, whose commands are run as they stand there.
struct Document {
    /// The repository that this test was built from.
    static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    let path: String
    let text: String

    init(_ path: String) throws {
        self.path = path
        text = try String(contentsOf: Self.root.appendingPathComponent(path), encoding: .utf8)
    }

    /// All documents, by their paths.
    static func all() throws -> [String] {
        let folders = ["Docs", "Docs/decisions", "Certs", "Benchmarks"]
        let inFolders = try folders.flatMap { folder in
            let url = root.appendingPathComponent(folder)
            return try FileManager.default.contentsOfDirectory(atPath: url.path).map { "\(folder)/\($0)" }
        }
        return (["README.md", "CHANGELOG.md"] + inFolders).filter { $0.hasSuffix(".md") }.sorted()
    }

    /// The code blocks whose fence has this word behind it, such as `sh` or `sh first-message`, in their order.
    func blocks(_ word: String) -> [String] {
        var blocks: [String] = []
        var lines: [Substring]?
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if let block = lines {
                if line == "```" {
                    blocks.append(block.joined(separator: "\n"))
                    lines = nil
                } else {
                    lines = block + [line]
                }
            } else if line == "```\(word)" {
                lines = []
            }
        }
        return blocks
    }

    /// The one block with this word.
    func block(_ word: String) throws -> String {
        let blocks = blocks(word)
        try #require(blocks.count == 1, "expected one block `\(word)` in \(path), got \(blocks.count)")
        return blocks[0]
    }

    /// The targets of the links to other files, without their anchors.
    func linkedFiles() throws -> [String] {
        let link = try Regex(#"\]\(([^)#]+)(?:#[^)]*)?\)"#, as: (Substring, Substring).self)
        return text.matches(of: link).map { String($0.output.1) }.filter { !$0.contains("://") }
    }
}
