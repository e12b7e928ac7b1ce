import StrictYAML

extension PolicyReader {
    /// `{officers: [GBR/release-1, FRA/release-1], at-least: 2}`.
    func readApproval(_ item: YAMLItem) throws(PolicyError) -> ApprovalRule {
        let fields = try item.fields("`approval`", ["officers", "at-least"])
        var officers: Set<PolicyOfficer> = []
        for entry in try item.required("officers", "`approval`", in: fields).items("a list of officers") {
            let officer = try officer(entry)
            guard officers.insert(officer).inserted else { throw entry.error("`\(officer)` stands twice: remove one") }
        }
        let number = try item.required("at-least", "`approval`", in: fields)
        let atLeast = try number.integer("how many of the officers must have signed", in: 1...officers.count)
        return ApprovalRule(officers: officers.sorted(), atLeast: atLeast)
    }

    private func officer(_ item: YAMLItem) throws(PolicyError) -> PolicyOfficer {
        let text = try item.text("an officer such as `GBR/release-1`")
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2 else {
            throw item.error("expected an officer such as `GBR/release-1`, got `\(text)`: partner, `/` and name")
        }
        let partner = try PolicyNames.partner(parts[0], at: item)
        guard partners[partner] != nil else {
            throw item.error("unknown partner `\(partner)`: correct it, or declare it under `partners`")
        }
        return PolicyOfficer(partner, try PolicyNames.officer(parts[1], at: item))
    }
}
