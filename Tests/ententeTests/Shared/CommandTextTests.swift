import Testing

@testable import entente

/// Commands in messages, to be pasted into a shell.
@Suite struct CommandTextTests {
    @Test(
        arguments: [
            ("inbox", "entente inbox --after 3"),
            ("inbox --context fra --limit 2", "entente inbox --context fra --limit 2 --after 3"),
            ("inbox --after 1 --as cni", "entente inbox --as cni --after 3"),
            ("inbox --after=1 --as cni", "entente inbox --as cni --after 3"),
        ]
    )
    func `the next page keeps every option but the place`(arguments: String, expected: String) {
        let words = arguments.split(separator: " ").map(String.init)
        #expect(CommandText.again(["--after": "3"], arguments: words) == expected)
    }

    @Test(
        arguments: [
            ("plain-1.2/x:y", "plain-1.2/x:y"), ("two words", "'two words'"), ("", "''"), ("it's", "'it'\\''s'"),
            ("$(x)", "'$(x)'"), ("a;b", "'a;b'"),
        ]
    )
    func `a word that a shell would take apart is quoted`(word: String, expected: String) {
        #expect(CommandText.quoted(word) == expected)
    }
}
