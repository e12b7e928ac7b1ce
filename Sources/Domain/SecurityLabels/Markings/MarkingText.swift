/// Which characters markings are made of.
enum MarkingText {
    /// Whether a separator between parts of a marking may hold the scalar.
    static func mayStandInSeparators(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case " ", "/", "-", "\u{2013}", ",", ";", "+": true
        default: false
        }
    }

    /// What is wrong with text as the spelling of a phrase, or nil.
    ///
    /// Latin letters with and without accents, digits, ideographs and some punctuation: no combining marks, no letters of
    /// scripts that look like Latin ones, no spaces at the ends or twice in a row.
    static func problem(in text: String) -> String? {
        var previous: Unicode.Scalar = " "
        for scalar in text.unicodeScalars {
            guard isAllowed(scalar) else {
                return "expected a spelling of Latin letters, digits, ideographs and `-–/:+.,()`, got `\(text)`"
            }
            if scalar == " ", previous == " " {
                return "expected single spaces inside and none at the ends, got `\(text)`"
            }
            previous = scalar
        }
        return previous == " " ? "expected single spaces inside and none at the ends, got `\(text)`" : nil
    }

    private static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "A"..."Z", "a"..."z", "0"..."9": true
        case " ", "-", "\u{2013}", "/", ":", "+", ".", ",", "(", ")": true
        default: LabelAlphabet.isIdeograph(scalar) || isAccentedLetter(scalar)
        }
    }

    private static func isAccentedLetter(_ scalar: Unicode.Scalar) -> Bool {
        (0xC0...0x17F).contains(scalar.value) && scalar.properties.isAlphabetic
    }
}
