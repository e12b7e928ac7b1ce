import Foundation
import Testing

/// Runs the commands of the documents as they stand there, against real daemons.
@Suite(.serialized) struct RecipeTests {
    @Test(.timeLimit(.minutes(10)), arguments: ["P-256", "P-384"])
    func `curl and openssl alone send a message, fetch it and acknowledge it`(algorithm: String) throws {
        let nodes = try ExampleNodes(algorithm: algorithm)
        try nodes.start("gbr-1")
        try nodes.start("fra-hub")
        var recipe = try Document("Docs/recipe-curl-openssl.md").blocks("sh").joined(separator: "\n")
        if algorithm == "P-384" {
            for (old, new) in Self.changesForP384 {
                try #require(recipe.components(separatedBy: old).count == 2, "expected `\(old)` once in the recipe")
                recipe = recipe.replacingOccurrences(of: old, with: new)
            }
        }
        let run = try ShellRun(recipe, in: nodes.folder)
        try #require(run.status == 0, "\(run.messages)")
        #expect(run.output.contains("1. SUBJECT. Movement of the survey ship"))

        // Entente's own command finds the message as good as any, and the receipt at the originator's node.
        let header = try String(
            contentsOf: nodes.folder.appendingPathComponent("recipe/header.json"),
            encoding: .utf8
        )
        let id = try #require(header.firstMatch(of: /"id":"([0-9a-f-]{36})"/)).output.1
        let opened = try nodes.entente("open \(id) --context fra --as cni")
        #expect(opened.status == 0, "\(opened.messages)")
        #expect(opened.messages.contains("signed by GBR/j2-fusion"))
        var trace = try nodes.entente("trace \(id) --context gbr")
        for _ in 0..<100 where !trace.output.contains("delivered to FRA/cni") {
            usleep(100_000)
            trace = try nodes.entente("trace \(id) --context gbr")
        }
        #expect(trace.output.contains("delivered to FRA/cni"), "\(trace.output)")
        nodes.stop()
    }

    @Test(.timeLimit(.minutes(10)))
    func `every node of the example passes the daemon's check`() throws {
        let example = try ExampleNodes()
        let entented = try BuiltPrograms.folder().appendingPathComponent("entented").path
        let folder = Document.root.appendingPathComponent("Config/nodes")
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
        #expect(files.count == 6)
        for file in files {
            let check = try ShellRun("'\(entented)' --config Config/nodes/\(file) --check", in: example.folder)
            #expect(check.status == 0, "\(check.messages)")
            #expect(check.output.contains("/node/\(file.dropLast(".yaml".count))`"), "\(check.output)")
        }
    }

    /// What the document tells readers with keys on P-384 to put in the place of what stands there.
    private static let changesForP384 = [
        ("ecdh_kdf_md:sha256", "ecdh_kdf_md:sha384"),
        ("OCTETSTRING:$(sha256 \"$2\")", "OCTETSTRING:$(sha384 \"$2\")"),
        ("OCTETSTRING:$(sha256 got-signed.der)", "OCTETSTRING:$(sha384 got-signed.der)"),
        ("sha256() {", "sha384() {\n    openssl dgst -sha384 -r \"$1\" | cut -d ' ' -f 1\n}\n\nsha256() {"),
        ("openssl dgst -sha256 -sign", "openssl dgst -sha384 -sign"),
        ("OID:2.16.840.1.101.3.4.2.1", "OID:2.16.840.1.101.3.4.2.2"),
        ("OID:1.2.840.10045.4.3.2", "OID:1.2.840.10045.4.3.3"),
        ("%64s", "%96s"),
        (
            "7FFFFFFF800000007FFFFFFFFFFFFFFFDE737D56D38BCF4279DCE5617E3192A8",
            "7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFE3B1A6C0FA1B96EFAC0D06D9245853BD76760CB5666294B9"
        ),
    ]

    @Test(.timeLimit(.minutes(10)))
    func `a sheet that is not the partner's and a header of another form do not get through`() throws {
        let nodes = try ExampleNodes()
        try nodes.start("gbr-1")
        try nodes.start("fra-hub")
        let blocks = try Document("Docs/recipe-curl-openssl.md").blocks("sh")
        let recipe = blocks.joined(separator: "\n")
        /// Runs the recipe with one change, and gives back what it said and the node's last answer.
        func messages(changing old: String, to new: String) throws -> String {
            try #require(recipe.components(separatedBy: old).count == 2, "expected `\(old)` once in the recipe")
            let answer = nodes.folder.appendingPathComponent("recipe/accepted.json")
            if FileManager.default.fileExists(atPath: answer.path) { try FileManager.default.removeItem(at: answer) }
            let run = try ShellRun(recipe.replacingOccurrences(of: old, with: new), in: nodes.folder)
            #expect(run.status != 0, "`\(new)` went through")
            guard FileManager.default.fileExists(atPath: answer.path) else { return run.messages }
            return run.messages + (try String(contentsOf: answer, encoding: .utf8))
        }
        // The sheet of another partner in the place of FRA's, and FRA's with one letter changed.
        let accept = "accept_sheet FRA FRA.cms"
        let foreign = try messages(changing: accept, to: "cp ../Certs/GBR/sheet.cms FRA.cms; \(accept)")
        #expect(foreign.contains("FRA.candidate: verification failed"))
        let changed = try messages(changing: accept, to: "sed -i 's/\"France\"/\"Frence\"/' FRA.cms; \(accept)")
        #expect(changed.contains("Verification failure"))
        // Signed attributes that say something else than the JSON.
        let label = try messages(changing: "UTF8String:$marking", to: "UTF8String:GBR OFFICIAL")
        #expect(label.contains("urn:entente:problem:attribute-mismatch"))
        let uri = "IA5STRING:spiffe://gbr.example/mailbox/"
        let request = try messages(changing: uri + "j2-fusion", to: uri + "maritime-desk")
        #expect(request.contains("urn:entente:problem:attribute-mismatch"))
        // A signature whose s is the higher of the two.
        let high = try messages(changing: "sort -C && break", to: "sort -C || break")
        #expect(high.contains("urn:entente:problem:malformed-envelope"))
        // A body that is not the one in the header.
        let body = try messages(
            changing: "cat header.der body.der >envelope",
            to: "cat header.der body.der body.der >envelope"
        )
        #expect(body.contains("urn:entente:problem:malformed-envelope"))
        nodes.stop()
    }

    @Test(.timeLimit(.minutes(10)))
    func `the readme's first message goes its whole way`() throws {
        let programs = try BuiltPrograms.folder().path
        let block = try Document("README.md").block("sh first-message")
        for part in ["$PWD/.build/debug", "Scripts/make-example \"$folder\""] {
            try #require(block.contains(part), "expected `\(part)` in the block")
        }
        // As it stands, on ports that are free and with the programs of this build.
        let script =
            "trap 'kill \"${gbr:-}\" \"${fra:-}\" 2>/dev/null || :; rm -rf \"${folder:-}\"' EXIT\n"
            + block.replacingOccurrences(of: "$PWD/.build/debug", with: programs)
            .replacingOccurrences(
                of: "Scripts/make-example \"$folder\"",
                with: "Scripts/make-example \"$folder\" \(try ExampleNodes.freePorts())"
            )
        let run = try ShellRun(script, in: Document.root, environment: ["ENTENTE": "\(programs)/entente"])
        // The last command ends daemons that the script has started.
        try #require(run.status == 0, "\(run.output)\n\(run.messages)")
        #expect(run.output.contains("2. SUBJECT. Movement of the survey ship"))
        #expect(run.output.contains("delivered to FRA/cni"))
        #expect(run.output.components(separatedBy: "sound: nothing differs").count == 3)
        #expect(run.output.contains("exit status 3"))
        #expect(run.messages.contains("denied by ceiling"))
    }

    @Test(.timeLimit(.minutes(10)))
    func `sqlite3 and openssl alone verify a log, and notice a changed byte`() throws {
        let nodes = try ExampleNodes()
        try nodes.start("gbr-1")
        try nodes.start("fra-hub")
        for number in 1...3 {
            let sent = try nodes.entente(
                "send --as j2-fusion --to FRA/cni --label 'GBR SECRET//INTREP' --subject 'Number \(number)' "
                    + "Config/samples/intrep.txt"
            )
            #expect(sent.status == 0, "\(sent.messages)")
        }
        let denied = try nodes.entente(
            "send --as j2-fusion --to UN/situation-room --label 'GBR SECRET//INTREP' --subject no "
                + "Config/samples/intrep.txt"
        )
        #expect(denied.status == 3)

        let document = try Document("Docs/storage.md")
        let data = nodes.folder.appendingPathComponent("Data/gbr-1")
        try FileManager.default.copyItem(
            at: nodes.folder.appendingPathComponent("Certs/GBR/nodes/gbr-1/log.vkey"),
            to: data.appendingPathComponent("log.vkey")
        )
        // The copy is taken of the running node.
        let names = ["copy", "header", "rehash", "verify-checkpoint", "details"]
        let commands = try names.map { try document.block("sh \($0)") }
        let verified = try ShellRun(commands.joined(separator: "\n"), in: data)
        try #require(verified.status == 0, "\(verified.messages)")
        #expect(verified.output.contains("Signature Verified Successfully"))

        let questions = try #require(document.blocks("sql").first)
        let asked = try ShellRun("sqlite3 -readonly -bail copy.sqlite <<'SQL'\n\(questions)\nSQL", in: data)
        #expect(asked.status == 0, "\(asked.messages)")
        #expect(asked.output.contains("ceiling|1"))
        nodes.stop()

        // Somebody who can write the file drops the trigger and changes a word.
        let changed = try ShellRun(
            """
            sqlite3 copy.sqlite "DROP TRIGGER entries_never_change; UPDATE entries SET bytes =
                CAST(replace(CAST(bytes AS TEXT), '\\"live\\"', '\\"test\\"') AS BLOB) WHERE idx = 1"
            """,
            in: data
        )
        #expect(changed.status == 0, "\(changed.messages)")
        #expect(try ShellRun(document.block("sh rehash"), in: data).status != 0)
    }
}
