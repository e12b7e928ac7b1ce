import Foundation
import Testing

@testable import RelayNode

@Suite struct FileWatchTests {
    private let folder = URL(filePath: NSTemporaryDirectory() + "entente-watch-\(UUID().uuidString)")

    init() throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
    }

    private func path(_ name: String) -> String { folder.appendingPathComponent(name).path }

    private func write(_ text: String, _ name: String) throws {
        try Data(text.utf8).write(to: folder.appendingPathComponent(name))
    }

    private func link(_ name: String, to target: String) throws {
        try FileManager.default.createSymbolicLink(atPath: path(name), withDestinationPath: target)
    }

    @Test func `a file that is written, replaced, removed or made is a change, once`() throws {
        let files = [path("a"), path("b")]
        try write("1", "a")
        var watch = FileWatch(files)
        #expect(watch.changes(in: files) == [])
        try write("22", "a")
        #expect(watch.changes(in: files) == [path("a")])
        #expect(watch.changes(in: files) == [])
        try write("33", "new")
        #expect(rename(path("new"), path("a")) == 0)
        try write("1", "b")
        #expect(watch.changes(in: files) == files)
        try FileManager.default.removeItem(atPath: path("a"))
        #expect(watch.changes(in: files) == [path("a")])
        #expect(watch.changes(in: files) == [])
    }

    @Test func `a link is a change when what it leads to is another, or other`() throws {
        try write("1", "one")
        try write("2", "two")
        try link("policy", to: "one")
        let files = [path("policy")]
        var watch = FileWatch(files)
        #expect(watch.changes(in: files) == [])
        try write("11", "one")
        #expect(watch.changes(in: files) == files)
        try FileManager.default.removeItem(atPath: path("policy"))
        try link("policy", to: "two")
        #expect(watch.changes(in: files) == files)
        try FileManager.default.removeItem(atPath: path("two"))
        #expect(watch.changes(in: files) == files)
        #expect(watch.changes(in: files) == [])
    }

    /// As Kubernetes hands out secrets: the file is a link through `..data`, which is swapped for another folder.
    @Test func `a swapped folder in the middle of a link is a change`() throws {
        for (version, text) in [("..1", "one"), ("..2", "two")] {
            try FileManager.default.createDirectory(atPath: path(version), withIntermediateDirectories: false)
            try write(text, "\(version)/key.pem")
        }
        try link("..data", to: "..1")
        try link("key.pem", to: "..data/key.pem")
        let files = [path("key.pem")]
        var watch = FileWatch(files)
        try link("..data_tmp", to: "..2")
        #expect(watch.changes(in: files) == [])
        #expect(rename(path("..data_tmp"), path("..data")) == 0)
        #expect(watch.changes(in: files) == files)
        #expect(watch.changes(in: files) == [])
    }
}
