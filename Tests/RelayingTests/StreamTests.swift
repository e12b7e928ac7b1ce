import CanonicalEncoding
import CoalitionDirectory
import OpenSSLCrypto
import Testing
import TransparencyLog

@testable import Relaying

/// Words between the ends of a stream: their form, what proves them, and what guardrails say to them.
@Suite struct StreamTests {
    let scene: Scene
    let gbr: SPIFFEID
    let fra: SPIFFEID
    let deu: SPIFFEID

    init() throws {
        scene = try Scene()
        gbr = try Scene.node("gbr-1")
        fra = try Scene.node("fra-hub")
        deu = try Scene.node("deu-1")
    }

    private func heartbeat(_ highest: UInt64 = 9, _ outstanding: [UInt64] = [3, 7, 8]) -> StreamStatement {
        StreamStatement(
            origin: gbr,
            destination: deu,
            .heartbeat(highest: highest, outstanding: NumberRanges(outstanding))
        )
    }

    private var request: StreamStatement {
        StreamStatement(origin: gbr, destination: deu, .gapRequest(NumberRanges([2, 3])))
    }

    /// The statement with the entry that its speaker's log holds, which a test may falsify.
    private func signal(
        _ statement: StreamStatement,
        by node: String,
        editing edit: (inout AuditEntryDraft) -> Void = { _ in }
    ) throws -> StreamSignal {
        var draft = AuditEntryDraft(
            statement.kind,
            .done,
            realm: .live,
            peer: statement.listener,
            digest: statement.digest,
            destination: statement.listener
        )
        edit(&draft)
        var log = try LogFixture(node, in: scene)
        return StreamSignal(link: try log.link(draft), statement: statement)
    }

    @Test func `ranges hold what was put in, split, shorten and draw together`() {
        let numbers = NumberRanges([8, 1, 2, 3, 7, 12])
        #expect(numbers.ranges == [1...3, 7...8, 12...12])
        #expect(numbers.description == "1-3, 7-8, 12")
        #expect(numbers.contains(2) && !numbers.contains(4))
        #expect(numbers.prefix(4).ranges == [1...3, 7...7])
        #expect(numbers.following(nil, limit: 2).ranges == [1...2])
        #expect(numbers.following(numbers.prefix(2), limit: 3).ranges == [3...3, 7...8])
        #expect(numbers.following(NumberRanges([12]), limit: 3).ranges == [1...3])
        #expect(numbers.following(numbers.prefix(2), limit: 6) == numbers)
        #expect(numbers.condensed(to: 2).ranges == [1...3, 7...12])
        #expect(numbers.condensed(to: 3) == numbers)
        let parts = numbers.split(2...13)
        #expect(parts.map(\.part) == [2...3, 4...6, 7...8, 9...11, 12...12, 13...13])
        #expect(parts.map(\.isIn) == [true, false, true, false, true, false])
        #expect(NumberRanges().split(1...2).map(\.part) == [1...2])
        #expect(NumberRanges(json: numbers.json, limit: 3) == numbers)
    }

    @Test(
        arguments: [
            "[[0,1]]", "[[2,1]]", "[[1,2],[3,4]]", "[[5,6],[1,2]]", "[[1]]", "[1,2]", "[[1,2],[4,5],[7,8],[10,11]]",
            "[[1,9223372036854775807]]", "{}",
        ]
    )
    func `ranges have one form`(text: String) throws {
        #expect(NumberRanges(json: try JSONValue.parse(Array(text.utf8)), limit: 3) == nil)
    }

    @Test func `a signal is read back as it was written`() throws {
        for statement in [heartbeat(), request] {
            let signal = try signal(statement, by: statement.speaker == gbr ? "gbr-1" : "deu-1")
            let again = try StreamSignal(bytes: signal.bytes)
            #expect(again == signal)
            #expect(again.bytes == signal.bytes)
        }
    }

    @Test(
        arguments: [
            ("\"highest\":9", "\"highest\":0"), ("\"highest\":9", "\"highest\":7"), ("heartbeat", "headbeat"),
            ("\"outstanding\"", "\"outstandinh\""), ("[[3,3],[7,8]]", "[[7,8],[3,3]]"),
            ("\"version\":1}", "\"version\":2}"), ("\"passed\":[]", "\"passed\":[\"x\"]"),
        ]
    )
    func `a signal of another form is refused`(old: String, new: String) throws {
        let text = String(decoding: try signal(heartbeat(), by: "gbr-1").bytes, as: UTF8.self)
        try #require(text.contains(old))
        expectRefusal("malformed-signal") { try StreamSignal(bytes: Array(text.replacing(old, with: new).utf8)) }
    }

    @Test func `a statement counts as its speaker's log proves it`() throws {
        let identity = try scene.identity("deu-1")
        let verified = try signal(heartbeat(), by: "gbr-1").verified(at: identity, in: scene.directory)
        #expect(verified.statement == heartbeat())
        // A hub reads it as well.
        _ = try signal(heartbeat(), by: "gbr-1").verified(at: scene.identity("fra-hub"), in: scene.directory)
        let forgeries = [
            try signal(heartbeat(), by: "fra-hub"),
            try signal(heartbeat(), by: "gbr-1") { $0.kind = .gapReport },
            try signal(heartbeat(), by: "gbr-1") { $0.outcome = .denied },
            try signal(heartbeat(), by: "gbr-1") { $0.destination = nil },
            try signal(heartbeat(), by: "gbr-1") { $0.digest = .hash([0]) },
            StreamSignal(link: try signal(heartbeat(), by: "gbr-1").link, statement: heartbeat(10)),
        ]
        for forgery in forgeries {
            #expect(throws: TransferError.self) { try forgery.verified(at: identity, in: scene.directory) }
        }
        // Nobody is told of his own stream by himself.
        #expect(throws: TransferError.self) {
            try signal(heartbeat(), by: "gbr-1").verified(at: scene.identity("gbr-1"), in: scene.directory)
        }
    }

    @Test func `a void counts when the origin's log proves release and void of that very number`() throws {
        let identity = try scene.identity("deu-1")
        func report(editing edit: (inout AuditEntryDraft) -> Void = { _ in }, number: UInt64 = 2) throws -> StreamSignal
        {
            var log = try LogFixture("gbr-1", in: scene)
            var draft = AuditEntryDraft(
                .release,
                .allowed,
                realm: .live,
                digest: .hash([1]),
                destination: deu,
                nextHop: deu
            )
            let release = try log.link(draft, sequence: 2)
            (draft.kind, draft.outcome, draft.reasons) = (.void, .failed, ["expired"])
            edit(&draft)
            let void = try log.link(draft, sequence: 2)
            let fate = NumberFate(number: number, state: .void, links: [release, void])
            let statement = StreamStatement(origin: gbr, destination: deu, .gapReport([fate]))
            let entry = AuditEntryDraft(
                .gapReport,
                .done,
                realm: .live,
                digest: statement.digest,
                destination: deu
            )
            return StreamSignal(link: try log.link(entry), statement: statement)
        }
        _ = try report().verified(at: identity, in: scene.directory)
        #expect(try StreamSignal(bytes: report().bytes).statement.kind == .gapReport)
        let forgeries = [
            try report { $0.destination = fra }, try report { $0.kind = .transfer },
            try report { $0.digest = .hash([2]) },
            try report(number: 3),
        ]
        for forgery in forgeries {
            #expect(throws: TransferError.self) { try forgery.verified(at: identity, in: scene.directory) }
        }
    }

    @Test func `a word for somebody else goes on along the route, and never round`() throws {
        var scene = scene
        try scene.route("fra-hub", to: "DEU", through: "deu-1")
        let hub = try scene.view("fra-hub")
        func verdict(_ signal: StreamSignal, from peer: SPIFFEID) throws -> SignalVerdict {
            try hub.admit(signal.verified(at: scene.identity("fra-hub"), in: scene.directory), from: peer)
        }
        guard case .onward(let onward, let hop, let entry) = try verdict(signal(heartbeat(), by: "gbr-1"), from: gbr)
        else {
            Issue.record("expected the hub to pass it on")
            return
        }
        #expect(hop == deu && onward.passed == [fra] && entry == nil)
        expectRefusal("loop") { try verdict(onward, from: gbr) }
        guard case .onward(_, let back, let question) = try verdict(signal(request, by: "deu-1"), from: deu) else {
            Issue.record("expected the hub to pass it on")
            return
        }
        #expect(back == gbr)
        #expect(question?.kind == .gapRequest && question?.outcome == .allowed && question?.digest == request.digest)
    }

    @Test(arguments: ["GBR", "FRA", "DEU"])
    func `guardrails apply to whoever takes part, with no agreement asked`(suspended: String) throws {
        let strict = try Scene {
            $0.replacing("\(suspended): {kind: nation,", with: "\(suspended): {kind: nation, suspended: true,")
        }
        let verified = try signal(request, by: "deu-1").verified(at: scene.identity("fra-hub"), in: scene.directory)
        expectRefusal("denied", .forbidden) { try strict.view("fra-hub").admit(verified, from: deu) }
        #expect(try strict.view("gbr-1").draft(heartbeat()) == nil || suspended == "FRA")
        let draft = try #require(try scene.view("gbr-1").draft(heartbeat()))
        #expect(draft.entry.kind == .heartbeat && draft.entry.digest == heartbeat().digest)
        let entry = AuditEntry(
            draft.entry,
            log: try LogOrigin(gbr.logName),
            index: 1,
            time: scene.time,
            nonce: [UInt8](repeating: 0, count: 32),
            sequence: nil,
            details: .hash([])
        )
        guard case .decided(let decisions) = try RecordedDecisions(of: entry, details: draft.entry.details) else {
            Issue.record("the entry records no decision")
            return
        }
        let decision = try #require(decisions.first)
        #expect(decision.decide(by: scene.policy.compiled).isAllowed)
        let again = decision.decide(by: strict.policy.compiled)
        #expect(again.isAllowed == (suspended == "FRA"))
        #expect(again.rules == (suspended == "FRA" ? [] : ["suspended"]))
    }
}
