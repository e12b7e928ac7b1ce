public import CanonicalEncoding
public import SecurityLabels

/// A policy made ready to decide: pure, immutable, and nearly as fast with a thousand rules as with ten.
public struct CompiledPolicy: Sendable {
    let tables: PolicyTables

    /// Compiles a policy; a policy that could be read always compiles.
    public init(_ policy: Policy) {
        tables = PolicyTables(policy)
    }

    public var policy: Policy { tables.policy }

    /// Turns a label into numbers once, for decisions about several recipients.
    public func intern(_ label: ConfidentialityLabel) -> InternedLabel {
        tables.intern(label)
    }

    /// Decides one request at one time; denies unless something allows.
    ///
    /// A request with a name in it that the policy does not know is refused for that alone: nothing else can be judged
    /// about what is not understood. In every other case all rules that have a say are reported.
    public func decide(_ request: AccessRequest, at time: Timestamp) -> Decision {
        decide(request, label: intern(request.label), at: time)
    }

    /// Decides one request whose label was interned before.
    ///
    /// A label that is not the request's, or was interned by another policy, is not used: the request's own is interned.
    public func decide(_ request: AccessRequest, label interned: InternedLabel, at time: Timestamp) -> Decision {
        guard interned.tables === tables, interned.label == request.label else {
            return decide(request, label: intern(request.label), at: time)
        }
        var refusals = interned.unknown
        let numbers = RequestNumbers(request, at: time, tables: tables, unknown: &refusals)
        guard refusals.isEmpty, let label = interned.numbers, let numbers else {
            return Decision(action: request.action, refusals: refusals, guardrails: [], agreements: [])
        }
        tables.refuse(label, numbers, request, into: &refusals)
        let (guardrails, agreements) = tables.matchingRules(label, numbers, request.action)
        return Decision(action: request.action, refusals: refusals, guardrails: guardrails, agreements: agreements)
    }
}

extension PolicyTables {
    /// The guardrails and agreements whose conditions all hold.
    ///
    /// Agreements are judged from origin to destination. Guardrails are judged so too, and in a relay from hop to hop as
    /// well: either is enough to deny.
    fileprivate func matchingRules(
        _ label: InternedLabel.Numbers,
        _ request: RequestNumbers,
        _ action: AccessAction
    ) -> (guardrails: [RuleName], agreements: [RuleName]) {
        let holderRow = row(request.holder, label)
        let recipientRow = row(request.recipient, label)
        let originRow = row(request.origin, label)
        let destinationRow = row(request.destination, label)
        let isDirect = holderRow == originRow && recipientRow == destinationRow
        var guardrails: [RuleName] = []
        var agreements: [RuleName] = []
        for word in 0..<wordCount {
            let common =
                label.rules.words[word] & self.action.word(word, of: request.action)
                & precedence.word(word, of: request.precedence) & realm.word(word, of: request.realm)
                & stretch.word(word, of: request.stretch)
            let endToEnd =
                common & holder.word(word, of: originRow) & recipient.word(word, of: destinationRow)
                & recipientKind.word(word, of: request.destination)
            let hopToHop =
                isDirect
                ? endToEnd
                : common & holder.word(word, of: holderRow) & recipient.word(word, of: recipientRow)
                    & recipientKind.word(word, of: request.recipient)
            appendNames(of: (endToEnd | hopToHop) & guardrailRules.words[word], word, to: &guardrails)
            if action.needsAgreement {
                appendNames(of: endToEnd & agreementRules.words[word], word, to: &agreements)
            }
        }
        return (guardrails, agreements)
    }

    private func appendNames(of bits: UInt64, _ word: Int, to names: inout [RuleName]) {
        guard bits != 0 else { return }
        names.reserveCapacity(names.count + bits.nonzeroBitCount)
        var bits = bits
        while bits != 0 {
            names.append(ruleNames[word * 64 + bits.trailingZeroBitCount])
            bits &= bits - 1
        }
    }

    func row(_ partner: Int, _ label: InternedLabel.Numbers) -> Int {
        partner * 2 + (label.ownerPartner == partner ? 1 : 0)
    }
}
