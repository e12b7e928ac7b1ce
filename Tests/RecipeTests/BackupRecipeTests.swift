import Foundation
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// What `Docs/operating.md` says of backups and of the way back from one, with real programs.
@Suite(.serialized) struct BackupRecipeTests {
    /// Ends the daemon and waits until it has.
    private func end(_ process: Int32) {
        kill(process, SIGTERM)
        for _ in 0..<600 where kill(process, 0) == 0 { usleep(50_000) }
    }

    /// Runs the script until what it prints holds the words.
    private func wait(for words: String, _ script: String, _ nodes: ExampleNodes) throws {
        var run = try nodes.run(script)
        for _ in 0..<150 where !run.output.contains(words) {
            usleep(200_000)
            run = try nodes.run(script)
        }
        #expect(run.output.contains(words), "\(run.output)\n\(run.messages)")
    }

    /// The indented blocks of the steps after a restore, in their order.
    private func steps() throws -> [String] {
        let text = try Document("Docs/operating.md").text
        let section = try #require(text.components(separatedBy: "\n## A node restored from an old copy\n").last)
        let steps = section.components(separatedBy: "\n   ```sh\n").dropFirst().map { rest in
            (rest.components(separatedBy: "\n   ```\n").first ?? "")
        }
        try #require(steps.count == 3)
        return steps
    }

    @Test(.timeLimit(.minutes(10)))
    func `a backup is taken while the node works, restored, found behind, and followed by a new log`() throws {
        let document = try Document("Docs/operating.md")
        let nodes = try ExampleNodes()
        for node in ["fra-hub", "un-1"] { try nodes.start(node) }
        var process = try nodes.start("gbr-1")
        let send = """
            echo text | entente send --as j2-fusion --to FRA/cni --label 'GBR SECRET//REL TO FRA//INTREP' \
                --subject Test -
            """
        let sent = try nodes.run(send)
        try #require(sent.status == 0, "\(sent.output)\(sent.messages)")
        let archived = try nodes.run(try document.block("sh archive"))
        try #require(archived.status == 0, "\(archived.output)\n\(archived.messages)")
        #expect(archived.output.components(separatedBy: "sound: nothing differs").count == 3, "\(archived.output)")
        #expect(archived.output.contains("archive of   the entries 0 to 1\n"), "\(archived.output)")
        let held = try nodes.run(
            "entente audit hold --entries 1 --authority 'Court order' --reason evidence; entente status"
        )
        #expect(held.status == 0, "\(held.messages)")
        let hold = try #require(held.output.firstMatch(of: /hold ([0-9]+) is in force/)?.output.1)
        #expect(held.output.contains("\(hold)\tentries\tCourt order\tevidence"), "\(held.output)")
        let erase = "entente audit erase --entries 1 --authority a --reason r"
        let refused = try nodes.run(erase)
        #expect(refused.status == 1 && refused.messages.contains("under the legal hold of entry \(hold)"))
        let freed = try nodes.run("entente audit release-hold \(hold) --authority 'Court order' --reason closed")
        #expect(freed.output.hasPrefix("hold \(hold) is released"), "\(freed.messages)")
        let ordered = try nodes.run(erase)
        #expect(ordered.output.contains(" waits: another operator confirms it"), "\(ordered.output)\(ordered.messages)")
        #expect(ordered.output.contains("which erases 0 bodies, and the details of 1 entry"), "\(ordered.output)")
        let backup = try nodes.run(try document.block("sh backup"))
        try #require(backup.status == 0, "\(backup.output)\n\(backup.messages)")
        #expect(backup.output.contains("Backup/gbr-1.sqlite, "), "\(backup.output)")
        #expect(backup.output.components(separatedBy: "sound: nothing differs").count == 3, "\(backup.output)")
        let again = try nodes.run("entente audit backup Backup/gbr-1.sqlite")
        #expect(again.status == 1)
        #expect(again.messages.contains("is there already"), "\(again.messages)")
        // What is logged now is not in the backup, and witnesses have seen it.
        try #require(try nodes.run(send).status == 0)
        let size = try nodes.run("entente audit log --limit 1 | cut -f 1 | tr -d ' '").output
        let last = try #require(Int(size.filter(\.isNumber)))
        try wait(
            for: "reached",
            """
            n=$(entente status --json | sed -n 's/.*"witnessed": *\\([0-9][0-9]*\\).*/\\1/p')
            if [ "$n" -gt \(last) ]; then echo reached; fi
            """,
            nodes
        )
        end(process)
        let restored = try nodes.run(try document.block("sh restore"))
        try #require(restored.status == 0, "\(restored.messages)")
        process = try nodes.start("gbr-1")
        try wait(for: "log-behind", "entente status", nodes)
        #expect(try nodes.run(send).status != 0)

        let steps = try steps()
        let evidence = try nodes.run(steps[0])
        try #require(evidence.status == 0, "\(evidence.messages)")
        end(process)
        let renewed = try nodes.run(steps[1])
        try #require(renewed.status == 0, "\(renewed.messages)")
        try nodes.start("gbr-1")
        let recovered = try nodes.run(steps[2])
        #expect(recovered.status == 0, "\(recovered.output)\n\(recovered.messages)")
        #expect(recovered.output.contains("recovery"), "\(recovered.output)")
        #expect(try !nodes.run("entente status").output.contains("log-behind"))
        #expect(try nodes.run(send).status == 0)
        nodes.stop()
    }
}
