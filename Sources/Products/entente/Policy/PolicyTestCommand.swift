import AccessPolicy
import ArgumentParser
import CanonicalEncoding

/// `entente policy test`: the cases beside a policy.
struct PolicyTestCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test",
        abstract: "Run the test cases that stand beside a policy.",
        discussion: """
            A case asks one question and says what the answer and its rules must be. Without a second file, the tests \
            of `policy.yaml` are those in `policy.tests.yaml` beside it. Rules that no case meets are named: nothing \
            would notice if they changed.

            EXAMPLES
              entente policy test Config/policy.yaml
              entente policy test Config/policy.yaml other.tests.yaml --junit results.xml

            EXIT STATUS
              0 every case passed, 1 one failed, 11 a file is not well formed
            """
    )

    @Argument(help: ArgumentHelp("The policy.", valueName: "policy"), completion: .file(extensions: ["yaml"]))
    var policyFile: String

    @Argument(help: ArgumentHelp("Its test cases.", valueName: "tests"), completion: .file(extensions: ["yaml"]))
    var testFile: String?

    @Option(help: ArgumentHelp("Also write the results as JUnit XML.", valueName: "file"))
    var junit: String?

    @Flag(help: "Name every case, not only those that failed.")
    var verbose = false

    @OptionGroup var output: OutputOptions

    func run() throws {
        try CommandFailure.reporting {
            let policy = try PolicyFile.read(policyFile)
            let path = testFile ?? Self.defaultTests(of: policyFile)
            let suite: PolicyTestSuite
            do {
                suite = try PolicyTestSuite.parse(yaml: try PolicyFile.text(path), file: path, policy: policy)
            } catch let error as PolicyError {
                throw CommandFailure(
                    "\(error)",
                    next: "correct the line and run the tests again",
                    status: .badConfiguration
                )
            }
            let report = suite.run(CompiledPolicy(policy))
            if let junit {
                let xml = PolicyTestOutput.junit(report, file: path)
                try WholeFile.replace(junit, with: Array(xml.utf8), makingFolders: false)
            }
            let terminal = Terminal.current
            if output.json {
                try terminal.print(PolicyTestOutput.json(report, file: path).indentedText)
            } else {
                try PolicyTestOutput.print(report, file: path, verbose: verbose, on: terminal)
            }
            guard report.failures.isEmpty else {
                throw CommandFailure(
                    "\(report.failures.count) of \(report.results.count) cases failed",
                    next: "correct the policy or the expectation, whichever is wrong"
                )
            }
        }
    }

    /// `policy.yaml` -> `policy.tests.yaml`, in the same folder.
    static func defaultTests(of policy: String) -> String {
        let name = WholeFile.name(of: policy)
        guard let stop = name.lastIndex(of: "."), stop != name.startIndex else { return "\(policy).tests" }
        return "\(policy.dropLast(name.count))\(name[..<stop]).tests\(name[stop...])"
    }
}
