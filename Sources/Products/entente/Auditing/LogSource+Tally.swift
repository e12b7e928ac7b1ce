import CanonicalEncoding
import CoalitionDirectory
import RelayStorage
import Relaying
import TransparencyLog

extension LogSource {
    /// Counts all that the query asks for, one short read after the other.
    func tally(_ query: TallyQuery, on terminal: Terminal) async throws(CommandFailure) -> LogTally {
        var query = query
        var tally = LogTally(by: query.period)
        var progress = ProgressLine(on: terminal)
        defer { progress.end() }
        while true {
            let page = try await page(query)
            tally.add(page.tally)
            guard let next = page.next else { return tally }
            query.filter.after = next
            progress.show("entry \(next), \(tally.entries) counted")
        }
    }

    private func page(_ query: TallyQuery) async throws(CommandFailure) -> TallyPage {
        switch self {
        case .node(let client):
            var fields = query.filter.query + [(name: "by", value: query.period.rawValue)]
            if let code = query.partner?.code { fields.append((name: "partner-code", value: code.rawValue)) }
            if let domain = query.partner?.domain { fields.append((name: "partner-domain", value: domain.rawValue)) }
            let answer = try AnswerFields(try await client.get("/v1/audit/tally", query: fields), "the tally")
            do {
                return TallyPage(
                    tally: try LogTally(json: try answer.json("tally")),
                    next: try answer.optionalIndex("next")
                )
            } catch let failure as CommandFailure {
                throw failure
            } catch {
                throw Self.notUnderstood("\(error)")
            }
        case .copy(let copy, let file):
            do {
                return try copy.tally(query)
            } catch {
                throw Self.failure(error, file: file)
            }
        }
    }

    /// The trust domain of the log's node, and the partners that are known where the log is.
    func partners() async throws(CommandFailure) -> (own: String, partners: [PartnerName]) {
        switch self {
        case .node(let client):
            let json = try await client.get("/v1/partners")
            let answer = try AnswerFields(json, "the partners")
            var partners: [PartnerName] = []
            for partner in json["partners"]?.arrayValue ?? [] {
                do {
                    partners.append(try PartnerName(json: partner))
                } catch {
                    throw Self.notUnderstood("\(error)")
                }
            }
            return (try answer.text("own"), partners)
        case .copy(let copy, let file):
            do {
                return (String(copy.origin.prefix { $0 != "/" }), try copy.partnerNames())
            } catch {
                throw Self.failure(error, file: file)
            }
        }
    }

    /// The times of the first and the last entry between the filter's bounds of time and index; nil when there is none.
    func span(of filter: EntryFilter) async throws(CommandFailure) -> (log: String, first: Timestamp, last: Timestamp)?
    {
        var ends: [LogEntry] = []
        for isReversed in [false, true] {
            let bounds = EntryFilter(
                since: filter.since,
                until: filter.until,
                after: filter.after,
                before: filter.before,
                isReversed: isReversed,
                limit: 1
            )
            ends += try await entries(bounds).entries
        }
        guard let first = ends.first?.entry, let last = ends.last?.entry else { return nil }
        return (first.log.rawValue, min(first.time, last.time), max(first.time, last.time))
    }

    private static func notUnderstood(_ detail: String) -> CommandFailure {
        CommandFailure(
            "the node's answer is not understood: \(detail)",
            next: "see that command and node are of the same release"
        )
    }
}
