import AccessPolicy
import ArgumentParser
import CoalitionDirectory
import Foundation
import NodeSupport
import SecurityLabels
import Testing

@testable import entente

/// What stands on the command line of `send`, `inbox` and `open`.
@Suite struct `Arguments of messages` {
    @Test func `recipients are mailboxes or communities`() throws {
        #expect(try RecipientArgument("FRA/cni") == .mailbox(.init("FRA/cni")))
        #expect(try RecipientArgument("community:MARITIME") == .community(.init("MARITIME")))
        for text in ["FRA", "fra/cni", "community:", "community:a b", "group:X", ""] {
            #expect(throws: (any Error).self) { try RecipientArgument(text) }
        }
    }

    @Test(arguments: [("30m", 1800), ("12h", 43_200), ("7d", 604_800), ("30d", 2_592_000), ("720h", 2_592_000)])
    func `a lifetime is a number with its unit`(text: String, seconds: Int64) throws {
        #expect(try LifetimeArgument(text).seconds == seconds)
    }

    @Test(arguments: ["", "d", "0d", "-1d", "7", "7w", "31d", "721h", "1.5h", "07d", "9999999999999999999d", "1 d"])
    func `other lifetimes are refused`(text: String) {
        #expect(throws: (any Error).self) { try LifetimeArgument(text) }
    }

    @Test func `a precedence may be typed in small letters`() throws {
        #expect(try Precedence(argument: "flash") == .flash)
        #expect(try Precedence(argument: "ROUTINE") == .routine)
        #expect(throws: (any Error).self) { try Precedence(argument: "urgent") }
    }

    @Test(
        arguments: [
            ("GBR SECRT//REL TO FRA", "column 5", "      ^"),
            ("GBR SECRET//REL TO XYZ", "column 20", "                     ^"),
            ("XXX SECRET", "column 1", "  ^"),
        ]
    )
    func `a wrong marking is shown with the place that is wrong`(marking: String, place: String, pointer: String) throws
    {
        let policy = try Policy.parse(yaml: try ExamplePolicy.text, file: "policy.yaml")
        let failure = #expect(throws: CommandFailure.self) {
            try MarkingArgument.read(marking, vocabulary: policy.vocabulary)
        }
        let lines = failure?.message.split(separator: "\n").map(String.init) ?? []
        #expect(failure?.status == .usage)
        #expect(lines.first?.contains(place) == true)
        #expect(lines.dropFirst().first == "  \(marking)")
        #expect(lines.last == pointer)
    }

    @Test func `a right marking becomes its label`() throws {
        let marking = "GBR SECRET//REL TO FRA//INTREP"
        #expect(try MarkingArgument.read(marking, policyFile: ExamplePolicy.file.path).marking == marking)
    }

    @Test(
        arguments: [
            ["send", "--label", "GBR SECRET", "--subject", "x", "f"],
            ["send", "--to", "FRA/cni", "--subject", "x", "f"],
            ["send", "--to", "FRA/cni", "--label", "GBR SECRET", "f"],
            ["send", "--to", "FRA/cni", "--label", "GBR SECRET", "--subject", "", "f"],
            ["send", "--to", "FRA/cni", "--label", "GBR SECRET", "--subject", "x"],
            ["inbox", "--limit", "0"], ["inbox", "--limit", "501"], ["inbox", "--after", "-1"],
            ["open"], ["open", "17"], ["open", "019a9e5c-5f00-7c3e-9d53-6f4ac9c1a7b2", "--as", "J2"],
        ]
    )
    func `an incomplete command line is a usage error`(arguments: [String]) {
        do {
            _ = try Entente.parseAsRoot(arguments)
            Issue.record("expected \(arguments) to be refused")
        } catch {
            #expect(Entente.exitCode(for: error).rawValue == ExitStatus.usage.rawValue)
        }
    }
}
