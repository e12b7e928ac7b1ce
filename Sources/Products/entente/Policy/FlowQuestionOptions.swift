import AccessPolicy
import ArgumentParser
import CanonicalEncoding

/// The options that say when and where something is to flow.
struct FlowQuestionOptions: ParsableArguments {
    @Option(help: "The time of the question: 2026-11-22 or 2026-11-22T14:30:00Z; now when left out.")
    var at: DayOrTime?

    @Option(help: ArgumentHelp("`live`, or the name of an exercise.", valueName: "realm"))
    var realm = PolicyRealm.live.rawValue

    var time: Timestamp { at?.time ?? .now() }

    /// The realm, which a node of the policy must have.
    func realm(of policy: Policy) throws(CommandFailure) -> PolicyRealm {
        let realm = PolicyRealm(realm)
        let known = Set(policy.nodes.values.map(\.realm)).union([.live])
        guard known.contains(realm) else {
            throw CommandFailure(
                "--realm: expected a realm of the policy's nodes, got `\(realm)`",
                next: "use one of \(known.sorted().map(\.rawValue).joined(separator: ", "))",
                status: .usage
            )
        }
        return realm
    }
}

/// A day, or a time in UTC, as people type them.
struct DayOrTime: ExpressibleByArgument, Hashable, Sendable {
    let time: Timestamp

    init(_ time: Timestamp) { self.time = time }

    init?(argument: String) {
        do {
            guard case .at(let time) = try TimeArgument(argument) else { return nil }
            self.time = time
        } catch {
            return nil
        }
    }
}
