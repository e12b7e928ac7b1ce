package import CanonicalEncoding
package import SecurityLabels

extension ConfidentialityLabel {
    /// The label as it stands in a header. Empty lists and absent parts are left out.
    package var json: JSONValue {
        var members: [String: JSONValue] = [
            "classification": .string(classification.rawValue),
            "owner": .string(owner.rawValue),
            "policy": .string(policy.rawValue),
        ]
        if !coOwners.isEmpty { members["co-owners"] = .array(coOwners.map { .string($0.rawValue) }) }
        if !compartments.isEmpty { members["compartments"] = .array(compartments.map { .string($0.rawValue) }) }
        if !caveats.isEmpty { members["caveats"] = .array(caveats.map { .string($0.rawValue) }) }
        if let releasableTo { members["releasable-to"] = .array(releasableTo.map { .string($0.rawValue) }) }
        if let community { members["community"] = .string(community.rawValue) }
        if let type { members["type"] = .string(type.rawValue) }
        return .object(members)
    }

    /// Reads a label as a header holds it; lists must be sorted, without repetition, and not empty.
    package init(json: JSONValue) throws(EnvelopeError) {
        var fields = try JSONFields(json, of: "label")
        let coOwners = try fields.optionalArray("co-owners") { text throws(LabelError) in try LabelOwner(text) }
        let compartments = try fields.optionalArray("compartments") { text throws(LabelError) in try Compartment(text) }
        let caveats = try fields.optionalArray("caveats") { text throws(LabelError) in try Caveat(text) }
        let releasableTo = try fields.optionalArray("releasable-to") { text throws(LabelError) in
            try ReleasabilityCode(text)
        }
        let policy = try fields.parsed("policy") { text throws(LabelError) in try LabelPolicyName(text) }
        let owner = try fields.parsed("owner") { text throws(LabelError) in try LabelOwner(text) }
        let classification = try fields.parsed("classification") { text throws(LabelError) in try Classification(text) }
        let community = try fields.optionalParsed("community") { text throws(LabelError) in try CommunityName(text) }
        let type = try fields.optionalParsed("type") { text throws(LabelError) in try MessageType(text) }
        try fields.finish()
        let label: ConfidentialityLabel
        do {
            label = try ConfidentialityLabel(
                policy: policy,
                owner: owner,
                coOwners: coOwners ?? [],
                classification: classification,
                compartments: compartments ?? [],
                caveats: caveats ?? [],
                releasableTo: releasableTo,
                community: community,
                type: type
            )
        } catch {
            throw EnvelopeError(.malformedHeader, "`label`: \(error)")
        }
        // The label sorts its lists: a spelling that does not come back was not the one form.
        guard label.json == json else {
            throw EnvelopeError(.malformedHeader, "expected the label's lists sorted, each value once, none empty")
        }
        self = label
    }
}
