public import SecurityLabels

/// A label as numbers of one compiled policy, with the rules that the label alone does not exclude.
///
/// Making one costs more than a decision; keep it where the same label is judged for several recipients.
public struct InternedLabel: Sendable {
    public let label: ConfidentialityLabel
    /// The words that the policy does not know; when there is any, the label gives no numbers.
    let unknown: [Refusal]
    let numbers: Numbers?
    let tables: PolicyTables

    /// A class, so that handing it on costs one reference and not one for each list.
    final class Numbers: Sendable {
        let owner: Int
        /// The partner that the owner is, unless a group is the owner.
        let ownerPartner: Int?
        let rank: Int
        let compartments: [Int]
        let caveats: [Int]
        let releasability: [Int]?
        let community: Int?
        let type: Int?
        /// The rules that no part of the label excludes.
        let rules: RuleVector

        init(
            owner: Int,
            ownerPartner: Int?,
            rank: Int,
            compartments: [Int],
            caveats: [Int],
            releasability: [Int]?,
            community: Int?,
            type: Int?,
            rules: RuleVector
        ) {
            self.owner = owner
            self.ownerPartner = ownerPartner
            self.rank = rank
            self.compartments = compartments
            self.caveats = caveats
            self.releasability = releasability
            self.community = community
            self.type = type
            self.rules = rules
        }
    }
}
