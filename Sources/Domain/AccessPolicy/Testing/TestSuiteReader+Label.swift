import CanonicalEncoding
import SecurityLabels
import StrictYAML

extension TestSuiteReader {
    /// A marking; or a marking with its label policy and owner; or the label's fields, which may hold words that the policy
    /// does not know.
    func label(_ item: YAMLItem) throws(PolicyError) -> ConfidentialityLabel {
        if case .mapping(let entries) = item.content {
            return try entries.contains { $0.name == "marking" } ? labelOfMarking(item) : labelOfFields(item)
        }
        let marking = try item.text("a marking, or a mapping of the label's fields")
        do {
            return try markings.read(marking)
        } catch {
            let other =
                policy.labelPolicies.isEmpty
                ? "" : "; to name label policy and owner, write `{marking: ..., policy: ..., owner: ...}`"
            throw item.error(
                "\(error); to test a word that the policy does not know, write the label as fields\(other)"
            )
        }
    }

    /// A marking under a label policy that is named, or with an owner that the marking leaves out.
    private func labelOfMarking(_ item: YAMLItem) throws(PolicyError) -> ConfidentialityLabel {
        let fields = try item.fields("the label", ["marking", "policy", "owner"])
        let marking = try item.required("marking", "the label", in: fields)
        let name = try fields["policy"].map { item throws(PolicyError) in
            let name = try PolicyNames.component(LabelPolicyName.self, item.text("a label policy"), at: item)
            let known = [policy.name] + policy.labelPolicies
            guard known.contains(name) else {
                let list = known.map { "`\($0)`" }.joined(separator: ", ")
                throw item.error("the policy accepts no labels of `\(name)`: expected one of \(list)")
            }
            return name
        }
        let owner = try fields["owner"].map { item throws(PolicyError) in
            try PolicyNames.component(LabelOwner.self, item.text("a label owner"), at: item)
        }
        let text = try marking.text("a marking")
        do {
            return try markings.read(text, under: name, owner: owner)
        } catch {
            throw marking.error("\(error)")
        }
    }

    private func labelOfFields(_ item: YAMLItem) throws(PolicyError) -> ConfidentialityLabel {
        let what = "the label"
        let fields = try item.fields(
            what,
            [
                "policy", "owner", "co-owners", "classification", "compartments", "caveats", "releasable-to",
                "community", "type",
            ]
        )
        func list<Component: LabelComponent>(_ key: String) throws(PolicyError) -> [Component] {
            var components: [Component] = []
            for word in try fields[key]?.items("a list of \(key)") ?? [] {
                components.append(try PolicyNames.component(Component.self, word.text("one of \(key)"), at: word))
            }
            return components
        }
        func one<Component: LabelComponent>(_ key: String) throws(PolicyError) -> Component? {
            guard let word = fields[key] else { return nil }
            return try PolicyNames.component(Component.self, word.text(Component.componentName), at: word)
        }
        let releasableTo: [ReleasabilityCode] = try list("releasable-to")
        let owner = try item.required("owner", what, in: fields)
        let classification = try item.required("classification", what, in: fields)
        do {
            return try ConfidentialityLabel(
                policy: try one("policy") ?? policy.name,
                owner: PolicyNames.component(LabelOwner.self, owner.text("a label owner"), at: owner),
                coOwners: list("co-owners"),
                classification: PolicyNames.component(
                    Classification.self,
                    classification.text("a classification"),
                    at: classification
                ),
                compartments: list("compartments"),
                caveats: list("caveats"),
                releasableTo: releasableTo.isEmpty ? nil : releasableTo,
                community: one("community"),
                type: one("type")
            )
        } catch let error as PolicyError {
            throw error
        } catch {
            throw item.error("\(error)")
        }
    }
}
