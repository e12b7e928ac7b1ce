/// Writes XML in one spelling: double quotes, two spaces a level, a line for each element.
struct XMLWriter {
    private(set) var bytes: [UInt8] = Array("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".utf8)
    private var depth = 0

    mutating func open(_ name: String, _ attributes: [(String, String?)] = []) throws(STANAG4774Error) {
        append("<\(name)\(try Self.attributes(attributes))>")
        depth += 1
    }

    mutating func close(_ name: String) {
        depth -= 1
        append("</\(name)>")
    }

    mutating func empty(_ name: String, _ attributes: [(String, String?)]) throws(STANAG4774Error) {
        append("<\(name)\(try Self.attributes(attributes))/>")
    }

    mutating func leaf(
        _ name: String,
        _ text: String,
        _ attributes: [(String, String?)] = []
    ) throws(STANAG4774Error) {
        append("<\(name)\(try Self.attributes(attributes))>\(try Self.escape(text))</\(name)>")
    }

    private mutating func append(_ text: String) {
        bytes.append(contentsOf: repeatElement(UInt8(ascii: " "), count: 2 * depth))
        bytes.append(contentsOf: text.utf8)
        bytes.append(UInt8(ascii: "\n"))
    }

    private static func attributes(_ attributes: [(String, String?)]) throws(STANAG4774Error) -> String {
        var text = ""
        for (name, value) in attributes {
            if let value { text += " \(name)=\"\(try escape(value))\"" }
        }
        return text
    }

    /// Escapes what a reader would otherwise take for markup or change: line ends and tabs included.
    private static func escape(_ text: String) throws(STANAG4774Error) -> String {
        var escaped = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": escaped.append(contentsOf: "&amp;".unicodeScalars)
            case "<": escaped.append(contentsOf: "&lt;".unicodeScalars)
            case ">": escaped.append(contentsOf: "&gt;".unicodeScalars)
            case "\"": escaped.append(contentsOf: "&quot;".unicodeScalars)
            case "\t", "\n", "\r": escaped.append(contentsOf: "&#\(scalar.value);".unicodeScalars)
            case "\0"..." ":
                guard scalar == " " else { throw unwritable(scalar) }
                escaped.append(scalar)
            case "\u{FFFE}", "\u{FFFF}": throw unwritable(scalar)
            default: escaped.append(scalar)
            }
        }
        return String(escaped)
    }

    private static func unwritable(_ scalar: Unicode.Scalar) -> STANAG4774Error {
        STANAG4774Error(
            expected: "characters of XML 1.0",
            got: "U+\(String(scalar.value, radix: 16, uppercase: true))"
        )
    }
}
