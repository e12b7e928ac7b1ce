import CanonicalEncoding
import CoalitionDirectory
import OpenSSLCrypto
import TestSupport
import Testing

/// The state of a directory, whose hash log entries carry.
@Suite struct DirectoryStateTests {
    @Test func `a state names every sheet, and is read again from its bytes`() throws {
        let directory = try CoalitionFixture(["GBR", "FRA", "UN"]).directory
        let state = directory.state
        #expect(state.hash == directory.stateHash)
        #expect(state.members.map(\.trustDomain.rawValue) == ["fra.example", "gbr.example", "un.example"])
        #expect(state.members.map(\.sheet) == directory.sheets.map(\.digest))
        #expect(try DirectoryState(parsing: state.bytes) == state)
    }

    @Test(arguments: [
        "", "{}", "[]", #"{"realm":"live"} "#, #"{"realm":"Live","sheets":[]}"#, #"{"realm":"live","sheets":[{}]}"#,
        #"{"realm":"live"}"#, #"{"more":1,"realm":"live","sheets":[]}"#,
        #"{"realm":"live","sheets":[{"sheet":"00","trust-domain":"a.example"}]}"#,
        #"{"realm":"live","sheets":[{"sheet":"DIGEST","trust-domain":"a b"}]}"#,
        #"{"realm":"live","sheets":[{"sheet":"DIGEST","trust-domain":"b.example"},{"sheet":"DIGEST","trust-domain":"a.example"}]}"#,
        #"{"realm":"live","sheets":[{"sheet":"DIGEST","trust-domain":"a.example"},{"sheet":"DIGEST","trust-domain":"a.example"}]}"#,
        #"{"realm":"live","sheets":[{"sheet":"DIGEST","trust-domain":"a.example","x":1}]}"#,
    ])
    func `what is no state in its one spelling is refused`(text: String) {
        let bytes = Array(text.replacing("DIGEST", with: String(repeating: "0a", count: 32)).utf8)
        #expect(throws: DirectoryState.Malformed.self) { try DirectoryState(parsing: bytes) }
    }
}
