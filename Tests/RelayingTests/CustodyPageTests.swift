import CanonicalEncoding
import Relaying
import Testing

@Suite struct CustodyPageTests {
    @Test(arguments: [
        "[]", #"{"custody":[],"last":3,"next":4}"#, #"{"custody":["x"],"last":5,"next":5}"#,
        #"{"custody":[{}],"last":5,"next":5}"#, #"{"custody":[],"last":-1,"next":-1}"#, #"{"custody":[],"last":5}"#,
        #"{"custody":[],"last":5,"more":1,"next":5}"#, #"{"custody":[],"last":"5","next":5}"#,
        #"{"custody":[{"index":6,"link":{}}],"last":5,"next":5}"#,
    ])
    func `what is no page is refused`(text: String) throws {
        let json = try JSONValue.parseCanonical(Array(text.utf8))
        #expect(throws: TransferError.self) { try CustodyPage(json: json) }
    }

    @Test func `a page is written as it is read, and says whether there is more`() throws {
        for (next, hasMore) in [(7, true), (9, false)] {
            let text = #"{"custody":[],"last":9,"next":\#(next)}"#
            let page = try CustodyPage(json: .parseCanonical(Array(text.utf8)))
            #expect(page.hasMore == hasMore)
            #expect(String(decoding: page.json.canonicalBytes, as: UTF8.self) == text)
        }
    }
}
