import Testing

@testable import entente

/// The configuration that `Docs/command.md` shows.
@Suite struct `The documented configuration` {
    @Test func `is read as it stands`() throws {
        let text = String(decoding: try WholeFile.read("\(sourceTree)/Docs/command.md"), as: UTF8.self)
        let block = try #require(text.split(separator: "```yaml\n").dropFirst().first)
        let yaml = try #require(block.split(separator: "```").first)
        let file = try ContextFile.parse(String(yaml), path: "/etc/entente/config.yaml")
        #expect(file.contexts.keys.sorted() == ["exercise", "gbr"])
        let context = try file.context(nil)
        #expect(try context.mailbox(nil).keys.encryption.count == 2)
        #expect(try file.context("exercise").requireOperatorSocket().hasSuffix("operator.sock"))
    }
}
