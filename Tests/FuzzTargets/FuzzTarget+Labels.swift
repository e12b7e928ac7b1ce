package import SecurityLabels
import StrictYAML

extension FuzzTarget {
    static let labels: [FuzzTarget] = [
        FuzzTarget("markings", seeds: []) { bytes in
            // The first byte chooses the label policy.
            let policies = shipped.policies
            guard let first = bytes.first else { return false }
            let policy = policies[Int(first) % policies.count].name
            return marking(Array(bytes.dropFirst()), policy: policy, by: shipped)
        },
        FuzzTarget("label-policies", seeds: folders("SecurityLabelsTests", "label-policies")) { bytes in
            labelPolicy(bytes, codes: shipped.codes)
        },
        FuzzTarget("stanag-4774", seeds: folders("SecurityLabelsTests", "stanag-4774")) { stanag4774($0) },
        FuzzTarget("stix", seeds: folders("SecurityLabelsTests", "stix")) { bytes in
            guard let markings = accepted({ () throws(STIXError) in try STIXMarkings.parse(stix: bytes) }) else {
                return false
            }
            precondition(markings.objects.allSatisfy { $0.id.hasPrefix("\($0.type)--") })
            return true
        },
    ]

    static let shipped = promised("the label policies that ship are good") { () throws(YAMLError) in
        try LabelPolicySet.shipped()
    }

    static func folders(_ suite: String, _ kind: String) -> [String] {
        ["accept", "reject"].map { "\(suite)/Vectors/\(kind)/\($0)" }
    }

    /// What was read must come back the same from both of its forms.
    package static func marking(_ bytes: [UInt8], policy: LabelPolicyName, by set: LabelPolicySet) -> Bool {
        let text = String(decoding: bytes, as: UTF8.self)
        let label: ConfidentialityLabel
        do {
            label = try set.read(text, policy: policy).label
        } catch {
            // The place of a refusal must lie in the text.
            precondition(error.column >= 1 && error.column <= text.count + 1)
            return false
        }
        for form in MarkingForm.allCases {
            let marking = promised("`\(text)` was read, so it can be written") { () throws(LabelWritingError) in
                try set.marking(label, form: form)
            }
            let again = promised("`\(marking)` was written, so it can be read") { () throws(MarkingError) in
                try set.read(marking, policy: policy).label
            }
            precondition(again == label, "`\(text)` was read, and came back as another label from `\(marking)`")
        }
        return true
    }

    /// A label policy that is read can be made ready for markings, or is refused as ambiguous.
    package static func labelPolicy(_ bytes: [UInt8], codes: LabelCodes) -> Bool {
        let text = String(decoding: bytes, as: UTF8.self)
        do {
            _ = try LabelPolicySet([LabelPolicy.parse(yaml: text, file: "fuzz.yaml")], codes: codes)
            return true
        } catch let error as YAMLError {
            precondition(error.line >= 1 && error.column >= 1 && !error.message.isEmpty)
            return false
        } catch {
            return false
        }
    }

    private static func stanag4774(_ bytes: [UInt8]) -> Bool {
        let set: STANAG4774LabelSet
        do {
            set = try STANAG4774LabelSet.parse(xml: bytes)
        } catch {
            precondition(error.line >= 1 && error.column >= 1)
            return false
        }
        let written = promised("labels that were read can be written") { () throws(STANAG4774Error) in
            try set.xml()
        }
        let again = promised("labels that were written can be read") { () throws(STANAG4774Error) in
            try STANAG4774LabelSet.parse(xml: written)
        }
        precondition(again.labels == set.labels && again.dataReferences == set.dataReferences)
        let twice = promised("labels that were read can be written") { () throws(STANAG4774Error) in
            try again.xml()
        }
        precondition(twice == written, "the second writing differs from the first")
        return true
    }
}
