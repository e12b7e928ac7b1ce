import Foundation
import OpenSSLCrypto
import Testing

@Suite struct KeyFilePermissionTests {
    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("keys-\(UUID().uuidString)")

    private func inFolder(_ body: (String) throws -> Void) throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer {
            do { try FileManager.default.removeItem(at: folder) } catch { Issue.record(error) }
        }
        try body(folder.appendingPathComponent("key.pem").path)
    }

    @Test func `a key that was written reads back, and nobody else may read it`() throws {
        try inFolder { path in
            let key = try PrivateKey.generate(.p256)
            try KeyFile.create(key, at: path)
            #expect(try KeyFile.read(path).publicKey == key.publicKey)
            let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
            #expect(mode == 0o600)
        }
    }

    @Test func `a key is never written over a file`() throws {
        try inFolder { path in
            try KeyFile.create(try PrivateKey.generate(.p256), at: path)
            let before = try Data(contentsOf: URL(fileURLWithPath: path))
            #expect(throws: KeyFileError.self) { try KeyFile.create(PrivateKey.generate(.p256), at: path) }
            #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == before)
        }
    }

    @Test(arguments: [0o640, 0o604, 0o666, 0o660])
    func `a key that others can reach is refused`(mode: Int) throws {
        try inFolder { path in
            try KeyFile.create(try PrivateKey.generate(.p256), at: path)
            try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
            let error = #expect(throws: KeyFileError.self) { try KeyFile.read(path) }
            #expect(error?.reason == "expected mode 0600, got 0\(String(mode, radix: 8)): others can read it")
        }
    }

    @Test func `a folder or no file is refused`() throws {
        try inFolder { path in
            #expect(throws: KeyFileError.self) { try KeyFile.read(path) }
            #expect(throws: KeyFileError.self) { try KeyFile.read(folder.path) }
        }
    }
}
