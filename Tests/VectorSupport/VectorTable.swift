import Foundation

/// A table of vectors of one line each: cells between bars, `#` before what is for people.
public struct VectorTable: Sendable {
    public struct Row: Sendable, CustomStringConvertible {
        public let line: Int
        public let cells: [String]

        public var description: String { "\(line): \(cells[0])" }
    }

    /// The table's name, its file's without the extension.
    public let name: String
    public let rows: [Row]

    /// The tables of the folder `Vectors/path` beside a test's file, in the order of their names.
    public static func all(in path: String, beside file: String = #filePath) throws -> [VectorTable] {
        let folder = URL(filePath: file).deletingLastPathComponent().appending(path: "Vectors/\(path)")
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".txt") }
        return try names.sorted().map { name in
            let text = try String(contentsOf: folder.appending(path: name), encoding: .utf8)
            return VectorTable(name: String(name.dropLast(4)), rows: rows(text))
        }
    }

    private static func rows(_ text: String) -> [Row] {
        text.split(separator: "\n", omittingEmptySubsequences: false).enumerated().compactMap { index, line in
            guard !line.isEmpty, !line.hasPrefix("#") else { return nil }
            let cells = line.split(separator: "|", omittingEmptySubsequences: false).map { cell in
                // One space beside each bar belongs to the table, further ones to the cell.
                var cell = cell
                if cell.first == " " { cell.removeFirst() }
                if cell.last == " " { cell.removeLast() }
                return String(cell)
            }
            return Row(line: index + 1, cells: cells)
        }
    }
}
