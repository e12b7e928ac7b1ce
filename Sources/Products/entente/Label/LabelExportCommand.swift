import AccessPolicy
import ArgumentParser
import CanonicalEncoding
import SecurityLabels

/// `entente label export`: a marking as a label in the XML of STANAG 4774.
struct LabelExportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Write a marking as a STANAG 4774 label in XML.",
        discussion: """
            The marking is one of the label policies that Entente comes with, or uses the words of a policy file. The \
            same marking and times give the same bytes.

            EXAMPLES
              entente label export 'SECRET//REL TO USA, FVEY' --under USA --review 2036-01-01
              entente label export 'TLP:GREEN' --owner ACME
              entente label export 'GBR SECRET//REL TO FRA//INTREP' --policy Config/policy.yaml --review 2036-01-01

            EXIT STATUS
              0 done, 1 the label says what the XML cannot, 11 the policy is not well formed, 64 the marking is not
            """
    )

    @Argument(help: "The marking, such as 'GBR SECRET//REL TO FRA//INTREP'.")
    var marking: String

    @Option(help: ArgumentHelp("A policy whose words the marking uses.", valueName: "file"))
    var policy: String?

    @Option(help: ArgumentHelp("The label policy, where several could read the marking.", valueName: "name"))
    var under: String?

    @Option(help: ArgumentHelp("Whose information it is, where the marking leaves that out.", valueName: "code"))
    var owner: String?

    @Option(help: "When the label was made, RFC 3339 or a day; now when left out.", transform: Self.time)
    var created: Timestamp?

    @Option(help: "When the label is to be reviewed, RFC 3339 or a day.", transform: Self.time)
    var review: Timestamp?

    @Option(help: ArgumentHelp("Who made the label, an e-mail address.", valueName: "address"))
    var originator: String?

    func run() throws {
        let bytes = try CommandFailure.reporting { () throws(CommandFailure) -> [UInt8] in
            let policies = try Self.shipped()
            let label = try label(policies)
            do {
                return try xml(of: label, policies)
            } catch {
                throw CommandFailure("\(error)")
            }
        }
        let terminal = Terminal.current
        if review == nil {
            let warning = terminal.styled("warning:", .warning, on: .message)
            terminal.message("\(warning) \(STANAG4774Deviation.noReviewDateTime): add --review DATE")
        }
        try terminal.print(bytes: bytes)
    }

    private static func shipped() throws(CommandFailure) -> LabelPolicySet {
        do { return try LabelPolicySet.shipped() } catch { throw CommandFailure("\(error)", status: .badConfiguration) }
    }

    private func label(_ policies: LabelPolicySet) throws(CommandFailure) -> ConfidentialityLabel {
        if let policy {
            let vocabulary = try PolicyFile.read(policy).vocabulary
            do {
                return try ConfidentialityLabel.parse(marking: marking, vocabulary: vocabulary)
            } catch {
                throw CommandFailure("\(error)", next: "use the words of the policy", status: .usage)
            }
        }
        do {
            let owner = try owner.map { try LabelOwner($0) }
            guard let under else { return try policies.read(marking, owner: owner).label }
            return try policies.read(marking, policy: LabelPolicyName(under), owner: owner).label
        } catch {
            throw CommandFailure("\(error)", next: "correct the marking, or name its --policy FILE", status: .usage)
        }
    }

    private func xml(of label: ConfidentialityLabel, _ policies: LabelPolicySet) throws -> [UInt8] {
        let identifier = policies.policies.first { $0.name == label.policy }?.identifier
        let profile = try STANAG4774Profile.known(for: label.policy, uri: identifier.map { "urn:oid:\($0)" })
        let content = STANAG4774Content(
            information: try label.stanag4774Information(profile: profile),
            originatorID: originator.map { STANAG4774OriginatorID(kind: .rfc822Name, name: $0) },
            creationDateTime: STANAG4774DateTime(created ?? .now())
        )
        let exported = STANAG4774Label(
            kind: .originator,
            reviewDateTime: review.map { STANAG4774DateTime($0) },
            content: content
        )
        return try STANAG4774LabelSet(labels: [exported]).xml()
    }

    private static func time(_ text: String) throws -> Timestamp {
        do {
            return text.utf8.count == 10 ? try Timestamp(date: text) : try Timestamp(rfc3339: text)
        } catch {
            throw ValidationError("\(error)")
        }
    }
}
