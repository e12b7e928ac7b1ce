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
