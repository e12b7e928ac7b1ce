import Foundation
import Testing

/// What the documents say about the repository itself.
@Suite struct DocumentTests {
    @Test(arguments: try Document.all())
    func `every file that a document links to is there`(path: String) throws {
        let document = try Document(path)
        let folder = Document.root.appendingPathComponent(path).deletingLastPathComponent()
        for link in try document.linkedFiles() {
            let target = folder.appendingPathComponent(link).standardizedFileURL
            #expect(FileManager.default.fileExists(atPath: target.path), "\(path) links to \(link)")
        }
    }

    /// A row of the table of targets in `Docs/architecture.md`.
    private struct Row {
        let shelf: String
        let target: String
        let mayImport: Set<String>
    }

    private func table() throws -> [Row] {
        let cells = try Document("Docs/architecture.md").text.split(separator: "\n")
            .filter { $0.hasPrefix("| ") && $0.contains("`") }
            .map { $0.split(separator: "|", omittingEmptySubsequences: false).dropFirst().dropLast().map(String.init) }
            .filter { $0.count == 4 && ["Crypto", "Domain", "Node", "Products"].contains($0[0].trimmed) }
        let domain = cells.filter { $0[0].trimmed == "Domain" }.map { $0[1].trimmed.unquoted }
        return cells.map { row in
            var names = Set(row[3].split(separator: " ").map { String($0).unquoted })
            if names.remove("domain") != nil {
                names.remove("the")
                names.formUnion(domain)
            }
            return Row(shelf: row[0].trimmed, target: row[1].trimmed.unquoted, mayImport: names)
        }
    }

    @Test func `the table of targets names every target, and every import that it has`() throws {
        let rows = try table()
        let rooms = Set(rows.map(\.target))
        let files = FileManager.default
        for shelf in ["Crypto", "Domain", "Node", "Products"] {
            let folder = Document.root.appendingPathComponent("Sources/\(shelf)")
            let folders = try files.contentsOfDirectory(atPath: folder.path)
            #expect(Set(folders) == Set(rows.filter { $0.shelf == shelf }.map(\.target)))
        }
        let line = try Regex(#"(?m)^(?:(?:public|package) )?import (\w+)"#, as: (Substring, Substring).self)
        for row in rows {
            let folder = Document.root.appendingPathComponent("Sources/\(row.shelf)/\(row.target)")
            for path in try files.subpathsOfDirectory(atPath: folder.path) where path.hasSuffix(".swift") {
                let text = try String(contentsOf: folder.appendingPathComponent(path), encoding: .utf8)
                let imported = Set(text.matches(of: line).map { String($0.output.1) }).intersection(rooms)
                let missing = imported.subtracting(row.mayImport)
                #expect(missing.isEmpty, "\(row.target)/\(path) imports \(missing.sorted())")
            }
        }
    }

    @Test func `the life of a message names files and types that are there`() throws {
        let document = try Document("Docs/life-of-a-message.md")
        let sources = Document.root.appendingPathComponent("Sources")
        let files = try FileManager.default.subpathsOfDirectory(atPath: sources.path)
        let swift = files.filter { $0.hasSuffix(".swift") }
        let code = try swift.map { try String(contentsOf: sources.appendingPathComponent($0), encoding: .utf8) }
            .joined(separator: "\n")
        var paths = 0
        var names = 0
        for quoted in document.text.matches(of: /`([^`\n]+)`/).map({ String($0.output.1) }) where quoted != "Sources/" {
            if quoted.contains(".swift") || quoted.hasSuffix("/") {
                let isThere =
                    quoted.contains("/")
                    ? FileManager.default.fileExists(atPath: sources.appendingPathComponent(quoted).path)
                    : swift.contains { $0.hasSuffix("/\(quoted)") }
                #expect(isThere, "`\(quoted)` is not below Sources")
                paths += 1
            } else if let match = quoted.wholeMatch(of: /([A-Z]\w+)(?:\.(\w+)(?:\(.*\))?)?/) {
                // `FRA` and the like are partners of the example.
                guard match.output.1.contains(where: \.isLowercase) else { continue }
                let type = try Regex(#"(struct|class|enum|actor|protocol|typealias) \#(match.output.1)\b"#)
                #expect(code.contains(type), "no type `\(match.output.1)`")
                if let member = match.output.2 {
                    #expect(code.contains(try Regex(#"(func|var|let|case) \#(member)\b"#)), "no `\(quoted)`")
                }
                names += 1
            }
        }
        #expect(paths > 25 && names > 40, "the document's form has changed: \(paths) paths, \(names) names")
    }

    @Test func `every reason code of a refusal stands in the wire API`() throws {
        let document = try Document("Docs/wire-api.md")
        let code = try Regex(#"code: "([a-z-]+)""#, as: (Substring, Substring).self)
        let raw = try Regex(#"case \w+ = "([a-z-]+)""#, as: (Substring, Substring).self)
        let sources: [(String, Regex<(Substring, Substring)>)] = [
            ("Sources/Node/RelayNode/WireAPI", code), ("Sources/Node/Relaying/Admission", code),
            ("Sources/Node/RelayTransport/Messages", code),
            ("Sources/Node/Relaying/Transfers/TransferError.swift", raw),
            ("Sources/Node/RelayStorage/StoreError.swift", raw),
            ("Sources/Domain/CoalitionDirectory/Directory/IdentityRefusal.swift", raw),
        ]
        var codes: Set<String> = []
        for (path, pattern) in sources {
            let url = Document.root.appendingPathComponent(path)
            let names = path.hasSuffix(".swift") ? [""] : try FileManager.default.subpathsOfDirectory(atPath: url.path)
            for name in names where path.hasSuffix(".swift") || name.hasSuffix(".swift") {
                let file = name.isEmpty ? url : url.appendingPathComponent(name)
                let text = try String(contentsOf: file, encoding: .utf8)
                codes.formUnion(text.matches(of: pattern).map { String($0.output.1) })
            }
        }
        #expect(codes.count > 30)
        // A TLS peer without certificate never reaches the directory: OpenSSL refuses it. Orders are given elsewhere.
        for code in codes.sorted() where code != "no-certificate" && code != "order-refused" {
            let isListed = document.text.contains("`\(code)`")
            #expect(isListed, "`\(code)` is not in \(document.path)")
        }
    }
}

extension String {
    fileprivate var trimmed: String { trimmingCharacters(in: .whitespaces) }
    fileprivate var unquoted: String { replacingOccurrences(of: "`", with: "") }
}
