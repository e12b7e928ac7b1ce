/// Where fuzzers and mutation tests come in: any bytes, which must be read or refused and never stop the program.
package enum MarkingFuzzing {
    /// Reads the bytes as a marking; whether it was read. What was read must come back the same from both forms.
    @discardableResult
    package static func run(_ bytes: [UInt8], policy: LabelPolicyName, by set: LabelPolicySet) -> Bool {
        let text = String(decoding: bytes, as: UTF8.self)
        let label: ConfidentialityLabel
        do {
            label = try set.read(text, policy: policy).label
        } catch {
            // Refused is as good as read, but the place must lie in the text.
            precondition(error.column >= 1 && error.column <= text.count + 1)
            return false
        }
        for form in MarkingForm.allCases {
            do {
                let marking = try set.marking(label, form: form)
                let again = try set.read(marking, policy: policy).label
                precondition(again == label, "`\(text)` was read, and came back as another label from `\(marking)`")
            } catch {
                preconditionFailure("`\(text)` was read, and cannot be written and read again: \(error)")
            }
        }
        return true
    }

    /// Reads the bytes as a label policy file, and makes what was read ready.
    package static func run(policyFile bytes: [UInt8], codes: LabelCodes) {
        let text = String(decoding: bytes, as: UTF8.self)
        do {
            _ = try LabelPolicySet([LabelPolicy.parse(yaml: text, file: "fuzz.yaml")], codes: codes)
        } catch {
            // Refused is as good as read.
        }
    }
}
