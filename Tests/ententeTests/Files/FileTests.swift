import Foundation
import OpenSSLCrypto
import Testing

@testable import entente

@Suite struct `Files` {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test func `a key is written for its owner alone and never overwritten`() throws {
        let path = "\(folder.path)/new/key.pem"
        let key = try PrivateKeyFile.create(path, .p256)
        #expect(try folder.mode(of: "new/key.pem") == 0o600)
        #expect(throws: CommandFailure.self) { try PrivateKeyFile.create(path, .p256) }
        #expect(try PrivateKeyFile.read(path).publicKey == key.publicKey)
        #expect(try FileManager.default.contentsOfDirectory(atPath: "\(folder.path)/new") == ["key.pem"])
    }

    @Test(arguments: [0o640, 0o604, 0o620, 0o666, 0o610])
    func `a key that others can get at is refused with the mode and what to do`(mode: Int) throws {
        let path = "\(folder.path)/key.pem"
        _ = try PrivateKeyFile.create(path, .p384)
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
        let error = #expect(throws: CommandFailure.self) { try PrivateKeyFile.read(path) }
        #expect(error?.message.contains("expected mode 0600, got 0\(String(mode, radix: 8))") == true)
        #expect(error?.next?.hasPrefix("chmod 600 ") == true)
    }

    @Test func `a file is replaced whole and leaves nothing beside it`() throws {
        let path = try folder.write("old and longer than the new", to: "file")
        try WholeFile.replace(path, with: Array("new".utf8))
        #expect(try WholeFile.read(path) == Array("new".utf8))
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["file"])
    }

    @Test(
        arguments: [
            ("x", ".", "x"), ("-", ".", "-"), ("/x", "/", "x"), ("//x", "/", "x"), ("a/b", "a", "b"), ("./x", ".", "x"),
            ("/a/b.c", "/a", "b.c"), ("", ".", ""), ("é", ".", "é"),
        ]
    )
    func `a path is cut at its last slash, however short it is`(path: String, folder: String, name: String) {
        #expect(WholeFile.folder(of: path) == folder)
        #expect(WholeFile.name(of: path) == name)
    }

    @Test func `a file may have a name of one character`() async throws {
        let policy = "\(sourceTree)/Config/policy.yaml"
        let run = try await ProgramRun(shell: "entente policy test \(policy) --junit j && cat j", in: folder.path)
        #expect(run.status == 0, "\(run.messages)")
        #expect(run.text.contains("<testsuite "))
        _ = try folder.write(try String(contentsOfFile: policy, encoding: .utf8), to: "p")
        _ = try folder.write("format: 1\ncases: []\n", to: "p.tests")
        #expect(try await ProgramRun(shell: "entente policy check p", in: folder.path).status == 0)
        let config = try await ProgramRun(shell: "cp p c && entente status --config c", in: folder.path)
        #expect(config.status == 11, "\(config.messages)")
    }

    @Test func `a folder that is missing is made where the program chooses the path, and not where a person does`()
        throws
    {
        let path = "\(folder.path)/new/file"
        let failure = #expect(throws: CommandFailure.self) {
            try WholeFile.create(path, with: [1], mode: 0o600, makingFolders: false)
        }
        #expect(failure?.message == "cannot write `\(path)`: No such file or directory")
        #expect(failure?.next?.contains("`\(folder.path)/new`") == true)
        #expect(!WholeFile.exists("\(folder.path)/new"))
        try WholeFile.create(path, with: [1], mode: 0o600)
        #expect(WholeFile.exists(path))
    }

    @Test func `a file that is too large, missing or a folder is refused by name`() throws {
        let path = try folder.write("123456", to: "file")
        #expect(try WholeFile.read(path, limit: 6).count == 6)
        #expect(throws: CommandFailure.self) { try WholeFile.read(path, limit: 5) }
        let missing = #expect(throws: CommandFailure.self) { try WholeFile.read("\(path)-2") }
        #expect(missing?.message == "cannot read `\(path)-2`: No such file or directory")
        #expect(throws: CommandFailure.self) { try WholeFile.read(folder.path) }
        #expect(throws: CommandFailure.self) { try PrivateKeyFile.read(folder.path) }
    }
}
