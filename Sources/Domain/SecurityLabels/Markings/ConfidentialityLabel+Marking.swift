extension ConfidentialityLabel {
    /// The label as people write it, such as `GBR SECRET//REL TO FRA, DEU//INTREP`.
    ///
    /// The label of several owners begins `JOINT SECRET CAN GBR USA`. Fields stand in the order compartments, caveats, releasability, community, type. The policy's name is not part of a
    /// marking; reading the marking under the same policy gives an equal label.
    public var marking: String {
        let joint = "JOINT \(classification) \(owners.map(\.rawValue).joined(separator: " "))"
        var fields = [coOwners.isEmpty ? "\(owner) \(classification)" : joint]
        if !compartments.isEmpty { fields.append(compartments.map(\.rawValue).joined(separator: "/")) }
        if !caveats.isEmpty { fields.append(caveats.map(\.rawValue).joined(separator: "/")) }
        if let releasableTo { fields.append("REL TO " + releasableTo.map(\.rawValue).joined(separator: ", ")) }
        if let community { fields.append(community.rawValue) }
        if let type { fields.append(type.rawValue) }
        return fields.joined(separator: "//")
    }

    /// Reads a marking whose every word the vocabulary knows.
    ///
    /// The first field is owner and classification. The others may come in any order, each kind once: compartments or
    /// caveats separated by `/`, `REL TO` with codes separated by commas, a community, a message type.
    /// - Parameter policy: The policy that the marking is written under; the vocabulary's first when nil.
    /// - Throws: `MarkingError` with the first text that cannot be read, its column and what was expected.
    public static func parse(
        marking: String,
        policy: LabelPolicyName? = nil,
        vocabulary: MarkingVocabulary
    ) throws(MarkingError) -> ConfidentialityLabel {
        var reader = MarkingReader(vocabulary: vocabulary)
        return try reader.read(marking, policy: policy ?? vocabulary.policies[0])
    }
}
