import AccessPolicy
import OpenSSLCrypto
import Relaying

/// A policy read from a file, or the failure that names its place.
enum PolicyFile {
    static func read(_ path: String) throws(CommandFailure) -> Policy {
        let text = try text(path)
        do {
            return try Policy.parse(yaml: text, file: path)
        } catch {
            throw CommandFailure(
                "\(error)",
                next: "correct the line and run `entente policy check \(path)` again",
                status: .badConfiguration
            )
        }
    }

    /// The policy, or the one that a partner's addition makes of its baseline.
    static func read(_ path: String, addingTo baseline: String?) throws(CommandFailure) -> Policy {
        guard let baseline else { return try read(path) }
        let policy = try read(baseline)
        return policy.adding(try addition(path, to: policy))
    }

    static func addition(_ path: String, to baseline: Policy) throws(CommandFailure) -> NationalAddition {
        let text = try text(path)
        do {
            return try NationalAddition.parse(yaml: text, file: path, baseline: baseline)
        } catch {
            throw CommandFailure("\(error)", next: "correct the line and try again", status: .badConfiguration)
        }
    }

    /// The policy's text, or that of its tests, as a node is given it.
    static func file(_ path: String) throws(CommandFailure) -> PolicyTexts.File {
        PolicyTexts.File(name: path, text: try text(path))
    }

    /// The tests beside a policy; nil when there are none.
    static func tests(of path: String) throws(CommandFailure) -> PolicyTexts.File? {
        let tests = PolicyCompanions.tests(of: path)
        return WholeFile.exists(tests) ? try file(tests) : nil
    }

    /// Refuses a policy that breaks an invariant of its own.
    static func prove(_ policy: Policy, _ path: String) throws(CommandFailure) {
        do {
            try policy.provenInvariants()
        } catch {
            throw CommandFailure(
                "\(path): \(error)",
                next: "correct the policy and run `entente policy check \(path)` again",
                status: .badConfiguration
            )
        }
    }

    static func text(_ path: String) throws(CommandFailure) -> String {
        let bytes: [UInt8]
        do {
            bytes = try WholeFile.read(path)
        } catch {
            throw CommandFailure(
                error.message,
                next: "name a policy that can be read, of 16 MiB at most",
                status: .badConfiguration
            )
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw CommandFailure("`\(path)`: expected UTF-8", next: "save it as UTF-8", status: .badConfiguration)
        }
        return text
    }

    /// The hash by which the log names the policy.
    static func hash(of policy: Policy) -> SHA256Digest { .hash(policy.canonicalBytes) }
}
