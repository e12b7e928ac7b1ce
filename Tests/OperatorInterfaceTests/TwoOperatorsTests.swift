import CanonicalEncoding
import Foundation
import RelayStorage
import Relaying
import Synchronization
import Testing

@testable import OperatorInterface

/// Orders to erase that take two operators, each asked for from an account of its own: the kernel says whose.
@Suite(.enabled(if: canChangeAccount, "needs root, `setpriv` and `curl`, to ask as other accounts"))
struct TwoOperatorsTests {
    private static let accounts: [UInt32] = [65_531, 65_532, 65_533]
    private static let auditor: UInt32 = 65_530
    private static let order: JSONValue = ["authority": "Archives act", "entries": [[0, 1]], "reason": "end of term"]

    private let fixture: OperatorFixture

    init() async throws {
        fixture = try OperatorFixture()
        fixture.persons.withLock { $0 = 2 }
        try await fixture.append(3)
    }

    private func server() -> OperatorServer {
        fixture.server(roles: OperatorRoles(Dictionary(uniqueKeysWithValues: Self.accounts.map { ($0, .operator) })))
    }

    private func post(_ path: String, _ body: JSONValue? = nil, as account: UInt32) async throws -> JSONValue {
        let outcome = await run(
            ["setpriv", "--reuid=\(account)", "--regid=\(getegid())", "--clear-groups", "curl", "-s"]
                + ["--unix-socket", fixture.socketPath, "-X", "POST", "--data-binary", body?.canonicalText ?? ""]
                + ["http://node/v1/\(path)"]
        )
        return try JSONValue.parse(Array(outcome.output.utf8))
    }

    private func give() async throws -> Int64 {
        let answer = try await post("erasures", Self.order, as: Self.accounts[0])
        #expect(answer["outcome"] == "waiting", "\(answer)")
        return try #require(answer["order"]?.integerValue)
    }

    private func confirm(_ order: Int64, as account: UInt32) async throws -> JSONValue {
        try await post("erasures/\(order)/confirm", as: account)
    }

    private var isErased: Bool {
        get async throws { try await fixture.store.entry(index: 0)?.details == nil }
    }

    @Test func `an account that holds all connections it can open keeps no other one out`() async throws {
        try await fixture.running(server()) {
            var held = HeldConnections(to: fixture.socketPath)
            try held.open(160)
            #expect(try await give() > 0)
            held.closeAll()
        }
    }

    @Test func `the one who gave the order cannot confirm it, another can, and a third comes too late`() async throws {
        try await fixture.running(server()) {
            let order = try await give()
            #expect(try await confirm(order, as: Self.accounts[0])["type"] == "urn:entente:problem:same-person")
            #expect(try await confirm(order, as: Self.auditor)["type"] == "urn:entente:problem:not-an-operator")
            #expect(try await !isErased)
            let done = try await confirm(order, as: Self.accounts[1])
            #expect(done["outcome"] == "erased" && done["details"] == 2, "\(done)")
            #expect(try await isErased)
            for account in [Self.accounts[2], Self.accounts[1], Self.accounts[0]] {
                let late = try await confirm(order, as: account)
                #expect(late["type"] == "urn:entente:problem:no-such-erasure", "\(late)")
            }
            // The entry names both, by the kernel's word.
            let index = UInt64(try #require(done["entry"]?.integerValue))
            let details = try #require(try await fixture.store.entry(index: index)?.details)
            let persons = try JSONValue.parse(details.bytes)["persons"]?.arrayValue ?? []
            #expect(persons.map { $0["uid"] } == Self.accounts.prefix(2).map { .integer(Int64($0)) })
        }
        #expect(try await fixture.store.verifyLog().findings == [])
        let actions = try await fixture.store.entries(EntryFilter(kinds: [.operatorAction])).map(\.entry.outcome)
        #expect(actions == [.allowed, .denied, .allowed])
    }

    @Test(arguments: [(86_399, true), (86_400, false), (200_000, false)] as [(Int64, Bool)])
    func `an order waits for a day, and not longer`(seconds: Int64, isInTime: Bool) async throws {
        try await fixture.running(server()) {
            let order = try await give()
            fixture.now.withLock { $0 = $0.adding(seconds: seconds) }
            let answer = try await confirm(order, as: Self.accounts[1])
            #expect(answer["type"] == (isInTime ? nil : "urn:entente:problem:no-such-erasure"), "\(answer)")
        }
        #expect(try await isErased == isInTime)
    }

    @Test func `an order is not confirmed across a restart, and may be given again by either`() async throws {
        let order = Mutex<Int64>(0)
        try await fixture.running(server()) {
            let given = try await give()
            order.withLock { $0 = given }
        }
        try await fixture.running(server()) {
            let before = order.withLock { $0 }
            let answer = try await confirm(before, as: Self.accounts[1])
            #expect(answer["type"] == "urn:entente:problem:no-such-erasure")
            #expect(answer["detail"]?.stringValue?.contains("not across a restart") == true, "\(answer)")
            #expect(try await !isErased)
            let again = try await post("erasures", Self.order, as: Self.accounts[1])
            let number = try #require(again["order"]?.integerValue)
            #expect(number != before)
            #expect(try await confirm(number, as: Self.accounts[1])["type"] == "urn:entente:problem:same-person")
            #expect(try await confirm(number, as: Self.accounts[0])["outcome"] == "erased")
        }
        #expect(try await isErased)
    }

    @Test func `what a legal hold keeps since the order is not erased, whoever confirms`() async throws {
        try await fixture.running(server()) {
            let order = try await give()
            let hold = try await post("holds", Self.order, as: Self.accounts[2])
            let answer = try await confirm(order, as: Self.accounts[1])
            let words = "under the legal hold of entry \(hold["entry"]?.integerValue ?? -1)"
            #expect(answer["detail"]?.stringValue?.contains(words) == true, "\(answer)")
        }
        #expect(try await !isErased)
    }
}

private let canChangeAccount: Bool = {
    guard geteuid() == 0 else { return false }
    let curl = ["setpriv", "--reuid=65531", "--regid=\(getegid())", "--clear-groups", "curl", "--version"]
    return finished(curl).status == 0
}()

/// Runs a program on a thread of its own: the server that it asks needs the test's.
private func run(_ arguments: [String]) async -> (status: Int32, output: String) {
    await withCheckedContinuation { continuation in
        Thread.detachNewThread { continuation.resume(returning: finished(arguments)) }
    }
}

private func finished(_ arguments: [String]) -> (status: Int32, output: String) {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = arguments
    let output = Pipe()
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    do {
        try process.run()
    } catch {
        return (-1, "\(error)")
    }
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: data, as: UTF8.self))
}
