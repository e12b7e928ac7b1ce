import CanonicalEncoding
import CoalitionDirectory
import MessageEnvelope
import OpenSSLCrypto
import Relaying
import TransparencyLog

/// Entries one line each, as other programs read them, or people while a log is followed.
enum EntryFormat {
    case text
    case json
    case csv
    case ocsf

    /// Nil for the table that people read; while a log is followed, they read lines, for a table needs its end.
    init?(json: Bool, csv: Bool, ocsf: Bool, isFollowing: Bool) {
        switch (json, csv, ocsf, isFollowing) {
        case (true, _, _, _): self = .json
        case (_, true, _, _): self = .csv
        case (_, _, true, _): self = .ocsf
        case (false, false, false, true): self = .text
        case (false, false, false, false): return nil
        }
    }

    private static let columns = [
        "index", "time", "kind", "outcome", "peer", "message", "destination", "sequence", "reasons", "policy",
    ]

    /// What stands before the first line, with the end of its line.
    var heading: String? { self == .csv ? Self.columns.joined(separator: ",") + "\r\n" : nil }

    /// The entry's line with its end, which is CRLF in CSV (RFC 4180 section 2).
    func line(_ entry: LogEntry) -> String {
        switch self {
        case .text: Self.text(entry.entry) + "\n"
        case .json: entry.json.canonicalText + "\n"
        case .csv: Self.csv(entry.entry).map(Self.quoted).joined(separator: ",") + "\r\n"
        case .ocsf: Self.ocsf(entry).canonicalText + "\n"
        }
    }

    /// What a line of the table has, as far as it can be set without knowing the lines to come.
    private static func text(_ entry: AuditEntry) -> String {
        func padded(_ text: String, _ width: Int) -> String {
            text + String(repeating: " ", count: max(0, width - text.count))
        }
        let fields = [
            padded("\(entry.index)", 8), entry.time.dateTimeGroup, padded(entry.kind.rawValue, 16),
            padded(entry.outcome.rawValue, 8),
            entry.peer.map { QuantityText.identity($0.description) } ?? "-", entry.message?.description ?? "-",
            entry.reasons.isEmpty ? "-" : entry.reasons.joined(separator: ", "),
        ]
        return PrintableText.line(fields.joined(separator: "  "))
    }

    private static func csv(_ entry: AuditEntry) -> [String] {
        [
            "\(entry.index)", entry.time.rfc3339, entry.kind.rawValue, entry.outcome.rawValue,
            entry.peer?.description ?? "", entry.message?.description ?? "", entry.destination?.description ?? "",
            entry.sequence.map { "\($0)" } ?? "", entry.reasons.joined(separator: " "), entry.policy?.hex ?? "",
        ]
    }

    /// RFC 4180; a text that a spreadsheet would take for a formula is kept one by an apostrophe.
    private static func quoted(_ text: String) -> String {
        let isFormula = text.first.map { "=+-@\t\r".contains($0) } ?? false
        let text = isFormula ? "'\(text)" : text
        guard text.contains(where: { ",\"\n\r".contains($0) }) else { return text }
        return "\"" + text.replacing("\"", with: "\"\"") + "\""
    }

    /// OCSF 1.3.0, class API Activity (6003), activity Other: what was asked of the node, by whom, and how it ended.
    private static func ocsf(_ logged: LogEntry) -> JSONValue {
        let entry = logged.entry
        let hasFailed = entry.outcome != .allowed && entry.outcome != .done
        var members: [String: JSONValue] = [
            "activity_id": 99, "activity_name": .string(entry.kind.rawValue),
            "actor": ["user": ["uid": .string(entry.peer?.description ?? "unknown")]],
            "api": ["operation": .string(entry.kind.rawValue), "service": ["name": "entente"]],
            "category_uid": 6, "class_uid": 6003, "type_uid": 600_399,
            "metadata": [
                "log_name": .string(entry.log.rawValue),
                "product": ["name": "Entente", "vendor_name": "Entente"],
                "sequence": .integer(Int64(clamping: entry.index)),
                "uid": .string("\(entry.log.rawValue)#\(entry.index)"), "version": "1.3.0",
            ],
            "severity_id": hasFailed ? 3 : 1,
            "src_endpoint": ["name": .string(entry.peer.map { "\($0.trustDomain)" } ?? "unknown")],
            // The caption of the id; the log's own word for the outcome is `status_code`.
            "status": hasFailed ? "Failure" : "Success", "status_code": .string(entry.outcome.rawValue),
            "status_id": hasFailed ? 2 : 1,
            "time": .integer(entry.time.millisecondsSinceEpoch), "unmapped": ["entry": entry.json],
        ]
        if !entry.reasons.isEmpty { members["status_detail"] = .string(entry.reasons.joined(separator: " ")) }
        return .object(members)
    }
}
