import OpenSSLCrypto
import Testing

@testable import TransparencyLog

@Suite struct `A policy of logs and witnesses` {
    static func log() throws -> String { try LogKeys.log().verifier.verifierKey }
    static func key(_ name: String) throws -> String { try LogKeys.witness("\(name).example/w").verifier.verifierKey }

    /// The example of the specification, with keys.
    static func example() throws -> String {
        var lines = ["# a comment", "log \(try log()) https://gbr.example/log", ""]
        for name in ["X1", "X2", "X3"] { lines.append("witness  \(name)\t\(try key(name))") }
        lines.append("group X-witnesses 2 X1 X2 X3")
        for name in ["Y1", "Y2", "Y3"] { lines.append(" witness \(name) \(try key(name)) https://\(name).example ") }
        lines += [
            "group Y-witnesses any Y1 Y2 Y3", "group X-and-Y all X-witnesses Y-witnesses", "quorum X-and-Y",
        ]
        return lines.joined(separator: "\n") + "\n"
    }

    private func names(_ names: String...) throws -> Set<PolicyWord> {
        Set(try names.map { try #require(PolicyWord($0)) })
    }

    @Test func `decides its quorum by the groups`() throws {
        let policy = try WitnessPolicy(parsing: bytes(Self.example()))
        #expect(policy.witnesses.count == 6 && policy.groups.map(\.threshold) == [2, 1, 2])
        #expect(try policy.isQuorum(names("X1", "X3", "Y2")))
        #expect(try policy.isQuorum(names("X1", "X2", "X3", "Y1", "Y2", "Y3")))
        #expect(try !policy.isQuorum(names("X1", "Y1", "Y2", "Y3")))
        #expect(try !policy.isQuorum(names("X1", "X2", "X3")))
        // The name of a group is no cosignature.
        #expect(try !policy.isQuorum(names("X-and-Y", "X-witnesses", "Y-witnesses")))
    }

    @Test func `agrees with the definition on every set of witnesses`() throws {
        let policy = try WitnessPolicy(parsing: bytes(Self.example()))
        let all = policy.witnesses.map(\.name)
        for set in 0..<(1 << all.count) {
            let chosen = Set(all.indices.filter { set >> $0 & 1 == 1 }.map { all[$0] })
            let x = chosen.count { $0.description.hasPrefix("X") }
            let y = chosen.count { $0.description.hasPrefix("Y") }
            #expect(policy.isQuorum(chosen) == (x >= 2 && y >= 1))
        }
    }

    @Test func `is written in one form, which reads as the same policy`() throws {
        let policy = try WitnessPolicy(parsing: bytes(Self.example()))
        #expect(try WitnessPolicy(parsing: policy.bytes) == policy)
        #expect(try WitnessPolicy(parsing: policy.bytes).bytes == policy.bytes)
        let text = String(decoding: policy.bytes, as: UTF8.self)
        #expect(text.hasPrefix("log \(try Self.log()) https://gbr.example/log\nwitness X1 "))
        #expect(
            text.hasSuffix(
                "group Y-witnesses any Y1 Y2 Y3\ngroup X-and-Y all X-witnesses Y-witnesses\nquorum X-and-Y\n"
            )
        )
        #expect(try WitnessPolicy(parsing: bytes("quorum none\n")).bytes == bytes("quorum none\n"))
    }

    @Test func `takes names for bytes`() throws {
        let key = try Self.key("K")
        let kelvin = try WitnessPolicy(parsing: bytes("witness K \(key)\nquorum K\n"))
        #expect(try !kelvin.isQuorum(names("\u{212A}")))
        let raw: [UInt8] = bytes("witness ") + [0xff] + bytes(" \(key)\nquorum ") + [0xff, 0x0a]
        #expect(try WitnessPolicy(parsing: raw).bytes == raw)
    }

    @Test func `accepts what one of its logs signed and its quorum cosigned, until the time that counts`() throws {
        let text = try
            "log \(Self.log())\nwitness a \(Self.key("a"))\nwitness b \(Self.key("b"))\ngroup g 2 a b\nquorum g\n"
        let policy = try WitnessPolicy(parsing: bytes(text))
        let tree = ReferenceTree(leafHashes(9))
        let signed = try LogKeys.checkpoint(tree, size: 9)
        #expect(policy.judge(signed, at: 100) == .noQuorum(cosigned: []))
        var lines = signed.note.signatures
        for (name, time) in [("a", 50), ("b", 60)] as [(String, UInt64)] {
            lines.append(try LogKeys.witness("\(name).example/w").cosign(signed.checkpoint, at: time))
        }
        let cosigned = try SignedCheckpoint(parsing: SignedNote(text: signed.note.text, signatures: lines).bytes)
        #expect(try policy.judge(cosigned, at: 60) == .accepted(cosigned: names("a", "b").sorted()))
        #expect(try policy.judge(cosigned, at: 59) == .noQuorum(cosigned: names("a").sorted()))
        let proof = LogProof(index: 4, path: tree.path(4, in: 9), signedCheckpoint: cosigned)
        #expect(try proof.verify(leafHash: leafHashes(9)[4], policy: policy, at: 60) == cosigned.checkpoint)
        #expect(throws: ProofError.self) { try proof.verify(leafHash: leafHashes(9)[4], policy: policy, at: 59) }
        #expect(throws: ProofError.self) { try proof.verify(leafHash: leafHashes(9)[3], policy: policy, at: 60) }
        let unsigned = try SignedNote(text: signed.note.text, signatures: Array(lines.dropFirst()))
        #expect(
            policy.judge(try SignedCheckpoint(parsing: unsigned.bytes), at: 60)
                == .noKnownLog(signed.checkpoint.origin)
        )
    }

    @Test func `is refused at the line that is wrong`() throws {
        let (log, a, b) = (try Self.log(), try Self.key("a"), try Self.key("b"))
        let witnesses = "witness a \(a)\nwitness b \(b)\n"
        for (text, line, words) in [
            ("", 1, "expected a `quorum` line"), ("quorum none", 1, "newline at the end"),
            ("\n", 2, "expected a `quorum` line"),
            ("quorum a\n", 1, "defined on a line before"), ("quorum none\nquorum none\n", 2, "keep one"),
            ("quorum\n", 1, "expected `quorum NAME`"), ("Quorum none\n", 1, "got `Quorum`"),
            ("quorum none\r\n", 1, "the byte 13"), ("log\n", 1, "expected `log KEY [URL]`"),
            ("log x+y+z\n", 1, "key ID of 8"), ("log \(a)\n", 1, "expected 1, got 4"),
            ("log \(log)\nlog \(log)\n", 2, "public key of another log"),
            ("witness a \(log)\n", 1, "expected 4, got 1"),
            ("witness none \(a)\n", 1, "`none` means no witness"),
            ("witness a\n", 1, "expected `witness NAME KEY [URL]`"),
            ("witness a \(a) u v\n", 1, "got 4 words"), ("witness a \(a)\nwitness b \(a)\n", 2, "another witness"),
            ("witness a \(a)\nwitness a \(b)\n", 2, "defined already"), (witnesses + "group g a\n", 3, "got 2 words"),
            (witnesses + "group g 3 a b\n", 3, "a number from 1 to 2, got `3`"),
            (witnesses + "group g 0 a b\n", 3, "got `0`"), (witnesses + "group g 01 a b\n", 3, "got `01`"),
            (witnesses + "group g most a b\n", 3, "got `most`"),
            (witnesses + "group g all a a\n", 3, "a member already"),
            (witnesses + "group g any a\ngroup h any a b\n", 4, "`a` is a member already"),
            (witnesses + "group g any g\n", 3, "defined on a line before"),
            (witnesses + "group a any b\n", 3, "defined already"), (witnesses + "group g all none\n", 3, "got `none`"),
        ] as [(String, Int, String)] {
            let error = #expect(throws: WitnessPolicyError.self, "\(words)") { try WitnessPolicy(parsing: bytes(text)) }
            #expect(error?.line == line && error?.message.contains(words) == true, "\(error.map { "\($0)" } ?? "read")")
        }
    }
}
