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
        let nato = try nato()
        if nato.covers(information) { return nato }
        return try known(for: LabelPolicyName(information.policyIdentifier), uri: information.policyURI)
    }

    /// The profile to write a policy's labels with: NATO's for that policy, and else the plain one, whose owner is the
    /// one of the policy's name where there can be such an owner.
    public static func known(
        for policy: LabelPolicyName,
        uri: String? = nil
    ) throws(LabelError) -> STANAG4774Profile {
        let nato = try nato()
        if nato.policy == policy { return nato }
        var owner: LabelOwner?
        do { owner = try LabelOwner(policy.rawValue) } catch { owner = nil }
        return plain(policy: policy, uri: uri, owner: owner)
    }

    /// The profile of the NATO policy as far as ADatP-4774 publishes it (appendix 2): its identifiers, its tags and the
    /// administrative values. `Only` is releasability with the caveat `ONLY`; the other contexts are communities.
    ///
    /// The standard's classifications leave the policy's name out: `SECRET` is `NATO SECRET`, and `TOP SECRET` is
    /// `COSMIC TOP SECRET`.
    public static func nato() throws(LabelError) -> STANAG4774Profile {
        STANAG4774Profile(
            policyIdentifier: "NATO",
            policyURI: "urn:oid:1.3.26.1.3.1",
            policy: try LabelPolicyName("NATO"),
            owner: try LabelOwner("NATO"),
            ignoresCase: true,
            classifications: [
                "UNCLASSIFIED": "NATO UNCLASSIFIED",
                "RESTRICTED": "NATO RESTRICTED",
                "CONFIDENTIAL": "NATO CONFIDENTIAL",
                "SECRET": "NATO SECRET",
                "TOP SECRET": "COSMIC TOP SECRET",
            ],
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
