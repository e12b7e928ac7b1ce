import AccessPolicy
import ArgumentParser
import CanonicalEncoding
import Foundation
import Relaying

/// `entente policy test`: the cases beside a policy.
struct PolicyTestCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test",
        abstract: "Run the test cases that stand beside a policy.",
        discussion: """
            A case asks one question and says what the answer and its rules must be; a who-can-see case, who may have \
            a label; a never case, what must never be allowed, which is proved for every request. Without a second \
            file, the tests of `policy.yaml` are those in `policy.tests.yaml` beside it. Rules that no case meets, \
            rules that no answer rests on alone, and conditions that no case depends on are named: nothing would \
            notice if they changed.

            EXAMPLES
              entente policy test Config/policy.yaml
              entente policy test Config/policy.yaml other.tests.yaml --junit results.xml
              entente policy test Config/policy.yaml --watch

            EXIT STATUS
              0 every case passed, 1 one failed, 11 a file is not well formed, 130 --watch was interrupted
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

    @Flag(help: "Run again whenever one of the files changes, until interrupted.")
    var watch = false

    @Option(
        help: ArgumentHelp(
            "A folder of label policies to read markings by; those that come with the command when left out.",
            valueName: "folder"
        ),
        completion: .directory
    )
    var labelPolicies: String?

    @OptionGroup var output: OutputOptions

    func run() throws {
        guard watch else { return try CommandFailure.reporting { try runOnce() } }
        // Every line has been written by then: nothing waits in a buffer of this process.
        signal(SIGINT) { _ in _exit(ExitStatus.interrupted.rawValue) }
        // A parent may have started this process with the signal blocked.
        var interrupt = sigset_t()
        sigemptyset(&interrupt)
        sigaddset(&interrupt, SIGINT)
        pthread_sigmask(SIG_UNBLOCK, &interrupt, nil)
        let terminal = Terminal.current
        let files = [policyFile, tests]
        var stamps = FileStamps(of: files)
        while true {
            try CommandFailure.reporting { try terminal.clear() }
            do {
                try runOnce()
            } catch let failure as CommandFailure {
                let status = failure.reported()
                if failure == .readerGone { throw status }
            }
            terminal.message("watching \(files.joined(separator: " and ")); interrupt to end")
            stamps = FileStamps.next(of: files, after: stamps)
        }
    }

    private var tests: String { testFile ?? PolicyCompanions.tests(of: policyFile) }

    private func runOnce() throws {
        let policy = try PolicyFile.read(policyFile)
        let path = tests
        let suite: PolicyTestSuite
        do {
            suite = try PolicyTestSuite.parse(
                yaml: try PolicyFile.text(path),
                file: path,
                policy: policy,
                labelPolicies: try labelPolicies.map { try LabelPolicyFolder.set($0) }
            )
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
