import CanonicalEncoding
import CoalitionDirectory
import GRDB
import OpenSSLCrypto
import Relaying

extension PartnerName {
    /// The partners that the log knows by their trust domains, with the codes that the kept sheets and its entries give them.
    ///
    /// Few entries are read of each: a log of many millions answers at once.
    static func fetchAll(in database: Database) throws -> [PartnerName] {
        var codes = try listed(in: database)
        var domains = Set(codes.keys)
        let origin = try LogKeeping.value(LogKeeping.originKey, in: database) ?? ""
        let own = try SPIFFEID("spiffe://\(origin)").trustDomain
        domains.insert(own)
        for destination in try distinct("destination", where: "sequence IS NOT NULL", in: database) {
            domains.insert(destination.trustDomain)
            guard codes[destination.trustDomain] == nil else { continue }
            let details = try firstDetails(
                "e.sequence IS NOT NULL AND e.destination = ? AND +e.kind = 'release'",
                destination.description,
                in: database
            )
            // All recipients of a release are at its destination.
            let recipient = details?["decisions"]?.arrayValue?.first?["recipient"]?.stringValue
            codes[destination.trustDomain] = code(ofMailbox: recipient)
            if codes[own] == nil { codes[own] = code(ofMailbox: details?["originator"]?.stringValue) }
        }
        for peer in try distinct("peer", where: "peer IS NOT NULL", in: database) {
            domains.insert(peer.trustDomain)
            guard codes[peer.trustDomain] == nil, peer.kind == .node else { continue }
            let details = try firstDetails("e.peer = ? AND +e.kind = 'acceptance'", peer.description, in: database)
            let request = details?["decisions"]?.arrayValue?.first?["steps"]?.arrayValue?.first?["request"]
            // Whoever brings a message is its origin, or the hub on its way.
            codes[peer.trustDomain] = code((request?["hub"] ?? request?["origin"])?.stringValue)
            if codes[own] == nil {
                codes[own] = code(ofMailbox: details?["decisions"]?.arrayValue?.first?["recipient"]?.stringValue)
            }
        }
        return domains.sorted().map { PartnerName(code: codes[$0], domain: $0) }
    }

    /// As the kept sheets have it, those of now and of before.
    private static func listed(in database: Database) throws -> [TrustDomain: PartnerCode] {
        guard try database.tableExists("sheets") else { return [:] }
        var codes: [TrustDomain: PartnerCode] = [:]
        for row in try database.all("SELECT bytes FROM sheets ORDER BY rowid") {
            do {
                let sheet = try PartnerSheet(canonicalJSON: try CMSSignedMessage(der: try row.bytes(0)).content)
                codes[sheet.trustDomain] = sheet.code
            } catch let error as DatabaseError {
                throw error
            } catch {
                // What is wrong with a kept sheet, verification says; the entries may know the partner too.
                continue
            }
        }
        return codes
    }

    /// The different identities of a column, each found by one step into its index.
    private static func distinct(
        _ column: String,
        where condition: String,
        in database: Database
    ) throws -> [SPIFFEID] {
        try database.all(
            """
            WITH RECURSIVE found (value) AS (
                SELECT min(\(column)) FROM entries WHERE \(condition)
                UNION ALL
                SELECT (SELECT min(\(column)) FROM entries WHERE \(condition) AND \(column) > f.value)
                FROM found f WHERE f.value IS NOT NULL
            )
            SELECT value FROM found WHERE value IS NOT NULL
            """
        ).map { try $0.spiffeID(0) }
    }

    /// The details of the first entry about a message, among the first thousand that an index finds.
    private static func firstDetails(
        _ condition: String,
        _ argument: String,
        in database: Database
    ) throws -> JSONValue? {
        let row = try database.first(
            """
            SELECT d.bytes FROM (SELECT e.idx, e.bytes FROM entries e WHERE \(condition) LIMIT 1000) f
            JOIN entry_details d ON d.idx = f.idx
            WHERE instr(f.bytes, CAST('"object":"message"' AS BLOB)) > 0 LIMIT 1
            """,
            argument
        )
        guard let row else { return nil }
        do {
            return try JSONValue.parse(try row.bytes(0))
        } catch is JSONError {
            return nil
        }
    }

    private static func code(ofMailbox text: String?) -> PartnerCode? {
        code(text.map { String($0.prefix { $0 != "/" }) })
    }

    private static func code(_ text: String?) -> PartnerCode? {
        guard let text else { return nil }
        do {
            return try PartnerCode(text)
        } catch {
            return nil
        }
    }
}
