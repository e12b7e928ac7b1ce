import CanonicalEncoding
import Relaying
import Testing

@Suite struct CustodyPageTests {
    @Test(arguments: [
        "[]", #"{"last":3,"links":[],"next":4}"#, #"{"last":5,"links":["x"],"next":5}"#,
        #"{"last":5,"links":[{}],"next":5}"#, #"{"last":-1,"links":[],"next":-1}"#, #"{"last":5,"links":[]}"#,
        #"{"last":5,"links":[],"more":1,"next":5}"#, #"{"last":"5","links":[],"next":5}"#,
    ])
    func `what is no page is refused`(text: String) throws {
        let json = try JSONValue.parseCanonical(Array(text.utf8))
        #expect(throws: TransferError.self) { try CustodyPage(json: json) }
    }

    @Test func `a page is written as it is read, and says whether there is more`() throws {
        for (next, isFull) in [(7, true), (9, false)] {
            let text = #"{"last":9,"links":[],"next":\#(next)}"#
            let page = try CustodyPage(json: .parseCanonical(Array(text.utf8)))
            #expect(page.isFull == isFull)
            #expect(String(decoding: page.json.canonicalBytes, as: UTF8.self) == text)
        }
    }
}
