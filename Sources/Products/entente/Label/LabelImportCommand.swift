import ArgumentParser
import CanonicalEncoding
import SecurityLabels

/// `entente label import`: a label in the XML of STANAG 4774, and its marking.
struct LabelImportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Read a STANAG 4774 label in XML.",
        discussion: """
            Prints every label of the file with its marking; the originator's is the one that counts, alternatives are \
            equivalents. A succession is applied for the time given.

            EXAMPLES
              entente label import label.xml
              entente label import binding.xml --json
              entente label import label.xml --at 2030-01-01

            EXIT STATUS
              0 every label has a marking, 1 the file is refused, or a label says what no marking can
            """
    )

    @Argument(help: "The file.", completion: .file(extensions: ["xml"]))
    var file: String

    @Option(help: "The time for which the labels are read, RFC 3339 or a day; now when left out.", transform: Self.time)
    var at: Timestamp?

    @OptionGroup var output: OutputOptions

    func run() throws {
        let complaints = try CommandFailure.reporting { () throws(CommandFailure) -> [String] in
            let bytes = try WholeFile.read(file)
            let set: STANAG4774LabelSet
            do {
                set = try STANAG4774LabelSet.parse(xml: bytes)
            } catch {
                throw CommandFailure("`\(file)`, \(error)")
            }
            let terminal = Terminal.current
            for deviation in set.deviations {
                terminal.message("\(terminal.styled("warning:", .warning, on: .message)) \(deviation)")
            }
            let read = set.labels.map { ImportedLabel($0, at: at ?? .now()) }
            if output.json {
                try terminal.print(json: .object(["labels": .array(read.map(\.json))]))
            } else {
                var table = TextTable(["LABEL", "POLICY", "CLASSIFICATION", "MARKING"].map { TextTable.Column($0) })
                for label in read { table.append(label.row) }
                try table.print(on: terminal)
            }
            return read.compactMap(\.complaint)
        }
        guard complaints.isEmpty else {
            for complaint in complaints { Terminal.current.message("error: \(PrintableText.line(complaint))") }
            throw ExitCode(ExitStatus.failed.rawValue)
        }
    }

    private static func time(_ text: String) throws -> Timestamp {
        do {
            return text.utf8.count == 10 ? try Timestamp(date: text) : try Timestamp(rfc3339: text)
        } catch {
            throw ValidationError("\(error)")
        }
    }
}

/// One label of a file and what it is here.
private struct ImportedLabel {
    private let label: STANAG4774Label
    private let marking: String?
    /// Why there is no marking.
    let complaint: String?

    init(_ label: STANAG4774Label, at time: Timestamp) {
        self.label = label
        do {
            let content = try label.content(at: time)
            let profile = try STANAG4774Profile.known(for: content.information)
            let imported = try ConfidentialityLabel(stanag4774: content, profile: profile)
            let policies = try LabelPolicySet.shipped()
            let isShipped = policies.policies.contains { $0.name == imported.policy }
            marking = isShipped ? try policies.marking(imported) : imported.marking
            complaint = nil
        } catch {
            marking = nil
            complaint = "`\(label.kind.rawValue)`: \(error)"
        }
    }

    private var information: STANAG4774Information { label.content.information }

    var row: [String] {
        [label.kind.name, information.policyIdentifier, information.classification, marking ?? "-"]
    }

    var json: JSONValue {
        let categories = information.categories.map {
            JSONValue.object([
                "tag": .string($0.tagName), "type": .string($0.kind.rawValue),
                "values": .array($0.values.map { .string($0) }),
            ])
        }
        var members: [String: JSONValue] = [
            "label": .string(label.kind.name),
            "policy": .string(information.policyIdentifier),
            "classification": .string(information.classification),
            "categories": .array(categories),
        ]
        members["policy-uri"] = information.policyURI.map { .string($0) }
        members["privacy-mark"] = information.privacyMark.map { .string($0) }
        members["originator"] = label.content.originatorID.map { .string($0.name) }
        members["created"] = label.content.creationDateTime.map { .string($0.text) }
        members["review"] = label.reviewDateTime.map { .string($0.text) }
        members["succession"] = label.succession.map { .string($0.dateTime.text) }
        members["marking"] = marking.map { .string($0) }
        members["error"] = complaint.map { .string($0) }
        return .object(members)
    }
}

extension STANAG4774Label.Kind {
    /// What the label is called in tables.
    fileprivate var name: String {
        switch self {
        case .originator, .older: "originator"
        case .alternative: "alternative"
        case .metadata: "metadata"
        }
    }
}
