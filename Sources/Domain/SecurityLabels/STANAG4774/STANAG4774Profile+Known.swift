extension STANAG4774Profile {
    /// The profile of a policy of one's own, in which every label can be written.
    ///
    /// Caveats are restrictive: a reader that does not know one then refuses, and does not ignore it. The tag names
    /// `Special Category Designators`, `Additional Sensitivity` and `Administrative` are read as well.
    /// - Parameter owner: Whose the labels are that name no owner, as under a nation's own policy.
    public static func plain(
        policy: LabelPolicyName,
        uri: String? = nil,
        owner: LabelOwner? = nil
    ) -> STANAG4774Profile {
        STANAG4774Profile(
            policyIdentifier: policy.rawValue,
            policyURI: uri,
            policy: policy,
            owner: owner,
            categories: [
                Category(tagName: "Owner", kind: .informative, field: .owners),
                Category(tagName: "Compartments", kind: .restrictive, field: .compartments),
                Category(tagName: "Special Category Designators", kind: .restrictive, field: .compartments),
                Category(tagName: "Additional Sensitivity", kind: .restrictive, field: .compartments),
                Category(tagName: "Caveats", kind: .restrictive, field: .caveats),
                Category(tagName: "Administrative", kind: .informative, field: .caveats),
                Category(tagName: "Releasable To", kind: .permissive, field: .releasableTo),
                Category(tagName: "Community", kind: .permissive, field: .community),
                Category(tagName: "Message Type", kind: .informative, field: .type),
            ]
        )
    }

    /// The profile to read a label with that names a policy: NATO's for that policy, and else the plain one for a policy
    /// of that name, whose owner is the one of that name.
    /// - Throws: `LabelError` when the policy's name can be none here.
    public static func known(for information: STANAG4774Information) throws(LabelError) -> STANAG4774Profile {
        let nato = try nato(policy: LabelPolicyName("NATO"), owner: LabelOwner("NATO"))
        if nato.covers(information) { return nato }
        let policy = try LabelPolicyName(information.policyIdentifier)
        var owner: LabelOwner?
        do { owner = try LabelOwner(policy.rawValue) } catch { owner = nil }
        return plain(policy: policy, uri: information.policyURI, owner: owner)
    }

    /// The profile of the NATO policy as far as ADatP-4774 publishes it (appendix 2): its identifiers, its tags and the
    /// administrative values. `Only` is releasability with the caveat `ONLY`; the other contexts are communities.
    public static func nato(
        policy: LabelPolicyName,
        owner: LabelOwner,
        classifications: [String: String] = [:]
    ) throws(LabelError) -> STANAG4774Profile {
        STANAG4774Profile(
            policyIdentifier: "NATO",
            policyURI: "urn:oid:1.3.26.1.3.1",
            policy: policy,
            owner: owner,
            ignoresCase: true,
            classifications: classifications,
            context: Context(
                tagName: "Context",
                uri: "urn:oid:1.3.26.1.4.4",
                policyValue: "NATO",
                releasableValue: "Releasable",
                words: ["RESOLUTE SUPPORT": "RESOLUTE-SUPPORT"]
            ),
            categories: [
                Category(tagName: "Owner", kind: .informative, field: .owners),
                Category(
                    tagName: "Additional Sensitivity",
                    kind: .restrictive,
                    uri: "urn:oid:1.3.26.1.4.1",
                    field: .compartments,
                    words: ["SIOP ESI": "SIOP-ESI"]
                ),
                Category(tagName: "Only", kind: .permissive, field: .releasableTo, caveat: try Caveat("ONLY")),
                Category(
                    tagName: "Releasable To",
                    kind: .permissive,
                    uri: "urn:oid:1.3.26.1.4.2",
                    field: .releasableTo,
                    words: ["RESOLUTE SUPPORT": "RESOLUTE-SUPPORT"]
                ),
                Category(
                    tagName: "Administrative",
                    kind: .informative,
                    uri: "urn:oid:1.3.26.1.4.3",
                    field: .caveats,
                    words: Dictionary(
                        uniqueKeysWithValues: ["COMMERCIAL", "MANAGEMENT", "MEDICAL", "PERSONAL", "STAFF"].map {
                            ($0, $0)
                        }
                    ),
                    isClosed: true
                ),
                Category(tagName: "Caveats", kind: .restrictive, field: .caveats),
                Category(tagName: "Message Type", kind: .informative, field: .type),
            ]
        )
    }
}
