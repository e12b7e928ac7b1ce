import CanonicalEncoding
import Testing

@testable import entente

@Suite struct TraceTextTests {
    @Test(
        arguments: [
            (
                ["witnessing": "provisional", "cosigners": ["a/w"], "quorum": 2] as [String: JSONValue],
                "proven in the tree of 5, provisional: 1 of 2 cosignatures"
            ),
            (
                ["witnessing": "witnessed", "cosigners": ["a/w", "b/w"], "quorum": 2] as [String: JSONValue],
                "proven in the tree of 5, witnessed by a/w and b/w"
            ),
            (
                ["witnessing": "ended"] as [String: JSONValue],
                "proven in the tree of 5, never witnessed: its log has ended"
            ),
            (
                ["witnessing": "forked"] as [String: JSONValue],
                "proven in the tree of 5, FORKED: its log has signed another history"
            ),
        ] as [([String: JSONValue], String)]
    )
    func `each proof says how far it is witnessed`(members: [String: JSONValue], words: String) throws {
        var answer = try #require(SampleAnswers.trace().objectValue)
        var entries = try #require(answer["entries"]?.arrayValue)
        var first = try #require(entries[0].objectValue)
        let proof = try #require(first["proof"]?.objectValue)
        first["proof"] = .object(proof.merging(members) { $1 })
        entries[0] = .object(first)
        answer["entries"] = .array(entries)
        let report = try TraceReport(json: .object(answer))
        #expect(report.lines(for: .plain).contains { $0.hasPrefix("accepted") && $0.hasSuffix(words) })
        #expect((report.broken != nil) == (members["witnessing"] == "forked"))
    }

    @Test func `the trace tells the message's way in order`() throws {
        let report = try TraceReport(json: SampleAnswers.trace())
        let lines = report.lines(for: .plain)
        #expect(report.broken == nil)
        #expect(
            lines.prefix { !$0.contains("INDEX") }.joined(separator: "\n") == """
                message  \(SampleAnswers.message)

                originator  GBR/j2-fusion
                precedence  FLASH
                accepted    2026-11-22T12:00:00.000Z (221200ZNOV26), entry 0, proven in the tree of 5
                expires     2026-11-22T12:01:00.000Z (221201ZNOV26)
                envelope    \(SampleAnswers.envelope)

                message to jpn.example/node/jpn-1
                  released  2026-11-22T12:00:00.000Z, entry 0, number 41 of the stream, proven in the tree of 5
                  next hop  fra.example/node/fra-hub
                  state     handed over
                  custody   2026-11-22T12:00:00.312Z, 312 ms later; entry 88 of fra.example/node/fra-hub, proven in the tree of 89
                  custody   2026-11-22T12:00:00.377Z, 377 ms later; entry 6 of jpn.example/node/jpn-1, proven in the tree of 7

                message to un.example/node/un-1
                  released  2026-11-22T12:00:00.000Z, entry 1, number 8 of the stream, proven in the tree of 5
                  next hop  fra.example/node/fra-hub
                  state     given up: expired, entry 4, after 4 failed attempts: connection refused

                in mailbox maritime-desk as number 5 since 2026-11-22T12:00:00.000Z; no delivery receipt yet

                delivered to JPN/maritime-ops: receipt at 2026-11-22T12:00:02.400Z, 2.4 s after acceptance; entry 3, proven in the tree of 5
                  its node has released the receipt: 2026-11-22T12:00:02.100Z; entry 7 of jpn.example/node/jpn-1, proven in the tree of 9
                not delivered to un.example/node/un-1: expired, known since 2026-11-22T12:01:00.000Z; entry 4, proven in the tree of 5

                """
        )
    }

    /// What the node answers when the object was refused, with `proof` as the state of the refusal's.
    private func refused(_ proof: String?) throws -> TraceReport {
        let refusal = proof.map {
            #""refusal":{"index":12,"kind":"refusal","log":"fra.example/node/fra-hub","proof":\#($0),"#
                + #""time":"2026-11-22T12:00:00.500Z"},"state":"void""#
        }
        let text = try SampleAnswers.trace(givenUp: "denied").canonicalText
            .replacing(#""state":"void""#, with: refusal ?? #""state":"void""#)
        return try TraceReport(json: JSONValue.parse(Array(text.utf8)))
    }

    @Test func `what was refused shows who has signed so, or that nobody has`() throws {
        let signed = try refused(#"{"size":13,"state":"proven"}"#)
        let name = "  signed refusal  "
        #expect(
            signed.lines(for: .plain).first { $0.hasPrefix(name) }
                == name + "2026-11-22T12:00:00.500Z; entry 12 of fra.example/node/fra-hub, proven in the tree of 13"
        )
        #expect(signed.broken == nil)
        #expect(try refused(nil).lines(for: .plain).contains(name + "none"))
        let broken = try refused(#"{"detail":"of another root","state":"broken"}"#)
        #expect(broken.broken == "entry 12 of `fra.example/node/fra-hub`: of another root")
    }

    @Test func `a report that came shows the refusal that it rests on`() throws {
        let text = try SampleAnswers.trace().canonicalText.replacing(
            #""reason":"expired""#,
            with: #""reason":"denied","refusal":{"index":3,"kind":"refusal","log":"un.example/node/un-1","#
                + #""proof":{"size":4,"state":"proven"},"time":"2026-11-22T12:00:01.000Z"}"#
        ).replacing(#""closing-entry":4"#, with: #""closing-entry":1"#)
        let lines = try TraceReport(json: JSONValue.parse(Array(text.utf8))).lines(for: .plain)
        let place = try #require(lines.firstIndex { $0.hasPrefix("not delivered to un.example/node/un-1: denied") })
        #expect(
            lines[place + 1]
                == "  signed refusal: 2026-11-22T12:00:01.000Z; entry 3 of un.example/node/un-1, proven in the tree of 4"
        )
    }

    @Test func `what waits shows how its link is`() throws {
        var members = try #require(SampleAnswers.trace().objectValue)
        let text = try SampleAnswers.trace().canonicalText
            .replacing(#""state":"void""#, with: #""state":"queued""#)
            .replacing(#""attempts":4"#, with: #""attempts":0"#)
        members["messages"] = try JSONValue.parse(Array(text.utf8))["messages"]
        members["links"] = SampleAnswers.status["links"]
        let lines = try TraceReport(json: .object(members)).lines(for: .plain)
        let state = try #require(lines.firstIndex(of: "  state     waiting"))
        #expect(lines[state + 1].hasPrefix("  link      down, 3 failures"))
        #expect(lines[state + 1].hasSuffix(": connection refused\\u{1b}[2J"))
        #expect(lines.count { $0.hasPrefix("  link ") } == 1)
    }

    @Test func `the log's entries close the trace`() throws {
        let lines = try TraceReport(json: SampleAnswers.trace()).lines(for: .plain)
        #expect(
            lines.drop { !$0.contains("INDEX") }.joined(separator: "\n") == """
                INDEX  TIME                      KIND      OUTCOME  PEER                      REASONS
                    0  2026-11-22T12:00:00.000Z  release   allowed  fra.example/node/fra-hub  -
                    1  2026-11-22T12:00:00.000Z  release   allowed  fra.example/node/fra-hub  -
                    2  2026-11-22T12:00:00.350Z  transfer  done     fra.example/node/fra-hub  -
                    3  2026-11-22T12:00:02.400Z  receipt   done     fra.example/node/fra-hub  -
                    4  2026-11-22T12:01:00.000Z  void      failed   fra.example/node/fra-hub  expired
                """
        )
    }

    @Test func `a message that was never taken on says so`() throws {
        var members = try #require(SampleAnswers.trace().objectValue)
        members["messages"] = []
        let lines = try TraceReport(json: .object(members)).lines(for: .plain)
        #expect(lines.contains("this node has not taken the message on"))
    }

    @Test func `a proof that does not hold is found wherever it stands`() throws {
        let broken: JSONValue = ["state": "broken", "detail": "another root"]
        var own = try #require(SampleAnswers.trace().objectValue)
        var entries = try #require(own["entries"]?.arrayValue)
        entries[3] = try replacing("proof", in: entries[3], by: broken)
        own["entries"] = .array(entries)
        let report = try TraceReport(json: .object(own))
        #expect(report.broken == "entry 3: another root")
        #expect(report.lines(for: .plain).contains { $0.contains("PROOF BROKEN: another root") })

        let text = try SampleAnswers.trace().canonicalText.replacing(
            #"{"size":89,"state":"proven"}"#,
            with: broken.canonicalText
        )
        let other = try TraceReport(json: JSONValue.parse(Array(text.utf8)))
        #expect(other.broken == "entry 88 of `fra.example/node/fra-hub`: another root")
    }

    private func replacing(_ name: String, in json: JSONValue, by value: JSONValue) throws -> JSONValue {
        var members = try #require(json.objectValue)
        members[name] = value
        return .object(members)
    }
}
