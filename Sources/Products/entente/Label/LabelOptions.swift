import ArgumentParser
import CanonicalEncoding
import SecurityLabels

/// Which label policies there are, and what a marking leaves out.
struct LabelOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "A folder of label policies; those that come with the command when left out.",
            valueName: "folder"
        ),
        completion: .directory
    )
    var policies: String?

    @Option(help: ArgumentHelp("The label policy, where several could read the marking.", valueName: "name"))
    var under: String?

    @Option(help: ArgumentHelp("Whose information it is, where the marking leaves that out.", valueName: "code"))
    var owner: String?

    func set() throws(CommandFailure) -> LabelPolicySet {
        let files: [LabelPolicySet.File]
        if let policies { files = try LabelPolicyFolder.read(policies) } else { files = LabelPolicySet.shippedFiles }
        do {
            return try LabelPolicySet.parse(files: files)
        } catch {
            throw CommandFailure("\(error)", next: "correct the line and try again", status: .badConfiguration)
        }
    }

    /// Reads a marking; one that cannot be read fails with its place.
    func read(
        _ marking: String,
        by set: LabelPolicySet,
        under name: String? = nil
    ) throws(CommandFailure) -> ReadMarking {
        let policy = try (name ?? under).map { name throws(CommandFailure) in try Self.policy(name, in: set) }
        let owner: LabelOwner?
        do {
            owner = try self.owner.map { text throws(LabelError) in try LabelOwner(text) }
        } catch {
            throw CommandFailure("\(error)", next: "correct --owner", status: .usage)
        }
        do {
            guard let policy else { return try set.read(marking, owner: owner) }
            return try set.read(marking, policy: policy, owner: owner)
        } catch {
            throw CommandFailure(
                "\(error)",
                next: policy == nil
                    ? "correct the marking, or name its label policy with --under" : "correct the marking"
            )
        }
    }

    /// The label policy of that name.
    static func policy(_ name: String, in set: LabelPolicySet) throws(CommandFailure) -> LabelPolicyName {
        guard let policy = set.policies.first(where: { $0.name.rawValue == name }) else {
            let known = set.policies.map(\.name.rawValue).joined(separator: ", ")
            throw CommandFailure(
                "unknown label policy `\(name)`: expected one of \(known)",
                next: "correct the name, or give the folder of its file with --policies",
                status: .usage
            )
        }
        return policy.name
    }

    /// A time given as RFC 3339 or as a day.
    static func time(_ text: String) throws -> Timestamp {
        do {
            return text.utf8.count == 10 ? try Timestamp(date: text) : try Timestamp(rfc3339: text)
        } catch {
            throw ValidationError("\(error)")
        }
    }
}
