import Foundation
import NodeSupport
import RelayNode
import RelayStorage
import Relaying
import TestSupport
import Testing

/// Rows beside entries whose details are erased, against the sheets that were in force.
@Suite struct ErasedDetailsTests {
    @Test(.timeLimit(.minutes(10)))
    func `whose item and whose receipt a row is cannot be forged behind erased details`() async throws {
        let coalition = try RunningCoalition()
        try await coalition.start("GBR", "FRA")
        let sent = try coalition.seal(from: "GBR/j2-fusion", to: ["FRA/cni"], marking: "GBR SECRET//REL TO FRA//INTREP")
        try await coalition.hand(in: sent)
        _ = try await coalition.eventually { try await coalition.inbox("FRA/cni").isEmpty ? nil : () }
        try await coalition.acknowledge(sent, as: "FRA/cni")
        let came = try coalition.seal(
            from: "FRA/cni",
            to: ["GBR/j2-fusion", "GBR/maritime-desk"],
            marking: "FRA SECRET//REL TO GBR//INTREP"
        )
        try await coalition.hand(in: came)
        let indices = try await coalition.eventually {
            let entries = try await coalition.entries(of: "GBR", .acceptance, .receipt)
            return entries.count == 2 ? entries.map(\.index) : nil
        }
        _ = try await coalition.node("GBR").store.erase(
            ErasureOrder(.entries(IndexRanges(indices)), authority: "a court", reason: "a test")
        )
        #expect(try await coalition.node("GBR").store.verifyLog().findings.isEmpty)
        try await coalition.stopAll()
        let database = coalition.dataFolder(of: "GBR").appendingPathComponent("entente.sqlite")
        let sound = try Data(contentsOf: database)
        for (sql, part) in [
            ("UPDATE inbox SET mailbox = 'x' WHERE mailbox = 'j2-fusion'", "column `mailbox`"),
            (
                "INSERT INTO inbox (mailbox, message, entry_index, received) "
                    + "SELECT 'x', message, entry_index, received FROM inbox LIMIT 1",
                "none more"
            ),
            ("DELETE FROM inbox WHERE mailbox = 'maritime-desk'", "the item of mailbox `maritime-desk` is missing"),
            ("DELETE FROM inbox", "the items of the entry are missing"),
            ("UPDATE receipts SET recipient = 'DEU/lage'", "has not signed"),
            (
                "INSERT INTO receipts SELECT message, 'DEU/lage', bytes, entry_index, received FROM receipts",
                "has another receipt"
            ),
            ("DELETE FROM receipts", "is missing"),
        ] {
            try coalition.tamper("GBR", sql)
            try await coalition.start("GBR")
            let findings = try await coalition.node("GBR").store.verifyLog().findings
            #expect(findings.contains { $0.detail.contains(part) }, "\(sql): \(findings)")
            try await coalition.stopAll()
            for file in ["-wal", "-shm"] {
                let path = database.path + file
                if FileManager.default.fileExists(atPath: path) { try FileManager.default.removeItem(atPath: path) }
            }
            try sound.write(to: database)
        }
    }
}
