import CanonicalEncoding
import Foundation
import HTTPTypes
import OperatorInterface
import RelayTransport
import Synchronization
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

    @Test(.timeLimit(.minutes(5)))
    func `callers that connect at the moment of stopping bring nothing down`() async throws {
        let fixture = try OperatorFixture()
        let isDone = Atomic(false)
        // Connects and closes without end, with a request or half of one.
        let caller = Thread { [path = fixture.socketPath] in
            var number = 0
            while !isDone.load(ordering: .relaxed) {
                let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
                if withAddress(path, { connect(descriptor, $0, $1) }) == 0 {
                    number += 1
                    let text = number % 2 == 0 ? "GET /v1/status HTTP/1.1\r\n\r\n" : "GET"
                    _ = send(descriptor, text, text.utf8.count, Int32(MSG_NOSIGNAL))
                }
                close(descriptor)
            }
        }
        caller.start()
        defer { isDone.store(true, ordering: .relaxed) }
        for _ in 0..<100 {
            try await fixture.running(fixture.server()) { try await Task.sleep(for: .milliseconds(5)) }
        }
    }

    @Test func `an account with too many connections is told so, and served again when it has closed some`()
        async throws
    {
        let fixture = try OperatorFixture()
        try await fixture.running(fixture.server()) {
            var held = HeldConnections(to: fixture.socketPath)
            try held.open(96)
            // All of them are there before the one that asks.
            try await Task.sleep(for: .seconds(1))
            let answer = try await fixture.send(.get, "/v1/status")
            #expect(answer.status == .serviceUnavailable)
            let problem = try JSONValue.parse(answer.bytes)
            #expect(problem["type"] == "urn:entente:problem:too-many-connections")
            // Far over the limit nobody is told either.
            try held.open(64)
            await #expect(throws: (any Error).self) { try await fixture.send(.get, "/v1/status") }
            held.closeAll()
            var status: HTTPResponse.Status?
            for _ in 0..<600 where status != .ok {
                do {
                    status = try await fixture.send(.get, "/v1/status").status
                } catch {
                    status = nil
                }
                try await Task.sleep(for: .milliseconds(100))
            }
            #expect(status == .ok)
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

/// Connections to a socket that say nothing.
struct HeldConnections {
    private let path: String
    private var descriptors: [Int32] = []

    init(to path: String) {
        self.path = path
    }

    mutating func open(_ count: Int) throws {
        for _ in 0..<count {
            let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
            try #require(descriptor >= 0)
            descriptors.append(descriptor)
            try #require(withAddress(path) { connect(descriptor, $0, $1) } == 0)
        }
    }

    mutating func closeAll() {
        for descriptor in descriptors { close(descriptor) }
        descriptors = []
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
