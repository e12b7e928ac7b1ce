import CanonicalEncoding
import CoalitionDirectory
import Hummingbird
import HummingbirdCore
import RelayStorage
import Relaying

extension OperatorRoutes {
    /// `GET /v1/audit/tally`: what one window of the log says in numbers, and where counting goes on.
    ///
    /// The query is that of `GET /v1/audit/entries`, with `by`, the period of the histogram, and `partner-code` and
    /// `partner-domain`, the partner whose part in each entry counts.
    func tally(_ query: QueryFields) async throws -> Response {
        var query = query
        let periods = HistogramPeriod.allCases.map { "`\($0.rawValue)`" }.joined(separator: ", ")
        let period = try query.one("by", expected: "one of \(periods)", HistogramPeriod.init(rawValue:))
        let partner = PartnerName(
            code: try query.one("partner-code", expected: "the code of a partner") { text in
                do {
                    return try PartnerCode(text)
                } catch {
                    return nil
                }
            },
            domain: try query.one("partner-domain", expected: "a trust domain") { text in
                do {
                    return try TrustDomain(text)
                } catch {
                    return nil
                }
            }
        )
        let isAboutPartner = partner.code != nil || partner.domain != nil
        let page = try await store.tally(
            TallyQuery(
                filter: try EntryFilter(query),
                period: period ?? .day,
                partner: isAboutPartner ? partner : nil
            )
        )
        return Response(json: page.json)
    }

    /// `GET /v1/partners`: the partners of the directory, and those that the log knows besides.
    func partners() async throws -> Response {
        var partners = describe().partners
        for known in try await store.partnerNames() where !partners.contains(where: { $0.domain == known.domain }) {
            partners.append(known)
        }
        return Response(
            json: [
                "own": .string(store.node.id.trustDomain.rawValue),
                "partners": .array(partners.sorted { $0.text < $1.text }.map(\.json)),
            ]
        )
    }
}
