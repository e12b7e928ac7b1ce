import CoalitionDirectory
import Foundation
import NodeSupport
import RelayTransport
import Relaying

extension RogueLog {
    /// A statement to the other end of a stream, with the entry that the log holds of it.
    mutating func signal(_ content: StreamStatement.Content, to listener: SPIFFEID) throws -> StreamSignal {
        let statement: StreamStatement
        if case .gapRequest = content {
            statement = StreamStatement(origin: listener, destination: node, content)
        } else {
            statement = StreamStatement(origin: node, destination: listener, content)
        }
        let draft = AuditEntryDraft(
            statement.kind,
            .done,
            realm: .live,
            peer: listener,
            digest: statement.digest,
            destination: listener
        )
        return StreamSignal(link: try append(draft), statement: statement)
    }
}

extension WireClient {
    /// Brings a word about a stream, as a node does.
    func signal(_ signal: StreamSignal) async throws -> WireResponse {
        try await post("/v1/signals", StreamSignal.mediaType, signal.bytes)
    }

    /// Brings a message.
    func transfer(_ links: [TransferLink], _ message: [UInt8]) async throws -> WireResponse {
        try await transfer(links, .message, message)
    }
}

extension RunningCoalition {
    /// Changes the database of a node that has stopped, as somebody does who can write the file.
    func edit(_ code: String, _ sql: String) throws {
        try edit(file: dataFolder(of: code).appendingPathComponent("entente.sqlite").path, sql)
    }

    /// Changes a copy of a database.
    func edit(file: String, _ sql: String) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["sqlite3", file, "PRAGMA ignore_check_constraints = ON; \(sql)"]
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw Unexpected("sqlite3 does not take `\(sql)`") }
    }
}
