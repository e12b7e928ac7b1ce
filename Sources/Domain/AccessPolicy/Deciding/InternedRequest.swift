public import SecurityLabels

/// A request whose names have become numbers of one compiled policy, for deciding many times.
///
/// Make one for each way that messages take (a connection, a recipient), and put each message's label, precedence and
/// facts into it with ``with(_:precedence:facts:)``.
public struct InternedRequest: Sendable {
    public let label: InternedLabel
    let content: Content
    let facts: RequestFacts

    enum Content: Sendable {
        case known(RequestNumbers)
        /// The request by its names, for the policy does not know some of them.
        case unknown(AccessRequest, [Refusal])
    }

    /// The same step for another message.
    public func with(
        _ label: InternedLabel,
        precedence: Precedence,
        facts: RequestFacts = .unknown
    ) -> InternedRequest {
        guard label.tables === self.label.tables else {
            // Numbers of two policies must not meet: the label is read again by this request's own.
            return with(self.label.tables.intern(label.label), precedence: precedence, facts: facts)
        }
        switch content {
        case .known(var numbers):
            numbers.precedence = Int32(precedence.rawValue)
            numbers.set(facts, label.tables.index)
            return InternedRequest(label: label, content: .known(numbers), facts: facts)
        case .unknown(let request, let refusals):
            let request = request.with(label.label, precedence: precedence, facts: facts)
            return InternedRequest(label: label, content: .unknown(request, refusals), facts: facts)
        }
    }

    /// The request by its names.
    public var request: AccessRequest {
        switch content {
        case .known(let numbers): label.tables.request(numbers, label.label, facts)
        case .unknown(let request, _): request
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
