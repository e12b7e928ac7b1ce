import AccessPolicy
import CanonicalEncoding
import CoalitionDirectory
import MessageEnvelope
import OpenSSLCrypto
import SecurityLabels
import TestSupport
import Testing

@testable import Relaying

/// What a node makes of what its own mailboxes submit.
@Suite struct SubmissionTests {
    let scene: Scene

    init() throws { scene = try Scene() }

    private func admit(
        _ received: ReceivedEnvelope,
        at node: String = "gbr-1",
        from caller: String = "GBR/j2-fusion",
        in scene: Scene? = nil
    ) throws -> AdmissionVerdict {
        let scene = scene ?? self.scene
        return try scene.view(node).admit(submission: received, from: scene.mailbox(caller), at: scene.time)
    }

    @Test func `a message that every decision allows is accepted here and released there`() throws {
        let received = try scene.message(to: ["DEU/lage", "FRA/cni", "GBR/maritime-desk"])
        let admission = try #require(try admit(received).admitted)
        #expect(admission.decisions.map(\.recipient.description) == ["DEU/lage", "FRA/cni", "GBR/maritime-desk"])
        #expect(admission.decisions.map(\.isAllowed) == [true, true, true])
        #expect(
            admission.decisions.map { $0.steps.map(\.action.rawValue) }
                == [["originate", "release"], ["originate", "release"], ["originate", "deliver"]]
        )
        #expect(admission.links.isEmpty)

        let acceptance = try #require(admission.acceptance)
        #expect(acceptance.mailboxes.map(\.rawValue) == ["maritime-desk"])
        #expect(acceptance.entry.kind == .acceptance)
        #expect(acceptance.entry.nextHop == nil)

        #expect(admission.onward.map(\.destination) == [try Scene.node("deu-1"), try Scene.node("fra-hub")])
        for onward in admission.onward {
            let entry = onward.entry
            #expect(onward.nextHop == onward.destination)
            #expect(entry.kind == .release)
            #expect(entry.outcome == .allowed)
            #expect(entry.realm == .live)
            #expect(entry.peer?.description == "spiffe://gbr.example/mailbox/j2-fusion")
            #expect(entry.message == received.header.id)
            #expect(entry.object == .message)
            #expect(entry.digest == received.digest)
            #expect(entry.envelope == received.digest)
            #expect(entry.destination == onward.destination)
            #expect(entry.nextHop == onward.nextHop)
            #expect(entry.policy == scene.policy.hash)
            #expect(entry.directory == scene.directory.stateHash)
            #expect(entry.reasons.isEmpty)
        }
        // What goes to one partner does not say who else is asked about.
        let details = admission.onward[0].entry.details.canonicalText
        #expect(details.contains("DEU/lage") && !details.contains("FRA/cni"))
    }

    @Test func `only a mailbox of the partner submits`() throws {
        let received = try scene.message(to: ["FRA/cni"])
        let view = try scene.view("gbr-1")
        for caller in [try scene.peer("gbr-1"), try scene.peer("fra-hub"), try scene.mailbox("FRA/cni")] {
            expectRefusal("not-own-mailbox", .forbidden) {
                try view.admit(submission: received, from: caller, at: scene.time)
            }
        }
    }

    @Test func `a mailbox submits its own messages only`() throws {
        let received = try scene.message(to: ["FRA/cni"])
        expectRefusal("originator-not-caller", .forbidden) { try admit(received, from: "GBR/maritime-desk") }
        let foreign = try scene.message(from: "FRA/cni", to: ["GBR/j2-fusion"])
        expectRefusal("originator-not-caller", .forbidden) { try admit(foreign) }
    }

    @Test func `a mailbox submits at its own node only`() throws {
        let received = try scene.message(to: ["FRA/cni"])
        expectRefusal("wrong-node", .forbidden) { try admit(received, at: "gbr-2") }
        let rear = try scene.message(from: "GBR/rear-desk", to: ["FRA/cni"])
        expectRefusal("wrong-node", .forbidden) { try admit(rear, from: "GBR/rear-desk") }
        #expect(try admit(rear, at: "gbr-2", from: "GBR/rear-desk").admitted != nil)
    }

    @Test func `one denied recipient denies the message, and every decision is listed`() throws {
        let received = try scene.message(to: ["FRA/cni", "JPN/maritime-ops"])
        let denial = try #require(try admit(received).denied)
        #expect(denial.id == received.header.id)
        #expect(denial.originator.description == "GBR/j2-fusion")
        #expect(denial.decisions.map(\.isAllowed) == [true, false])
        #expect(denial.decisions[0].rules == ["allies"])
        #expect(denial.decisions[1].rules == ["no-agreement"])
        let entry = denial.entry
        #expect(entry.kind == .denial)
        #expect(entry.outcome == .denied)
        #expect(entry.reasons == ["no-agreement"])
        #expect(entry.message == received.header.id)
        #expect(entry.envelope == received.digest)
        #expect(entry.destination == nil && entry.nextHop == nil)
        #expect(entry.policy == scene.policy.hash)
        let details = entry.details.canonicalText
        #expect(details.contains("FRA/cni") && details.contains("JPN/maritime-ops"))
    }

    @Test func `guardrails, ceilings, unknown words and suspension deny with their names`() throws {
        func rules(_ received: ReceivedEnvelope, in scene: Scene? = nil) throws -> [String] {
            try #require(try admit(received, in: scene).denied).entry.reasons
        }
        #expect(try rules(scene.message(to: ["FRA/cni"], caveats: ["EYES ONLY"])) == ["eyes-only"])
        #expect(try rules(scene.message(to: ["DEU/lage"], classification: "TOP SECRET")).contains("ceiling"))
        #expect(try rules(scene.message(to: ["FRA/cni"], classification: "COSMIC")) == ["unknown-label"])
        let suspended = try Scene { $0.replacing("FRA: {kind: nation,", with: "FRA: {kind: nation, suspended: true,") }
        #expect(try rules(suspended.message(to: ["FRA/cni"]), in: suspended) == ["suspended"])
        let silenced = try Scene { $0.replacing("GBR: {kind: nation,", with: "GBR: {kind: nation, suspended: true,") }
        #expect(try rules(silenced.message(to: ["GBR/maritime-desk"]), in: silenced) == ["suspended"])
    }

    @Test func `what the envelope itself gets wrong is refused before policy is asked`() throws {
        let received = try scene.message(to: ["FRA/cni"])
        var body = received.envelope.body
        body[body.count - 1] ^= 1
        let changed = try ReceivedEnvelope(Envelope(header: received.envelope.header, body: body))
        expectRefusal("body-mismatch", .invalid) { try admit(changed) }
        let late = scene.time.adding(seconds: 8 * 86_400)
        expectRefusal("expired", .invalid) {
            try scene.view("gbr-1").admit(submission: received, from: scene.mailbox("GBR/j2-fusion"), at: late)
        }
    }

    @Test func `a recipient that no sheet lists is refused, also when only the decision is asked for`() throws {
        let header = try scene.message(to: ["FRA/cni"]).header
        let question = ReleaseQuestion(
            label: header.label,
            precedence: header.precedence,
            recipients: [try MailboxAddress("FRA/nobody")]
        )
        expectRefusal("unknown-recipient", .invalid) { try scene.view("gbr-1").decide(question, at: scene.time) }
    }

    /// Conditions on what only the header, the recipient's address and this node's TLS know, with what changes them.
    private func judged(_ condition: String, changing scene: (inout Scene) -> Void = { _ in }) throws -> [String] {
        var edited = try Scene {
            $0.replacing("guardrails:", with: "guardrails:\n  odd: {says: \"odd\", deny: {\(condition)}}")
        }
        scene(&edited)
        return try admit(edited.message(to: ["FRA/cni"]), in: edited).denied?.entry.reasons ?? []
    }

    @Test func `guardrails on mailbox, link, age and expiry are judged by the message itself`() throws {
        #expect(try judged("recipient-mailbox: FRA/cni") == ["odd"])
        #expect(try judged("recipient-mailbox: FRA/other") == [])
        #expect(try judged("link: below cnsa") == ["odd"])
        #expect(try judged("link: below cnsa") { $0.link = .cnsa } == [])
        #expect(try judged("age: over 1h") == [])
        #expect(try judged("expires: within 8d") == ["odd"])
        #expect(try judged("expires: within 1h") == [])
    }

    @Test func `a question says when the message would expire, or it is judged with care`() throws {
        let scene = try Scene {
            $0.replacing("guardrails:", with: "guardrails:\n  late: {says: \"late\", deny: {expires: within 1h}}")
        }
        func isAllowed(_ expires: Timestamp?) throws -> Bool {
            let question = ReleaseQuestion(
                label: try scene.message(to: ["FRA/cni"]).header.label,
                precedence: .routine,
                recipients: [try MailboxAddress("FRA/cni")],
                expires: expires
            )
            return try scene.view("gbr-1").decide(question, at: scene.time).allSatisfy(\.isAllowed)
        }
        #expect(try isAllowed(scene.time.adding(seconds: 7200)))
        #expect(try !isAllowed(scene.time.adding(seconds: 1800)))
        #expect(try !isAllowed(nil))
    }

    @Test func `a route names the next hop, and policy is asked about it`() throws {
        var scene = scene
        try scene.route("gbr-1", to: "DEU", through: "fra-hub", "deu-1")
        let onward = try #require(try admit(scene.message(to: ["DEU/lage"]), in: scene).admitted?.onward.first)
        #expect(onward.destination == (try Scene.node("deu-1")))
        #expect(onward.nextHop == (try Scene.node("fra-hub")))
        #expect(onward.entry.nextHop == (try Scene.node("fra-hub")))

        let suspended = { (text: String) in
            text.replacing("FRA: {kind: nation,", with: "FRA: {kind: nation, suspended: true,")
        }
        var other = try Scene(editingPolicy: suspended)
        #expect(try admit(other.message(to: ["DEU/lage"]), in: other).admitted != nil)
        try other.route("gbr-1", to: "DEU", through: "fra-hub")
        #expect(try admit(other.message(to: ["DEU/lage"]), in: other).denied?.entry.reasons == ["suspended"])
    }

    @Test func `a route to the node itself, or to a node that nobody knows, is none`() throws {
        var scene = scene
        try scene.route("gbr-1", to: "DEU", through: "gbr-1")
        expectRefusal("no-route", .invalid) { try admit(scene.message(to: ["DEU/lage"]), in: scene) }
        try scene.route("gbr-1", to: "DEU", through: "gbr-9")
        expectRefusal("no-route", .invalid) { try admit(scene.message(to: ["DEU/lage"]), in: scene) }
        try scene.route("gbr-1", to: "DEU", through: "gbr-1", "fra-hub")
        #expect(try admit(scene.message(to: ["DEU/lage"]), in: scene).admitted?.onward.first?.nextHop.name == "fra-hub")
    }

    @Test func `what goes to the partner's other node crosses no border, unless a foreign hub carries it`() throws {
        let received = try scene.message(to: ["GBR/rear-desk"], caveats: ["EYES ONLY"])
        let admission = try #require(try admit(received).admitted)
        #expect(admission.acceptance == nil)
        #expect(admission.onward.map(\.destination.name) == ["gbr-2"])
        #expect(admission.decisions[0].steps.map(\.action.rawValue) == ["originate", "deliver"])

        // By way of France it is a release, which the agreement must cover and guardrails judge.
        var routed = scene
        try routed.route("gbr-1", to: "GBR", through: "fra-hub")
        let covered = try #require(try admit(routed.message(to: ["GBR/rear-desk"]), in: routed).admitted)
        #expect(covered.decisions[0].steps.map(\.action.rawValue) == ["originate", "release", "deliver"])
        var alone = try Scene { $0.replacing("to: [GBR, FRA, DEU]", with: "to: [FRA, DEU]") }
        try alone.route("gbr-1", to: "GBR", through: "fra-hub")
        #expect(try admit(alone.message(to: ["GBR/rear-desk"]), in: alone).denied?.entry.reasons == ["no-agreement"])
    }

    @Test func `the reasons of a denial fit into an entry whatever the policy is made of`() throws {
        let many = try Scene { text in
            let rules = (0..<600).map {
                "  a-rule-with-a-rather-long-name-\($0): {says: \"no\", deny: {recipient: FRA}}"
            }
            return text.replacing("agreements:", with: rules.joined(separator: "\n") + "\nagreements:")
        }
        let denial = try #require(try admit(many.message(to: ["FRA/cni"]), in: many).denied)
        #expect(denial.decisions[0].rules.count == 600)
        #expect(denial.entry.reasons.count == 32)
        var log = try LogFixture("gbr-1", in: many)
        #expect(try log.link(denial.entry).entry.reasons == denial.entry.reasons)
    }

    @Test func `a logged decision holds all that it takes to make it again`() throws {
        let recipients = ["DEU/lage", "FRA/cni", "GBR/maritime-desk"]
        for caveats in [[], ["EYES ONLY"]] {
            let received = try scene.message(to: recipients, caveats: caveats)
            let verdict = try admit(received)
            let drafts =
                try verdict.admitted.map { $0.onward.map(\.entry) + [$0.acceptance?.entry].compactMap(\.self) }
                ?? [try #require(verdict.denied).entry]
            var steps = 0
            for details in drafts.map(\.details) {
                let label = try ConfidentialityLabel(json: try #require(details["label-parts"]))
                #expect(label == received.header.label)
                for step in (details["decisions"]?.arrayValue ?? []).flatMap({ $0["steps"]?.arrayValue ?? [] }) {
                    let (request, time) = try AccessRequest.recorded(step["request"] ?? .null, label: label)
                    #expect(time == scene.time)
                    #expect(request.json(at: time) == step["request"])
                    #expect(request.facts.link != nil && request.facts.expires == received.header.expires)
                    let decision = scene.policy.compiled.decide(request, at: time)
                    #expect(step["outcome"] == .string(decision.outcome.rawValue))
                    steps += 1
                }
            }
            #expect(steps >= recipients.count)
        }
    }
}
