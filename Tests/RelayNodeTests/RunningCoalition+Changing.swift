import CanonicalEncoding
import CoalitionDirectory
import Foundation
import NodeSupport
import OperatorInterface
import RelayNode
import TestSupport

extension RunningCoalition {
    /// Rewrites the policy file of all nodes.
    func editPolicy(_ edit: (String) -> String) throws {
        let text = try String(contentsOf: policyFile, encoding: .utf8)
        let edited = edit(text)
        guard edited != text else { throw Unexpected("the edit changes nothing") }
        try write(Array(edited.utf8), policyFile.lastPathComponent)
    }

    /// Gives a node, before its start, a policy of its own.
    func givePolicy(to code: String, _ edit: (String) -> String) throws {
        let text = try String(contentsOf: policyFile, encoding: .utf8)
        let edited = edit(text)
        guard edited != text else { throw Unexpected("the edit changes nothing") }
        try write(Array(edited.utf8), "policy-\(code).yaml")
        try editConfiguration(of: code) { $0.replacing("policy: policy.yaml", with: "policy: policy-\(code).yaml") }
    }

    func editConfiguration(of code: String, _ edit: (String) -> String) throws {
        let file = configurationFile(of: code)
        let text = try String(contentsOf: file, encoding: .utf8)
        let edited = edit(text)
        guard edited != text else { throw Unexpected("the edit changes nothing") }
        try write(Array(edited.utf8), file.lastPathComponent)
    }

    /// The names and contents of the sheets that a node keeps.
    func archive(of code: String) throws -> [String: [UInt8]] {
        let folder = dataFolder(of: code).appendingPathComponent("sheets")
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        return try Dictionary(
            uniqueKeysWithValues: names.map { ($0, Array(try Data(contentsOf: folder.appendingPathComponent($0)))) }
        )
    }

    /// Reloads a node. The files are watched as well, so that what changed may be in force before this asks.
    @discardableResult
    func reload(_ code: String) async throws -> ReloadReport {
        try await node(code).reload(cause: "test")
    }
}
