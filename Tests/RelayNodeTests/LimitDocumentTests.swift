import Foundation
import MessageEnvelope
import NIOCore
import RelayTransport
import Relaying
import Testing

@testable import RelayNode

/// What `Docs/wire-api.md` promises about limits is what the node keeps.
@Suite struct LimitDocumentTests {
    private func rows() throws -> [String: String] {
        let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "Docs/wire-api.md")
        let text = try String(contentsOf: file, encoding: .utf8)
        let section = try #require(text.components(separatedBy: "### Limits\n").last)
            .components(separatedBy: "\n### ")[0]
        var rows: [String: String] = [:]
        for line in section.split(separator: "\n") where line.hasPrefix("| ") {
            let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
            rows[cells[0]] = cells[1]
        }
        rows["Limit"] = nil
        return rows
    }

    private func bytes(_ count: Int) -> String { "\(grouped(count)) bytes" }

    private func grouped(_ count: Int) -> String {
        let digits = Array(String(count))
        return digits.enumerated().map { place, digit in
            (place > 0 && (digits.count - place) % 3 == 0 ? "," : "") + String(digit)
        }.joined()
    }

    @Test func `the table of limits says what the node keeps, and nothing else`() throws {
        let limits = WireLimits()
        let pace = grouped(limits.minimumBytesPerSecond)
        let request = limits.requestTimeout.nanoseconds / 1_000_000_000
        func seconds(_ nanoseconds: Int64) -> String { "\(nanoseconds / 1_000_000_000) s" }
        let small = bytes(limits.smallBytes)
        let expected = [
            "header fields, path and authority together": bytes(limits.headerBytes),
            "body of `POST /v1/messages`": bytes(WireRoute.submitMessage.bodyLimit),
            "body of `POST /v1/transfers`":
                "\(bytes(WireRoute.transfer.bodyLimit)) (\(grouped(Transfer.maximumSize - Envelope.maximumSize)) and an envelope)",
            "body of `POST /v1/signals`": bytes(WireRoute.signal.bodyLimit),
            "body of a delivery receipt": bytes(DeliveryReceipt.maximumSize),
            "body of `POST /v1/decisions`": bytes(WireRoute.decide.bodyLimit),
            "body of `POST /v1/log/add-checkpoint`": bytes(WireRoute.addCheckpoint.bodyLimit),
            "body of any `GET`": bytes(WireRoute.directory.bodyLimit),
            "TLS handshake": seconds(limits.handshakeTimeout.nanoseconds),
            "a request, from its first byte":
                "\(request) s; then \(request) s behind its last byte, as often as that time brings \(pace) bytes for each second",
            "an answer that the caller does not read on": seconds(limits.stallTimeout.nanoseconds),
            "a connection without a request": seconds(limits.idleTimeout.nanoseconds),
            "requests at a time on one connection": "\(limits.streamsPerConnection) (HTTP/2 setting)",
            "connections of one caller": "\(limits.connectionsPerPeer), or as configured",
            "connections in the handshake":
                "\(grouped(limits.handshakes)), and \(limits.handshakesPerAddress) from one address (IPv6: from one /64)",
            "connections in all":
                "\(grouped(limits.connections)), or what the system's limit on open files leaves room for",
            "bodies and answers of one caller":
                "\(bytes(limits.bufferedBytesPerPeer)); \(grouped(limits.smallBytesPerPeer)) more for those of at most \(small)",
            "bodies and answers of all callers":
                "\(bytes(limits.bufferedBytes)); the last \(grouped(limits.bufferedBytesForSmall)) for those of at most \(small)",
            "flow-control window":
                "\(limits.streamWindow >> 20) MiB a stream, \(limits.connectionWindow >> 20) MiB a connection",
        ]
        let rows = try rows()
        for (limit, value) in expected { #expect(rows[limit] == value, "\(limit)") }
        #expect(Set(rows.keys.filter { !$0.hasPrefix("--") }) == Set(expected.keys))
    }
}
