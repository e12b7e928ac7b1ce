/// Why a file is not a confidentiality label in XML: what stands where, and what was expected there.
public struct STANAG4774Error: Error, Hashable, Sendable, CustomStringConvertible {
    /// The line, counted from 1; 0 where no file was read.
    public let line: Int
    /// The column in characters, counted from 1; 0 where no file was read.
    public let column: Int
    /// What would have been accepted there, in words.
    public let expected: String
    /// What stands there, in words.
    public let got: String

    public init(line: Int, column: Int, expected: String, got: String) {
        self.line = line
        self.column = column
        self.expected = expected
        self.got = got
    }

    public var description: String {
        let what = "expected \(expected), got \(got)"
        return line == 0 ? what : "line \(line), column \(column): \(what)"
    }
}

extension STANAG4774Error {
    init(at position: XMLPosition, expected: String, got: String) {
        self.init(line: position.line, column: position.column, expected: expected, got: got)
    }

    init(expected: String, got: String) {
        self.init(line: 0, column: 0, expected: expected, got: got)
    }
}
