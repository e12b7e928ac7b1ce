import CanonicalEncoding
import CoalitionDirectory
import MessageEnvelope
import OpenSSLCrypto
import Relaying
import TransparencyLog

/// Entries as other programs read them, one line each.
enum EntryFormat {
    case json
    case csv
    case ocsf

    /// Nil for the table that people read; while a log is followed, that is JSON too, for a table needs its end.
    init?(json: Bool, csv: Bool, ocsf: Bool, isFollowing: Bool) {
        switch (csv, ocsf, json || isFollowing) {
        case (true, _, _): self = .csv
        case (_, true, _): self = .ocsf
        case (_, _, true): self = .json
        case (false, false, false): return nil
        }
    }

    private static let columns = [
        "index", "time", "kind", "outcome", "peer", "message", "destination", "sequence", "reasons", "policy",
    ]

    /// What stands before the first line.
    var heading: String? { self == .csv ? Self.columns.joined(separator: ",") : nil }

    func line(_ entry: LogEntry) -> String {
        switch self {
        case .json: entry.json.canonicalText
        case .csv: Self.csv(entry.entry).map(Self.quoted).joined(separator: ",")
        case .ocsf: Self.ocsf(entry).canonicalText
        }
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
            "status": .string(entry.outcome.rawValue), "status_id": hasFailed ? 2 : 1,
            "time": .integer(entry.time.millisecondsSinceEpoch), "unmapped": ["entry": entry.json],
        ]
        if !entry.reasons.isEmpty { members["status_detail"] = .string(entry.reasons.joined(separator: " ")) }
        return .object(members)
    }
}
