import Foundation
import RelayStorage
import Testing

@Suite struct DurableFolderTests {
    private let parent = NSTemporaryDirectory() + "entente-durable-\(UUID().uuidString)"

    private func content(of folder: String) throws -> [String: [UInt8]] {
        let names = try FileManager.default.contentsOfDirectory(atPath: folder)
        return try Dictionary(
            uniqueKeysWithValues: names.map { ($0, Array(try Data(contentsOf: URL(filePath: "\(folder)/\($0)")))) }
        )
    }

    @Test func `files are made, replaced, and the owner's alone`() throws {
        try FileManager.default.createDirectory(atPath: parent, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(atPath: parent) }
        let folder = DurableFolder(path: parent + "/sheets")
        let large = [UInt8](repeating: 7, count: 300_000)
        try folder.write(["a": [1, 2], "b": large])
        try folder.write(["a": [3]])
        try folder.write([:])
        #expect(try content(of: folder.path) == ["a": [3], "b": large])
        let manager = FileManager.default
        #expect(try manager.attributesOfItem(atPath: folder.path)[.posixPermissions] as? Int == 0o700)
        #expect(try manager.attributesOfItem(atPath: folder.path + "/a")[.posixPermissions] as? Int == 0o600)
    }

    @Test func `when one file cannot be written none is`() throws {
        try FileManager.default.createDirectory(atPath: parent, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(atPath: parent) }
        let folder = DurableFolder(path: parent)
        try folder.write(["a": [1], "b": [1], "c": [1]])
        // What stands in the way of the draft of one of them.
        try FileManager.default.createDirectory(atPath: parent + "/.b.new", withIntermediateDirectories: false)
        #expect(throws: StoreError.self) { try folder.write(["a": [2], "b": [2], "c": [2]]) }
        try FileManager.default.removeItem(atPath: parent + "/.b.new")
        #expect(try content(of: parent) == ["a": [1], "b": [1], "c": [1]])
    }
}
