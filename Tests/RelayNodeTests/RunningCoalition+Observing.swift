import CanonicalEncoding
import CoalitionDirectory
import Foundation
import HTTPTypes
import MessageEnvelope
import NIOCore
import NIOOpenSSL
import NodeSupport
import OpenSSLCrypto
import RelayNode
import RelayStorage
import RelayTransport
import Relaying
import TestSupport
import Testing

extension RunningCoalition {
    /// The entries of a node's log, in order.
    func entries(of code: String, _ kinds: AuditEntryKind...) async throws -> [AuditEntry] {
        try await node(code).store.entries(EntryFilter(kinds: Set(kinds), limit: 100_000)).map(\.entry)
    }

    /// The entries that a node which has stopped left behind, in order.
    func leftBehind(by code: String, _ kinds: AuditEntryKind...) throws -> [StoredEntry] {
        try LogCopy(path: dataFolder(of: code).appendingPathComponent("entente.sqlite").path)
            .entries(EntryFilter(kinds: Set(kinds), limit: 100_000))
    }

    /// Waits until the node's log holds a refusal with the reason code.
    func refusal(_ reason: String, at code: String) async throws -> AuditEntry {
        do {
            return try await eventually {
                try await entries(of: code, .refusal).last { $0.reasons == [reason] && $0.outcome == .refused }
            }
        } catch is TimedOut {
            let reasons = try await entries(of: code, .refusal).flatMap(\.reasons)
            throw Unexpected("no refusal `\(reason)` in the log of \(code), only: \(reasons)")
        }
    }

    /// How many refusals a node's log tells of: one for each entry, or as many as the entry counts.
    func refusalCount(at code: String) async throws -> Int64 {
        try await node(code).store.entries(EntryFilter(kinds: [.refusal], limit: 100_000)).reduce(0) { sum, stored in
            let details = try stored.details.map { try JSONValue.parseCanonical($0.bytes) }
            return sum + (details?["count"]?.integerValue ?? 1)
        }
    }

    /// Waits until a node's log tells of so many refusals, and expects no more.
    func expectRefusals(
        _ count: Int64,
        at code: String,
        _ comment: @autoclosure () -> Comment = "",
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        do {
            _ = try await eventually { try await refusalCount(at: code) >= count ? true : nil }
        } catch is TimedOut {
            // The expectation says how many there are.
        }
        #expect(try await refusalCount(at: code) == count, comment(), sourceLocation: sourceLocation)
    }

    /// Waits until the node's log holds a refusal of the peer, or nil for a handshake, with the reason code.
    func refusal(_ reason: String, of peer: SPIFFEID?, at code: String) async throws {
        _ = try await eventually {
            try await entries(of: code, .refusal).first { $0.reasons == [reason] && $0.peer == peer }
        }
    }

    /// Expects that a node has taken on nothing at all: its log holds starts, refusals and what `besides` names.
    func expectNothingStored(
        at code: String,
        besides kinds: Set<AuditEntryKind> = [],
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let harmless: Set<AuditEntryKind> = [.start, .refusal, .policyChange, .trustChange]
        let others = try await entries(of: code).filter { !harmless.union(kinds).contains($0.kind) }
        #expect(others.isEmpty, "\(others.map(\.kind))", sourceLocation: sourceLocation)
        let status = try await node(code).store.status()
        #expect(status.queues.isEmpty && status.mailboxes.isEmpty, sourceLocation: sourceLocation)
    }

    /// The ids in a mailbox, oldest first.
    func inbox(_ address: String) async throws -> [MessageID] {
        let address = try MailboxAddress(address)
        return try await node(address.partner.rawValue).store.inbox(address.mailbox, limit: 1000).map(\.message)
    }

    /// Submits an envelope as its originator and returns the answer.
    func submit(_ envelope: Envelope) async throws -> WireResponse {
        let client = try connect(as: try ReceivedEnvelope(envelope).header.originator.description)
        let response = try await client.post("/v1/messages", Envelope.mediaType, envelope.bytes)
        await client.close()
        return response
    }

    /// What a node knows about the one message with the id.
    func traced(_ id: MessageID, at code: String) async throws -> TracedMessage {
        let trace = try await node(code).store.trace(id)
        return try #require(trace.messages.first, "no message \(id) at \(code)")
    }

    func nodeID(_ code: String) throws -> SPIFFEID {
        let domain = try fixture.partner(code).plan.trustDomain
        return try SPIFFEID("spiffe://\(domain)/node/\(Self.nodeNames[code] ?? code)")
    }

    func nodeCredential(_ code: String) throws -> Credential {
        try fixture.partner(code).node(Self.nodeNames[code] ?? code).credential
    }
}

/// What a test did not expect.
struct Unexpected: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}

extension Envelope {
    var id: MessageID {
        get throws { try ReceivedEnvelope(self).header.id }
    }
}

extension WireResponse {
    /// The answer's entries with their proofs.
    var links: [TransferLink] {
        get throws {
            let entries = try JSONValue.parseCanonical(bytes)["entries"]?.arrayValue ?? []
            return try entries.map { try TransferLink(json: $0) }
        }
    }
}

extension WireClient {
    /// The alert with which the server ends the connection when this client asks something.
    ///
    /// The first request may still go out on a connection that the server has closed a moment ago, without an alert.
    func refusedBy() async throws -> TLSAlert {
        for attempt in 0... {
            do throws(WireClientError) {
                let response = try await send(WireClientRequest(method: .get, path: "/v1/log/checkpoint"))
                throw WireClientError.protocolViolation("expected a TLS alert, got status \(response.status.code)")
            } catch {
                if case .tls(let failure) = error, let alert = failure.alertReceived { return alert }
                if attempt == 0, error.isLossOfConnection { continue }
                throw Unexpected("expected a TLS alert, got: \(error)")
            }
        }
        throw Unexpected("expected a TLS alert")
    }
}

extension WireClientError {
    fileprivate var isLossOfConnection: Bool {
        if case .tls(let failure) = self { return failure.alertReceived == nil && failure.code == "truncated" }
        if case .connectionLost = self { return true }
        return false
    }
}

/// Expects a problem with the status and the reason code.
func expectProblem(
    _ response: WireResponse,
    _ status: Int,
    _ code: String,
    _ comment: @autoclosure () -> Comment = "",
    sourceLocation: SourceLocation = #_sourceLocation
) {
    #expect(
        response.status.code == status && response.problem?.code == code,
        "\(comment()): expected \(status) \(code), got \(response.status.code) \(String(buffer: response.body))",
        sourceLocation: sourceLocation
    )
}

/// Expects that a problem holds the code and what is the same for everybody who gets it, and not a word of why.
func expectNoReasons(
    _ response: WireResponse,
    _ comment: @autoclosure () -> Comment = "",
    sourceLocation: SourceLocation = #_sourceLocation
) {
    #expect(response.problem != nil, comment(), sourceLocation: sourceLocation)
    #expect(response.problem?.detail == nil, comment(), sourceLocation: sourceLocation)
    let extensions = response.problem.map { Set($0.extensions.keys) } ?? []
    #expect(extensions.subtracting(["limit", "refusal"]).isEmpty, comment(), sourceLocation: sourceLocation)
    guard let problem = response.problem, let refusal = problem.extensions["refusal"] else { return }
    do {
        let entry = try TransferLink(json: refusal).entry
        #expect(entry.kind == .refusal, comment(), sourceLocation: sourceLocation)
        #expect(entry.reasons == [problem.code], comment(), sourceLocation: sourceLocation)
    } catch {
        Issue.record("\(error)", sourceLocation: sourceLocation)
    }
}
