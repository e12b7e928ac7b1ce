import AccessPolicy
import ArgumentParser
import CanonicalEncoding
import SecurityLabels

/// `entente policy explain`: one question to a policy, answered in words.
struct PolicyExplainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Ask a policy one question and explain the answer.",
        discussion: """
            The answer names every rule that had a say. Where nothing covers the request, it names the nearest \
            agreements and the conditions that they miss.

            EXAMPLES
              entente policy explain Config/policy.yaml --label 'GBR SECRET//REL TO FRA//INTREP' --from gbr-1 --to fra-hub
              entente policy explain Config/policy.yaml --label 'GBR SECRET//INTREP' --from GBR --to UN --at 2026-11-22
              entente policy explain Config/policy.yaml --label 'GBR SECRET//MARITIME//SITREP' --action relay \\
                --from gbr-1 --via fra-hub --to jpn-1

            EXIT STATUS
              0 allowed, 3 denied, 11 the policy is not well formed, 64 the question is not
            """
    )

    @Argument(help: ArgumentHelp("The policy.", valueName: "policy"), completion: .file(extensions: ["yaml"]))
    var policyFile: String

    @Option(help: "The marking, such as 'GBR SECRET//REL TO FRA//INTREP'.")
    var label: String

    @Option(
        help: ArgumentHelp(
            "The label policy that the marking is written under, where several could read it.",
            valueName: "name"
        )
    )
    var under: String?

    @Option(help: ArgumentHelp("Whose information it is, where the marking leaves that out.", valueName: "code"))
    var owner: String?

    @Option(help: "originate, release, relay, accept or deliver.", transform: Self.action)
    var action: AccessAction = .release

    @Option(help: ArgumentHelp("The partner or node that has the message.", valueName: "partner or node"))
    var from: String

    @Option(help: ArgumentHelp("The partner or node that would get it.", valueName: "partner or node"))
    var to: String?

    @Option(help: ArgumentHelp("The hub's node on the way.", valueName: "node"))
    var via: String?

    @Option(help: "OVERRIDE, FLASH, IMMEDIATE, PRIORITY, ROUTINE or DEFERRED.", transform: Self.precedence)
    var precedence: Precedence = .routine

    @Option(help: "The time of the question, RFC 3339 or a day; now when left out.", transform: Self.time)
    var at: Timestamp?

    @Option(help: "`live`, or the name of an exercise.")
    var realm = PolicyRealm.live.rawValue

    @OptionGroup var output: OutputOptions

    func validate() throws {
        if action == .originate, to != nil || via != nil {
            throw ValidationError("`originate` asks about one partner alone: leave out --to and --via")
        }
        if action == .deliver, via != nil {
            throw ValidationError("`deliver` asks about the last step: leave out --via")
        }
    }

    func run() throws {
        let explanation = try CommandFailure.reporting { () throws(CommandFailure) -> Explanation in
            let policy = try PolicyFile.read(policyFile)
            let request = try request(policy)
            let explanation = CompiledPolicy(policy).explain(request, at: at ?? .now())
            let text = output.json ? explanation.json.indentedText : PrintableText.paragraphs(explanation.text)
            try Terminal.current.print(text)
            return explanation
        }
        if explanation.outcome == .denied { throw ExitCode(ExitStatus.denied.rawValue) }
    }

    private func request(_ policy: Policy) throws(CommandFailure) -> AccessRequest {
        let label: ConfidentialityLabel
        do {
            let name = try under.map { try LabelPolicyName($0) }
            let owner = try owner.map { try LabelOwner($0) }
            label = try PolicyMarkings(policy).read(self.label, under: name, owner: owner)
        } catch {
            throw CommandFailure(
                "\(error)",
                next: "use the words of the policy, or of a label policy that it accepts",
                status: .usage
            )
        }
        let realm = PolicyRealm(realm)
        let origin = station(from, policy)
        guard action != .originate else {
            return .originate(label, at: origin, precedence: precedence, realm: realm)
        }
        guard let to else {
            throw CommandFailure("`\(action)` needs a recipient", next: "add --to PARTNER or --to NODE", status: .usage)
        }
        let destination = station(to, policy)
        let hub = via.map { station($0, policy) }
        switch action {
        case .originate, .deliver:
            return .deliver(label, from: origin, to: destination, precedence: precedence, realm: realm)
        case .release:
            return .release(label, from: origin, to: destination, through: hub, precedence: precedence, realm: realm)
        case .accept:
            return .accept(label, from: origin, to: destination, through: hub, precedence: precedence, realm: realm)
        case .relay:
            guard let hub else {
                throw CommandFailure("`relay` needs the hub that relays", next: "add --via NODE", status: .usage)
            }
            return .relay(
                label,
                origin: origin.partner,
                previousHop: origin,
                hub: hub,
                nextHop: destination,
                destination: destination.partner,
                precedence: precedence,
                realm: realm
            )
        }
    }

    /// A node of the policy with its partner, else a partner.
    private func station(_ name: String, _ policy: Policy) -> Station {
        let node = PolicyNode(name)
        guard let known = policy.nodes[node] else { return Station(PolicyPartner(name)) }
        return Station(known.partner, node: node)
    }

    private static func action(_ text: String) throws -> AccessAction {
        guard let action = AccessAction(rawValue: text) else {
            let known = AccessAction.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("expected one of \(known), got `\(text)`")
        }
        return action
    }

    private static func precedence(_ text: String) throws -> Precedence {
        guard let precedence = Precedence(name: text) else {
            let known = Precedence.allCases.map(\.name).joined(separator: ", ")
            throw ValidationError("expected one of \(known), got `\(text)`")
        }
        return precedence
    }

    private static func time(_ text: String) throws -> Timestamp {
        do {
            return text.utf8.count == 10 ? try Timestamp(date: text) : try Timestamp(rfc3339: text)
        } catch {
            throw ValidationError("\(error)")
        }
    }
}
