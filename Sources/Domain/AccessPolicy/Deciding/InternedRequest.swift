public import SecurityLabels

/// A request whose names have become numbers of one compiled policy, for deciding many times.
///
/// Make one for each way that messages take (a connection, a recipient), and put each message's label, precedence and
/// facts into it with ``with(_:precedence:facts:)``.
public struct InternedRequest: Sendable {
    public let label: InternedLabel
    /// Of no meaning where ``unknown`` is not nil.
    let numbers: RequestNumbers
    private let names: Names

    // One reference at most, for a request is handed on with every message.
    private enum Names {
        case known
        /// The recipient's mailbox by its name; a policy need not have a number for it.
        case mailbox(MailboxName)
        case unknown(UnknownRequest)
    }

    /// A request with names that the policy does not know, and which they are.
    final class UnknownRequest: Sendable {
        let request: AccessRequest
        let refusals: [Refusal]

        init(_ request: AccessRequest, refusals: [Refusal]) {
            self.request = request
            self.refusals = refusals
        }
    }

    // A class, so that handing a request on costs one reference and not two texts.
    private final class MailboxName: Sendable {
        let mailbox: PolicyMailbox

        init(_ mailbox: PolicyMailbox) { self.mailbox = mailbox }
    }

    init(_ label: InternedLabel, _ numbers: RequestNumbers, _ mailbox: PolicyMailbox?) {
        self.label = label
        self.numbers = numbers
        names = mailbox.map { .mailbox(MailboxName($0)) } ?? .known
    }

    init(_ label: InternedLabel, unknown: UnknownRequest) {
        self.label = label
        names = .unknown(unknown)
        numbers = .none
    }

    var unknown: UnknownRequest? {
        guard case .unknown(let unknown) = names else { return nil }
        return unknown
    }

    /// The same step for another message.
    public func with(
        _ label: InternedLabel,
        precedence: Precedence,
        facts: RequestFacts = .unknown
    ) -> InternedRequest {
        let tables = self.label.tables
        guard label.tables === tables else {
            // Numbers of two policies must not meet: the label is read again by this request's own.
            return with(tables.intern(label.label), precedence: precedence, facts: facts)
        }
        if let unknown {
            let request = unknown.request.with(label.label, precedence: precedence, facts: facts)
            return InternedRequest(label, unknown: UnknownRequest(request, refusals: unknown.refusals))
        }
        var numbers = numbers
        numbers.precedence = Int32(precedence.rawValue)
        numbers.set(facts, tables)
        return InternedRequest(label, numbers, facts.mailbox)
    }

    /// The request by its names; a link that was not known is the weakest.
    public var request: AccessRequest {
        switch names {
        case .known: label.tables.request(numbers, label.label, nil)
        case .mailbox(let name): label.tables.request(numbers, label.label, name.mailbox)
        case .unknown(let unknown): unknown.request
        }
    }
}

extension AccessRequest {
    fileprivate func with(
        _ label: ConfidentialityLabel,
        precedence: Precedence,
        facts: RequestFacts
    ) -> AccessRequest {
        AccessRequest(
            action: action,
            label: label,
            origin: origin,
            destination: destination,
            holder: holder,
            recipient: recipient,
            hub: hub,
            precedence: precedence,
            realm: realm,
            facts: facts
        )
    }
}
