import ArgumentParser
import CanonicalEncoding
import Foundation
import NIOCore
import Relaying

/// `entente policy activate`: puts a policy in force at a node.
struct PolicyActivateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "activate",
        abstract: "Put a policy in force at a node.",
        discussion: """
            The node reads, proves and tests the policy itself, and wants the approvals that the policy in force \
            demands: it takes them from the folder beside the file (`policy.approvals` for `policy.yaml`). Activation, \
            signers, and what opens and closes stand in its audit log.

            EXAMPLES
              entente policy activate Config/policy.yaml
              entente policy activate Config/policy.yaml --addition Config/gbr.yaml

            EXIT STATUS
              0 it is in force, 1 it was refused and the one before stays, 4 the caller is no operator, 5 no node answers
            """
    )

    @Argument(help: ArgumentHelp("The coalition's policy.", valueName: "file"), completion: .file(extensions: ["yaml"]))
    var file: String

    @Option(
        help: ArgumentHelp("What the node's own partner adds to it.", valueName: "file"),
        completion: .file(extensions: ["yaml"])
    )
    var addition: String?

    @OptionGroup var node: OperatorOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        try await CommandFailure.reportingAsync {
            let texts = PolicyTexts(
                policy: try PolicyFile.file(file),
                tests: try PolicyFile.tests(of: file),
                addition: try addition.map { path in try PolicyFile.file(path) },
                additionTests: try addition.flatMap { path in try PolicyFile.tests(of: path) }
            )
            let statements = try ([file] + (addition.map { [$0] } ?? [])).flatMap(Self.statements)
            let answer = try await node.client(timeout: .seconds(120)).post(
                "/v1/policies",
                body: ["texts": texts.json, "statements": .array(statements)]
            )
            try PolicyChangeText.print(answer, json: output.json)
        }
    }

    /// What officers have signed beside the file.
    private static func statements(beside path: String) throws(CommandFailure) -> [JSONValue] {
        let folder = PolicyCompanions.approvals(of: path)
        guard WholeFile.exists(folder) else { return [] }
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: folder)
        } catch {
            throw CommandFailure("cannot list `\(folder)`: \(error.localizedDescription)")
        }
        var statements: [JSONValue] = []
        for name in names.sorted() where name.hasSuffix(PolicyCompanions.statementEnding) {
            let file = "\(folder)/\(name)"
            statements.append(
                ["file": .string(file), "der": .string(Data(try WholeFile.read(file)).base64EncodedString())]
            )
        }
        return statements
    }
}
