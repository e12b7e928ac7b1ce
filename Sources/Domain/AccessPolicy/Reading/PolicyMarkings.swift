public import SecurityLabels

/// Reads markings as a policy accepts them: in its own words, and as the label policies write them that it accepts.
public struct PolicyMarkings: Sendable {
    private let vocabulary: MarkingVocabulary
    /// The accepted label policies whose files are at hand; nil for none.
    private let accepted: LabelPolicySet?

    /// - Parameter labelPolicies: The label policies to choose the accepted ones from; those that ship with the product
    ///   when nil.
    /// - Throws: `LabelError` when a word of the policy could be read as one of a label policy.
    public init(_ policy: Policy, labelPolicies: LabelPolicySet? = nil) throws(LabelError) {
        vocabulary = policy.vocabulary
        guard !policy.labelPolicies.isEmpty else {
            accepted = nil
            return
        }
        let known: LabelPolicySet
        if let labelPolicies { known = labelPolicies } else { known = Self.shipped }
        let names = policy.labelPolicies.filter { known[$0] != nil }
        accepted =
            names.isEmpty
            ? nil
            : try known.with(
                policies: names,
                communities: policy.communities.keys.sorted(),
                types: policy.types.sorted()
            )
    }

    /// Read once: the files are part of the program.
    private static let shipped: LabelPolicySet = {
        do {
            return try LabelPolicySet.shipped()
        } catch {
            preconditionFailure("the label policies that ship cannot be read: \(error)")
        }
    }()

    /// Reads a marking.
    ///
    /// - Parameters:
    ///   - name: The label policy that it is written under; when nil, the policy's own words come first, and then the one
    ///     accepted label policy that can read it.
    ///   - owner: Whose information it is, for markings that leave it out, such as TLP.
    /// - Throws: `MarkingError` with the first text that cannot be read, its column and what was expected.
    public func read(
        _ marking: String,
        under name: LabelPolicyName? = nil,
        owner: LabelOwner? = nil
    ) throws(MarkingError) -> ConfidentialityLabel {
        if let name {
            guard let accepted, accepted[name] != nil else {
                return try .parse(marking: marking, policy: name, vocabulary: vocabulary)
            }
            return try owned(accepted.read(marking, policy: name, owner: owner).label, owner)
        }
        do {
            return try .parse(marking: marking, vocabulary: vocabulary)
        } catch {
            guard let accepted else { throw error }
            do {
                return try owned(accepted.read(marking, owner: owner).label, owner)
            } catch let other {
                // Whoever read further knows better what was meant.
                throw other.column > error.column || other.token.isEmpty ? other : error
            }
        }
    }

    /// The label, whose owner must have been said where markings leave it out.
    private func owned(_ label: ConfidentialityLabel, _ owner: LabelOwner?) throws(MarkingError) -> ConfidentialityLabel
    {
        guard owner == nil, accepted?[label.policy]?.leavesOwnerOut == true else { return label }
        let expected = "an owner beside the marking, for a marking of `\(label.policy)` does not say whose it is"
        throw MarkingError(token: "", column: 1, expected: expected)
    }
}
