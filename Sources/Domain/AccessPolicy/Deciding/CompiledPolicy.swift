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

    /// Reads a marking into numbers, exactly as ``ConfidentialityLabel`` reads it with the policy's vocabulary.
    /// - Parameter policy: The label policy that the marking is written under; the policy's own name when nil.
    /// - Throws: `MarkingError` with the first text that cannot be read, its column and what was expected.
    public func intern(marking: String, policy: LabelPolicyName? = nil) throws(MarkingError) -> InternedLabel {
        if let number = policy.map({ tables.index.policies.number(of: $0) }) ?? tables.ownPolicy {
            var marking = marking
            let numbers = marking.withUTF8 { tables.markings.read($0, policy: Int32(number), tables) }
            if let numbers { return InternedLabel(numbers) }
        }
        let vocabulary = tables.policy.vocabulary
        return tables.intern(try ConfidentialityLabel.parse(marking: marking, policy: policy, vocabulary: vocabulary))
    }

    /// Turns a request into numbers once, for many decisions.
    public func intern(_ request: AccessRequest) -> InternedRequest {
        intern(request, label: tables.intern(request.label))
    }

    /// Decides one request at one time; denies unless something allows.
    ///
    /// A request with a name in it that the policy does not know is refused for that alone: nothing else can be judged
    /// about what is not understood. In every other case all rules that have a say are reported.
    public func decide(_ request: AccessRequest, at time: Timestamp) -> Decision {
        decide(intern(request), at: time)
    }

    /// Decides one request whose label was interned before.
    ///
    /// A label that is not the request's, or was interned by another policy, is not used: the request's own is interned.
    public func decide(_ request: AccessRequest, label: InternedLabel, at time: Timestamp) -> Decision {
        guard label.tables === tables, label.label == request.label else { return decide(request, at: time) }
        return decide(intern(request, label: label), at: time)
    }

    /// Decides a request that was interned before; allocates nothing where it allows.
    ///
    /// A request that was interned by another policy is interned again by this one.
    public func decide(_ request: InternedRequest, at time: Timestamp) -> Decision {
        guard let label = request.label.numbers, request.unknown == nil, label.tables === tables else {
            return refuse(request, at: time)
        }
        return tables.decide(label, request.numbers, at: time)
    }

    private func intern(_ request: AccessRequest, label: InternedLabel) -> InternedRequest {
        var unknown: [Refusal] = []
        guard let numbers = tables.numbers(request, unknown: &unknown) else {
            return InternedRequest(label, unknown: .init(request, refusals: unknown))
        }
        return InternedRequest(label, numbers, request.facts.mailbox)
    }

    /// Refuses what is not known, and interns again what another policy has interned.
    private func refuse(_ request: InternedRequest, at time: Timestamp) -> Decision {
        guard request.label.tables === tables else { return decide(request.request, at: time) }
        return Decision(refusals: (request.label.unknown?.refusals ?? []) + (request.unknown?.refusals ?? []))
    }
}
