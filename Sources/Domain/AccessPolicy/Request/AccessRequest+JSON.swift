public import CanonicalEncoding
public import SecurityLabels

/// A request that is not what a log records.
public struct RecordedRequestError: Error, Hashable, Sendable, CustomStringConvertible {
    public let description: String

    init(_ member: String, _ expected: String) {
        description = "expected `\(member)` of a recorded request to be \(expected)"
    }
}

/// Requests as logs record them, so that any later policy can decide them again; the label stands beside them.
extension AccessRequest {
    /// Everything that the decision rests on but the label, and when it was made.
    public func json(at time: Timestamp) -> JSONValue {
        var members: [String: JSONValue] = [
            "action": .string(action.rawValue),
            "at": .string(time.rfc3339),
            "destination": .string(destination.rawValue),
            "holder": .string(holder.partner.rawValue),
            "origin": .string(origin.rawValue),
            "precedence": .string(precedence.name),
            "realm": .string(realm.rawValue),
            "recipient": .string(recipient.partner.rawValue),
        ]
        members["holder-node"] = holder.node.map { .string($0.rawValue) }
        members["recipient-node"] = recipient.node.map { .string($0.rawValue) }
        members["hub"] = hub.map { .string($0.partner.rawValue) }
        members["hub-node"] = hub?.node.map { .string($0.rawValue) }
        members["mailbox-partner"] = facts.mailbox.map { .string($0.partner.rawValue) }
        members["mailbox"] = facts.mailbox.map { .string($0.name) }
        members["link"] = facts.link.map { .string($0.name) }
        members["originated"] = facts.originated.map { .string($0.rfc3339) }
        members["expires"] = facts.expires.map { .string($0.rfc3339) }
        return .object(members)
    }

    /// Reads what ``json(at:)`` has written.
    public static func recorded(
        _ json: JSONValue,
        label: ConfidentialityLabel
    ) throws(RecordedRequestError) -> (request: AccessRequest, time: Timestamp) {
        func optional(_ name: String) -> String? { json[name]?.stringValue }
        func text(_ name: String) throws(RecordedRequestError) -> String {
            guard let text = optional(name) else { throw RecordedRequestError(name, "a string") }
            return text
        }
        func time(_ name: String) throws(RecordedRequestError) -> Timestamp? {
            guard let text = optional(name) else { return nil }
            do {
                return try Timestamp(rfc3339: text)
            } catch {
                throw RecordedRequestError(name, "a time")
            }
        }
        func station(_ name: String) throws(RecordedRequestError) -> Station {
            Station(PolicyPartner(try text(name)), node: optional("\(name)-node").map { PolicyNode($0) })
        }
        guard let action = AccessAction(rawValue: try text("action")) else {
            throw RecordedRequestError(
                "action",
                "one of \(AccessAction.allCases.map(\.rawValue).joined(separator: ", "))"
            )
        }
        guard let precedence = Precedence(name: try text("precedence")) else {
            throw RecordedRequestError("precedence", "a precedence")
        }
        guard let decided = try time("at") else { throw RecordedRequestError("at", "a time") }
        var facts = RequestFacts(originated: try time("originated"), expires: try time("expires"))
        if let name = optional("mailbox") {
            facts.mailbox = PolicyMailbox(PolicyPartner(try text("mailbox-partner")), name)
        }
        if let name = optional("link") {
            guard let link = LinkStrength(name: name) else { throw RecordedRequestError("link", "a link strength") }
            facts.link = link
        }
        let request = AccessRequest(
            action: action,
            label: label,
            origin: PolicyPartner(try text("origin")),
            destination: PolicyPartner(try text("destination")),
            holder: try station("holder"),
            recipient: try station("recipient"),
            hub: optional("hub") == nil ? nil : try station("hub"),
            precedence: precedence,
            realm: PolicyRealm(try text("realm")),
            facts: facts
        )
        return (request, decided)
    }
}
