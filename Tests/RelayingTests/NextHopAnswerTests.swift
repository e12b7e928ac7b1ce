import CanonicalEncoding
import MessageEnvelope
import Testing

@testable import Relaying

@Suite struct NextHopAnswerTests {
    private func answer(_ status: Int, _ code: String? = nil, retryAfter: String? = nil) -> NextHopAnswer {
        NextHopAnswer(status: status, code: code, retryAfter: retryAfter)
    }

    @Test(arguments: [200, 201])
    func `what was taken is still to be proven`(status: Int) {
        #expect(answer(status) == .taken)
    }

    @Test(arguments: [
        (403, "denied"), (409, "id-conflict"), (413, "body-too-large"), (415, "wrong-media-type"),
        (422, "malformed-envelope"), (422, "invalid-signature"), (422, "expired"), (422, "loop"),
        (422, "unknown-message"), (422, "storage-refused"), (422, "a-code-of-another-release"),
    ])
    func `what no sheet or time can change is refused for good`(status: Int, code: String) {
        #expect(answer(status, code) == .refused(code: code))
    }

    @Test(arguments: [
        "unknown-signer", "unknown-recipient", "recipient-keys-mismatch", "invalid-time", "proof-mismatch",
        "entry-mismatch", "no-route",
    ])
    func `what an older sheet, another route or a slow clock may say is not the last word`(code: String) {
        #expect(answer(422, code) == .unsettled(code: code))
        // Only as the judgement of the object that it is.
        #expect(answer(403, code) == .refused(code: code))
    }

    @Test(arguments: [nil, "", "Not A Code", "-" + String(repeating: "a", count: 64)] as [String?])
    func `a refusal without a code that can stand in a log has one all the same`(code: String?) {
        #expect(answer(422, code) == .refused(code: "refused"))
    }

    @Test(
        arguments: [
            (503, "7", 7000), (503, "0", 0), (503, "-5", 0), (429, "86400", 3_600_000), (503, "soon", nil),
            (500, nil, nil), (507, nil, nil), (404, nil, nil), (400, nil, nil), (302, nil, nil),
        ] as [(Int, String?, Int64?)]
    )
    func `everything else may change, after an hour at most`(status: Int, retryAfter: String?, wait: Int64?) {
        let expected = NextHopAnswer.later(reason: "status \(status): busy", after: wait)
        #expect(answer(status, "busy", retryAfter: retryAfter) == expected)
    }

    @Test func `an answer without a reason is tried again as well`() {
        #expect(answer(503) == .later(reason: "status 503: no reason given", after: nil))
    }

    @Test(
        arguments: [
            (30 * 86_400, 3600), (4 * 3600, 3600), (3600, 900), (4, 1), (0, 0), (-10, 0),
        ] as [(Int64, Int64)]
    )
    func `an object waits for an hour, or for a quarter of its life`(life: Int64, wait: Int64) throws {
        let first = try Timestamp(rfc3339: "2026-11-22T14:30:00.000Z")
        let deadline = Settling.deadline(since: first, expires: first.adding(seconds: life))
        #expect(deadline == first.adding(seconds: wait))
    }
}
