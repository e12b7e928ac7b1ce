import Foundation

/// The repository that this test was built from, as files.
enum Repository {
    static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    static func swiftFiles(under path: String) throws -> [URL] {
        let folder = root.appendingPathComponent(path)
        let paths = try FileManager.default.subpathsOfDirectory(atPath: folder.path)
        return paths.filter { $0.hasSuffix(".swift") }.map { folder.appendingPathComponent($0) }
    }

    static func folders(in path: String) throws -> Set<String> {
        let folder = root.appendingPathComponent(path)
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        return Set(names.filter { folder.appendingPathComponent($0).hasDirectoryPath })
    }

    /// The modules that a file names in its import lines.
    static func imports(of file: URL) throws -> Set<String> {
        let text = try String(contentsOf: file, encoding: .utf8)
        let line = try Regex(
            #"(?m)^\s*(?:@\w+(?:\([^)]*\))?\s+)*(?:(?:public|package|internal|private|fileprivate)\s+)?import\s+(?:(?:struct|class|enum|protocol|func|var|let|typealias)\s+)?(\w+)"#
        )
        return Set(text.matches(of: line).compactMap { $0.output[1].substring.map(String.init) })
    }

    static func trackedFiles() throws -> [String] {
        try run("git", ["ls-files"]).split(separator: "\n").map(String.init)
    }

    /// The standard output of a command that must succeed, run at the root.
    static func run(_ command: String, _ arguments: [String]) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [command] + arguments
        process.currentDirectoryURL = root
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw Failed(command: command, status: process.terminationStatus) }
        return String(decoding: data, as: UTF8.self)
    }

    struct Failed: Error {
        let command: String
        let status: Int32
    }
}
