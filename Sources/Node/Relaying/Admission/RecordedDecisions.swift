package import AccessPolicy
package import CanonicalEncoding
import CoalitionDirectory
import MessageEnvelope
import SecurityLabels

/// The decisions that an entry of a log records, as they can be made again: the reading side of what admission writes.
package enum RecordedDecisions: Sendable {
    /// The entry records none, for none was to be made.
    case none
    /// A decision was made, and not all that it rested on was recorded, as releases before this one did.
    case incomplete
    case decided([RecordedDecision])

    /// The member of the details that records what guardrails said to an answer.
    static let guardrails = "guardrails"
    /// The member of the details that records what they said to nodes that talk to each other.
    static let contact = "contact"

    /// Why details do not record what they should.
    package struct Malformed: Error, Hashable, Sendable, CustomStringConvertible {
        package let description: String
    }

    /// The kinds of entries that can record decisions.
    package static let kinds: Set<AuditEntryKind> = [
        .release, .denial, .acceptance, .relay, .receipt, .nonDelivery, .heartbeat, .gapRequest, .gapReport,
    ]

    /// Reads what the details of `entry` record.
    package init(of entry: AuditEntry, details: JSONValue) throws(Malformed) {
        do {
            try self.init(reading: entry, details)
        } catch let error as Malformed {
            throw error
        } catch {
            throw Malformed(description: "\(error)")
        }
    }

    private init(reading entry: AuditEntry, _ details: JSONValue) throws {
        let label = try details["label-parts"].map { try ConfidentialityLabel(json: $0) }
        if let recipients = details["decisions"]?.arrayValue {
            guard let label else {
                self = .incomplete
                return
            }
            self = .decided(try recipients.map { try RecordedDecision(recipient: $0, label) })
        } else if let answer = details[Self.guardrails] {
            guard let label else { throw Malformed(description: "expected `label-parts` beside `\(Self.guardrails)`") }
            self = .decided([try RecordedDecision(answer: answer, label)])
        } else if let contact = details[Self.contact] {
            self = .decided([try RecordedDecision(contact: contact)])
        } else {
            self = Self.mustRecord(entry) ? .incomplete : .none
        }
    }

    /// What a mailbox of the node itself acknowledges to an originator at the same node crosses no border.
    private static func mustRecord(_ entry: AuditEntry) -> Bool {
        kinds.contains(entry.kind) && !(entry.kind == .receipt && entry.peer?.kind == .mailbox)
    }
}

/// One decision of a log: the questions that were asked together, and the outcome that rests on them.
package struct RecordedDecision: Sendable {
    package struct Step: Sendable {
        package let request: AccessRequest
        package let time: Timestamp
        package let wasAllowed: Bool
        /// The decision in words, where the log holds them.
        package let explanation: Explanation?
    }

    /// Whether guardrails alone were asked, as they are about receipts and reports of non-delivery.
    package let isOfGuardrailsAlone: Bool
    /// None for a contact, which has no label to be judged by.
    package let steps: [Step]
    private let contact: Contact?
    package let wasAllowed: Bool
    /// The rules that the logged outcome rests on.
    package let rules: [String]

    /// Nodes that talk to each other.
    private struct Contact: Sendable {
        let stations: [Station]
        let realm: PolicyRealm
    }

    fileprivate init(contact: JSONValue) throws {
        isOfGuardrailsAlone = true
        steps = []
        wasAllowed = try Self.outcome(contact)
        rules = Self.rules(contact)
        guard let realm = contact["realm"]?.stringValue, let stations = contact["stations"]?.arrayValue else {
            throw RecordedDecisions.Malformed(description: "expected `realm` and `stations` of a contact")
        }
        self.contact = Contact(
            stations: try stations.map { station in
                guard let partner = station["partner"]?.stringValue else {
                    throw RecordedDecisions.Malformed(description: "expected `partner` of a station")
                }
                return Station(PolicyPartner(partner), node: station["node"]?.stringValue.map { PolicyNode($0) })
            },
            realm: PolicyRealm(realm)
        )
    }

    fileprivate init(recipient: JSONValue, _ label: ConfidentialityLabel) throws {
        isOfGuardrailsAlone = false
        contact = nil
        wasAllowed = try Self.outcome(recipient)
        rules = Self.rules(recipient)
        steps = try (recipient["steps"]?.arrayValue ?? []).map { try Step($0, label) }
    }

    fileprivate init(answer: JSONValue, _ label: ConfidentialityLabel) throws {
        isOfGuardrailsAlone = true
        contact = nil
        let step = try Step(answer, label)
        steps = [step]
        wasAllowed = step.wasAllowed
        rules = Self.rules(answer)
    }

    fileprivate static func outcome(_ json: JSONValue) throws -> Bool {
        guard let text = json["outcome"]?.stringValue, let outcome = Decision.Outcome(rawValue: text) else {
            throw RecordedDecisions.Malformed(description: "expected `outcome` to be `allowed` or `denied`")
        }
        return outcome == .allowed
    }

    private static func rules(_ json: JSONValue) -> [String] {
        (json["rules"]?.arrayValue ?? []).compactMap(\.stringValue)
    }

    /// What a policy says to it.
    package func decide(by policy: CompiledPolicy) -> Redecision {
        if let contact {
            let refusals = policy.policy.refusals(ofContactBetween: contact.stations, realm: contact.realm)
            return Redecision(refusals: refusals)
        }
        let decisions = steps.map { policy.decide($0.request, at: $0.time) }
        return Redecision(decisions, isOfGuardrailsAlone: isOfGuardrailsAlone)
    }
}

extension RecordedDecision.Step {
    fileprivate init(_ json: JSONValue, _ label: ConfidentialityLabel) throws {
        wasAllowed = try RecordedDecision.outcome(json)
        explanation = try json["explanation"].map { try Explanation(json: $0) }
        (request, time) = try AccessRequest.recorded(json["request"] ?? .null, label: label)
    }
}

/// A recorded decision, made again.
package struct Redecision: Sendable {
    /// One for each step.
    package let decisions: [Decision]
    package let isAllowed: Bool
    /// The rules that the outcome rests on: when denied those of the steps that deny, else all.
    package let rules: [String]
    private let isOfGuardrailsAlone: Bool

    fileprivate init(_ decisions: [Decision], isOfGuardrailsAlone: Bool) {
        func isAllowed(_ decision: Decision) -> Bool {
            isOfGuardrailsAlone ? decision.denials.isEmpty : decision.isAllowed
        }
        self.decisions = decisions
        self.isOfGuardrailsAlone = isOfGuardrailsAlone
        let allowed = !decisions.isEmpty && decisions.allSatisfy(isAllowed)
        self.isAllowed = allowed
        let speaking = allowed ? decisions : decisions.filter { !isAllowed($0) }
        rules = Self.names(speaking.flatMap { isOfGuardrailsAlone ? $0.denials : $0.reasons }.map(\.rawValue))
    }

    fileprivate init(refusals: [Refusal]) {
        decisions = []
        isOfGuardrailsAlone = true
        isAllowed = refusals.isEmpty
        rules = Self.names(refusals.map(\.guardrail.rawValue))
    }

    package func isAllowed(_ decision: Decision) -> Bool {
        isOfGuardrailsAlone ? decision.denials.isEmpty : decision.isAllowed
    }

    /// The rules that one step's outcome rests on.
    package func rules(_ decision: Decision) -> [String] {
        (isOfGuardrailsAlone ? decision.denials : decision.reasons).map(\.rawValue)
    }

    /// Each once, in order.
    private static func names(_ all: [String]) -> [String] {
        var names: [String] = []
        for name in all where !names.contains(name) { names.append(name) }
        return names
    }
}
