import Foundation
import HTTPTypes
import OperatorInterface
import Testing

@Suite(.timeLimit(.minutes(10))) struct OperatorSocketTests {
    private func mode(_ path: String) throws -> Int {
        (try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? NSNumber)?.intValue ?? -1
    }

    @Test func `the socket is open to owner and group, and gone afterwards`() async throws {
        let fixture = try OperatorFixture()
        try await fixture.running(fixture.server()) {
            let mode = try self.mode(fixture.socketPath)
            #expect(mode == 0o660)
        }
        #expect(!FileManager.default.fileExists(atPath: fixture.socketPath))
    }

    @Test func `a second listener is refused and the first goes on`() async throws {
        let fixture = try OperatorFixture()
        try await fixture.running(fixture.server()) {
            await #expect(throws: OperatorSocketError.inUse(path: fixture.socketPath)) {
                try await fixture.server().run()
            }
            _ = try await fixture.json(.get, "/v1/status")
        }
    }

    @Test func `a socket that a dead process left behind is replaced`() async throws {
        let fixture = try OperatorFixture()
        try leaveSocket(at: fixture.socketPath)
        try await fixture.running(fixture.server()) {
            _ = try await fixture.json(.get, "/v1/status")
        }
    }

    @Test func `a file that is no socket is left alone`() async throws {
        let fixture = try OperatorFixture()
        try Data("precious".utf8).write(to: URL(filePath: fixture.socketPath))
        await #expect(throws: OperatorSocketError.notASocket(path: fixture.socketPath)) {
            try await fixture.server().run()
        }
        #expect(try String(contentsOfFile: fixture.socketPath, encoding: .utf8) == "precious")
    }

    @Test func `a path that no socket can have is refused`() async throws {
        let fixture = try OperatorFixture()
        let path = fixture.folder + "/" + String(repeating: "x", count: 100)
        let error = await #expect(throws: OperatorSocketError.self) {
            try await fixture.server(path: path).run()
        }
        #expect(error?.description.contains("expected a path of 1 to 107 bytes") == true)
    }

    @Test func `a socket that came in the place of ours stays`() async throws {
        let fixture = try OperatorFixture()
        try await fixture.running(fixture.server()) {
            try FileManager.default.removeItem(atPath: fixture.socketPath)
            try Data().write(to: URL(filePath: fixture.socketPath))
        }
        #expect(FileManager.default.fileExists(atPath: fixture.socketPath))
    }

    @Test(arguments: ["", "GET /v1/status HTTP/1.1\r\n", "POST /v1/reload HTTP/1.1\r\ncontent-length: 10\r\n\r\nabc"])
    func `a caller that says nothing more does not keep the listener from stopping`(begun: String) async throws {
        let fixture = try OperatorFixture()
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        try #require(descriptor >= 0)
        defer { close(descriptor) }
        try await fixture.running(fixture.server()) {
            let result = withAddress(fixture.socketPath) { connect(descriptor, $0, $1) }
            try #require(result == 0)
            #expect(write(descriptor, begun, begun.utf8.count) == begun.utf8.count)
            _ = try await fixture.json(.get, "/v1/status")
        }
    }

    /// Binds a socket and closes it, as a process that is killed does.
    private func leaveSocket(at path: String) throws {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        try #require(descriptor >= 0)
        defer { close(descriptor) }
        let result = withAddress(path) { bind(descriptor, $0, $1) }
        try #require(result == 0)
    }
}

/// The path as the address of a socket.
private func withAddress(
    _ path: String,
    _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
) -> Int32 {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
    return withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
        }
    }
}
