import Foundation
import Relaying

/// The policy that a node's configuration names, as paths.
package struct PolicyFiles: Hashable, Sendable {
    /// The coalition's policy, as it is said where the path is all there is to say.
    package var policy: String
    /// What the own partner adds to it.
    package var addition: String?
    /// How many officers must have approved the node's first policy.
    package var firstApprovals = 0

    package init(_ policy: String) { self.policy = policy }

    /// Everything that decides which policy this is, and whether it is approved.
    var watched: [String] {
        [policy, addition].compactMap { $0 }
            .flatMap { [$0, PolicyCompanions.tests(of: $0), PolicyCompanions.approvals(of: $0)] }
    }

    /// Reads the texts; tests that are not there are none.
    func texts() throws(ConfigurationError) -> PolicyTexts {
        PolicyTexts(
            policy: try Self.file(policy),
            tests: try Self.fileIfPresent(PolicyCompanions.tests(of: policy)),
            addition: try addition.map { path throws(ConfigurationError) in try Self.file(path) },
            additionTests: try addition.flatMap { path throws(ConfigurationError) in
                try Self.fileIfPresent(PolicyCompanions.tests(of: path))
            }
        )
    }

    /// Reads the officers' statements; a folder that is not there holds none.
    func statements() throws(ConfigurationError) -> [CollectedApprovals.Statement] {
        var statements: [CollectedApprovals.Statement] = []
        for policy in [policy, addition].compactMap({ $0 }) {
            let folder = PolicyCompanions.approvals(of: policy)
            guard FileManager.default.fileExists(atPath: folder) else { continue }
            let names: [String]
            do {
                names = try FileManager.default.contentsOfDirectory(atPath: folder)
            } catch {
                throw ConfigurationError(file: folder, "cannot list the approvals: \(error.localizedDescription)")
            }
            for name in names.sorted() where name.hasSuffix(PolicyCompanions.statementEnding) {
                let path = "\(folder)/\(name)"
                statements.append(.init(source: path, bytes: try FileContents.read(path)))
            }
        }
        return statements
    }

    private static func fileIfPresent(_ path: String) throws(ConfigurationError) -> PolicyTexts.File? {
        FileManager.default.fileExists(atPath: path) ? try file(path) : nil
    }

    private static func file(_ path: String) throws(ConfigurationError) -> PolicyTexts.File {
        guard let text = String(validating: try FileContents.read(path), as: UTF8.self) else {
            throw ConfigurationError(file: path, "expected UTF-8")
        }
        return PolicyTexts.File(name: path, text: text)
    }
}
