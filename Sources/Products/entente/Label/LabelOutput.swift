import CanonicalEncoding
import SecurityLabels

/// How labels and what becomes of them are printed.
enum LabelOutput {
    /// A label in lines, each with a word before it.
    static func lines(_ label: ConfidentialityLabel, banner: String, portion: String) -> [String] {
        var lines = [
            line("banner", banner),
            line("portion", portion),
            line("policy", label.policy.rawValue),
            line(label.coOwners.isEmpty ? "owner" : "owners", list(label.owners)),
            line("classification", label.classification.rawValue),
        ]
        if !label.compartments.isEmpty { lines.append(line("compartments", list(label.compartments))) }
        if !label.caveats.isEmpty { lines.append(line("caveats", list(label.caveats))) }
        if let codes = label.releasableTo { lines.append(line("releasable to", list(codes))) }
        return lines
    }

    static func line(_ name: String, _ text: String) -> String {
        name + String(repeating: " ", count: max(1, 16 - name.count)) + text
    }

    static func notes(_ notes: [String]) -> [String] { notes.map { line("note", $0) } }

    private static func list(_ components: [some LabelComponent]) -> String {
        components.map(\.rawValue).joined(separator: ", ")
    }

    /// A label as JSON, with the names that a message's header has.
    static func json(_ label: ConfidentialityLabel, banner: String, portion: String) -> JSONValue {
        var members: [String: JSONValue] = [
            "classification": .string(label.classification.rawValue),
            "owner": .string(label.owner.rawValue),
            "policy": .string(label.policy.rawValue),
        ]
        func add(_ name: String, _ components: [some LabelComponent]) {
            if !components.isEmpty { members[name] = .array(components.map { .string($0.rawValue) }) }
        }
        add("co-owners", label.coOwners)
        add("compartments", label.compartments)
        add("caveats", label.caveats)
        add("releasable-to", label.releasableTo ?? [])
        return ["banner": .string(banner), "label": .object(members), "portion": .string(portion)]
    }

    static func json(_ texts: [String]) -> JSONValue { .array(texts.map { .string($0) }) }
}

extension LabelPolicySet {
    /// Both forms of a label that was read by these policies.
    func markings(of label: ConfidentialityLabel) throws(CommandFailure) -> (banner: String, portion: String) {
        do {
            return (try marking(label), try marking(label, form: .portion))
        } catch {
            throw CommandFailure("\(error)")
        }
    }
}
