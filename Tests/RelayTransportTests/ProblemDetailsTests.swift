import CanonicalEncoding
import HTTPTypes
import Testing

@testable import RelayTransport

@Suite struct ProblemDetailsTests {
    @Test(arguments: [
        ProblemDetails(code: "denied", title: "denied by policy", status: .forbidden),
        ProblemDetails(
            code: "id-conflict",
            title: "another message has this id",
            status: .conflict,
            detail: "since \"noon\"",
            instance: "urn:uuid:0190",
            extensions: ["reasons": ["suspended", "not-releasable"], "index": 17]
        ),
    ])
    func `a problem reads back as it was written`(problem: ProblemDetails) throws {
        #expect(try ProblemDetails(parsing: problem.encoded) == problem)
        #expect(WireResponse.problem(problem).problem == problem)
        #expect(WireResponse.problem(problem).status == problem.status)
    }

    @Test func `a problem is written as canonical JSON with the registered members`() {
        let problem = ProblemDetails(
            code: "queue-full",
            title: "the queue is full",
            status: .serviceUnavailable,
            detail: "try later",
            extensions: ["retry-after": 30]
        )
        #expect(
            String(decoding: problem.encoded, as: UTF8.self)
                == #"{"detail":"try later","retry-after":30,"status":503,"title":"the queue is full","#
                + #""type":"urn:entente:problem:queue-full"}"#
        )
    }

    @Test(arguments: [
        "", "[]", "{}", "null", #"{"type":"about:blank","status":400}"#,
        #"{"type":"urn:entente:problem:","status":400}"#,
        #"{"type":"urn:entente:problem:x"}"#, #"{"type":"urn:entente:problem:x","status":"400"}"#,
        #"{"type":"urn:entente:problem:x","status":99}"#, #"{"type":"urn:entente:problem:x","status":400,"title":1}"#,
        #"{"type":"urn:entente:problem:x","status":400,"status":401}"#,
        #"{"type":"urn:entente:problem:x","status":400}x"#,
    ])
    func `what is no problem of ours is refused`(text: String) {
        #expect(throws: ProblemDetailsError.self) { try ProblemDetails(parsing: Array(text.utf8)) }
    }

    @Test func `an answer without the media type carries no problem`() {
        var response = WireResponse.problem(ProblemDetails(code: "x", title: "y", status: .badRequest))
        response.headers[.contentType] = "application/json"
        #expect(response.problem == nil)
        response.headers[.contentType] = "application/problem+json; charset=utf-8"
        #expect(response.problem?.code == "x")
    }
}

@Suite struct RequestTargetTests {
    @Test(arguments: [
        ("/", "/", []), ("/a/b", "/a/b", []), ("/a?", "/a", []), ("/a?b", "/a", ["b="]), ("/a?b=c=d", "/a", ["b=c=d"]),
        ("/a?b=1&c=2", "/a", ["b=1", "c=2"]), ("/a?x=%C3%BC+%26", "/a", ["x=ü+&"]), ("/a%20b", "/a%20b", []),
    ])
    func `a target gives its path and its query's fields`(text: String, path: String, query: [String]) throws {
        let target = try #require(RequestTarget(text))
        #expect(target.path == path)
        #expect(target.query.map { "\($0.name)=\($0.value)" } == query)
    }

    @Test(arguments: [
        "", "a", "/a b", "/a\n", "/a?%", "/a?%1", "/a?%1g", "/a?x=%ff", "/a?b=1&c=2&b=1", "/a#b", "/é", "/a\u{7f}",
    ])
    func `what is no target gives none`(text: String) {
        #expect(RequestTarget(text) == nil)
    }
}
