/// Text from elsewhere, made fit for a terminal: what others wrote must not move the cursor, recolour the screen or turn
/// the reading direction round.
enum PrintableText {
    /// The text on one line, with every control and direction character written out.
    static func line(_ text: String) -> String { escaped(text) { _ in false } }

    /// The text with its line feeds and tabs, and every other control and direction character written out.
    static func paragraphs(_ text: String) -> String { escaped(text) { $0 == "\n" || $0 == "\t" } }

    /// The text with lines of at most a thousand characters: an error that quotes a file must not print all of it.
    static func shortened(_ text: String, to limit: Int = 1000) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            line.count > limit ? "\(line.prefix(limit))... (\(line.count) characters)" : String(line)
        }.joined(separator: "\n")
    }

    /// The bytes as text when they are UTF-8 without control characters beyond line ends and tabs, else nil.
    static func text(of bytes: [UInt8]) -> String? {
        guard let text = String(validating: bytes, as: UTF8.self) else { return nil }
        let isPlain = text.unicodeScalars.allSatisfy { scalar in
            scalar.properties.generalCategory != .control || ["\n", "\r", "\t"].contains(scalar)
        }
        return isPlain ? text : nil
    }

    private static func escaped(_ text: String, except: (Unicode.Scalar) -> Bool) -> String {
        var printed = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            if except(scalar) || !isUnfit(scalar) {
                printed.append(scalar)
            } else {
                printed.append(contentsOf: "\\u{\(String(scalar.value, radix: 16))}".unicodeScalars)
            }
        }
        return String(printed)
    }

    private static func isUnfit(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned: true
        case .format: isDirection(scalar)
        default: false
        }
    }

    /// The embeddings, overrides and isolates of the bidirectional algorithm (UAX #9 section 2).
    private static func isDirection(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x061C, 0x200E, 0x200F, 0x202A...0x202E, 0x2066...0x2069: true
        default: false
        }
    }
}
