import SecurityLabels
import Testing

@Suite struct LabelComponentTests {
    @Test(arguments: ["GBR", "UN", "ALLIANCE", "C-2", "A1"])
    func `an owner's code is letters, digits and hyphens`(text: String) throws {
        #expect(try LabelOwner(text).rawValue == text)
    }

    @Test(arguments: [
        ("", "a label owner is empty: expected at least one letter"),
        ("G", "`G` cannot be a label owner: expected 2 to 24 characters, got 1"),
        ("gbr", "`gbr` cannot be a label owner: expected an upper-case letter at column 1, got `g` (U+0067)"),
        ("1GB", "`1GB` cannot be a label owner: expected an upper-case letter at column 1, got `1` (U+0031)"),
        (
            "GB R",
            "`GB R` cannot be a label owner: expected upper-case letters, digits and `-` at column 3, got ` ` (U+0020)"
        ),
        (
            "GBR-",
            "`GBR-` cannot be a label owner: expected upper-case letters, digits and `-` at column 4, got `-` (U+002D)"
        ),
        (
            "G\u{0}R",
            "`G\u{0}R` cannot be a label owner: expected upper-case letters, digits and `-` at column 2, got U+0000"
        ),
    ])
    func `a malformed owner is refused with its column and what was expected`(text: String, message: String) {
        let error = #expect(throws: LabelError.self) { try LabelOwner(text) }
        #expect(error?.description == message)
    }

    @Test(arguments: [
        "SECRET", "TOP SECRET", "TRÈS SECRET", "ŚCIŚLE TAJNE", "SECRET UE/EU SECRET", "VS-NUR FÜR DEN DIENSTGEBRAUCH",
    ])
    func `a classification is written in its owner's own words`(text: String) throws {
        #expect(try Classification(text).rawValue == text)
    }

    @Test(arguments: [
        "TOP  SECRET", " SECRET", "SECRET ", "SECRET//EU", "SECRET/", "secret", "SECRET\n",
        "TRE\u{300}S SECRET",  // a combining accent
        "\u{0405}ECRET",  // Cyrillic
        "ＳECRET",  // full width
    ])
    func `a second spelling of a classification is refused`(text: String) {
        #expect(throws: LabelError.self) { try Classification(text) }
    }

    @Test func `a component has a longest length`() throws {
        let longest = String(repeating: "A", count: 32)
        #expect(try Compartment(longest).rawValue == longest)
        #expect(
            throws: LabelError.wrongLength(
                component: "a compartment",
                text: longest + "A",
                expected: 1...32,
                got: 33
            )
        ) {
            try Compartment(longest + "A")
        }
    }

    @Test func `the more urgent precedence is the greater`() {
        let ascending: [Precedence] = [.deferred, .routine, .priority, .immediate, .flash, .override]
        #expect(Precedence.allCases.sorted() == ascending)
        #expect(ascending.map(\.name) == ["DEFERRED", "ROUTINE", "PRIORITY", "IMMEDIATE", "FLASH", "OVERRIDE"])
        #expect(ascending.map { Precedence(name: $0.name) } == ascending)
        #expect(Precedence(name: "flash") == nil)
    }
}
