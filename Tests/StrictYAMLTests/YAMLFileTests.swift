import StrictYAML
import Testing

@Suite struct YAMLFileTests {
    @Test func `scalars stay the text that was written`() throws {
        let root = try YAMLFile.read("{no: NO, yes: on, time: 1:30, nothing: ~}", file: "x.yaml")
        let fields = try root.fields("a file", ["no", "yes", "time", "nothing"])
        #expect(try fields["no"]?.text("a word") == "NO")
        #expect(try fields["yes"]?.text("a word") == "on")
        #expect(try fields["time"]?.text("a word") == "1:30")
        #expect(try fields["nothing"]?.text("a word") == "~")
    }

    @Test(arguments: [
        ("a: 1\na: 2\n", "x.yaml:1:1: the key `a` stands more than once in one mapping: keep one"),
        ("a: &x 1\n", "x.yaml:1:4: anchors and aliases are not accepted, got `&x`: write the value out"),
        (
            "a: !!int 1\n",
            "x.yaml:1:4: tags are not accepted, got `tag:yaml.org,2002:int`: remove it, every value is text"
        ),
        ("", "x.yaml:1:1: the file is empty: expected a mapping"),
    ])
    func `what a reader could misread is refused with its place`(text: String, message: String) {
        let error = #expect(throws: YAMLError.self) { try YAMLFile.read(text, file: "x.yaml") }
        #expect(error?.description == message)
    }

    @Test func `an unknown key is named with the known ones`() throws {
        let root = try YAMLFile.read("a: 1\nb: 2\n", file: "x.yaml")
        let error = #expect(throws: YAMLError.self) { try root.fields("the file", ["a"]) }
        #expect(error?.line == 2)
        #expect(error?.message == "unknown key `b` in the file: expected one of `a`; correct or remove it")
    }

    @Test(arguments: ["0", "-1", "01", "1.0", "11", "x"])
    func `a number out of range or in another spelling is refused`(text: String) throws {
        let item = try #require(YAMLFile.read("a: \(text)", file: "x.yaml").fields("a file", ["a"])["a"])
        #expect(throws: YAMLError.self) { try item.integer("a number", in: 1...10) }
    }

    @Test func `a choice names its alternatives`() throws {
        let item = try #require(YAMLFile.read("a: c", file: "x.yaml").fields("a file", ["a"])["a"])
        let error = #expect(throws: YAMLError.self) { try item.choice("a letter", [("a", 1), ("b", 2)]) }
        #expect(error?.message == "expected a letter, one of `a`, `b`, got `c`")
    }
}
