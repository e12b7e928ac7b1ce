import CanonicalEncoding
import CoalitionDirectory
import Hummingbird
import HummingbirdCore
import RelayStorage
import Relaying
import TransparencyLog

extension OperatorRoutes {
    /// `GET /v1/audit/streams`: the streams to this node, and what is or was missing from them.
    func streams() async throws -> Response {
        Response(json: try await store.streamStatus().json)
    }

    /// `GET /v1/audit/streams/entries`: what this log says of the streams with one other node, each entry proven.
    func streamEntries(_ query: QueryFields) async throws -> Response {
        var query = query
        let peer = try query.one("peer", expected: "a SPIFFE ID") { text in
            do {
                return try SPIFFEID(text)
            } catch {
                return nil
            }
        }
        let after = try query.one("after", expected: "an index") { UInt64($0) }
        let limit = try query.one("limit", expected: "a number from 1 to 1000") { text in
            Int(text).flatMap { (1...1000).contains($0) ? $0 : nil }
        }
        let ended = try query.one("ended", expected: "`true` or `false`") { Bool($0) }
        try query.finish()
        guard let peer else { throw OperatorProblem.malformed("expected `peer`, a SPIFFE ID") }
        let links = try await store.streamLinks(
            with: peer,
            ended: ended ?? false,
            after: after,
            limit: limit ?? 100
        )
        return Response(json: ["links": .array(links.map(\.json))])
    }

    /// `POST /v1/audit/gaps/close`: says of missing numbers that nothing will come of them, which ends their alarm.
    func closeGaps(_ request: Request, by person: OperatorPerson) async throws -> Response {
        try await checkIsOperator(person, to: "close gap")
        let json = try await body(of: request)
        let origin: SPIFFEID
        do {
            origin = try SPIFFEID(json["origin"]?.stringValue ?? "")
        } catch {
            throw OperatorProblem.malformed("expected `origin`, the SPIFFE ID of a node: \(error)")
        }
        guard let first = json["first"]?.integerValue.flatMap({ UInt64(exactly: $0) }),
            let last = json["last"]?.integerValue.flatMap({ UInt64(exactly: $0) }), first >= 1, first <= last
        else { throw OperatorProblem.malformed("expected `first` and `last`, numbers of a stream from 1") }
        let entries = try await store.closeGaps(
            first...last,
            from: origin,
            authority: try Self.words("authority", json),
            reason: try Self.words("reason", json),
            persons: [person.json]
        )
        return Response(json: ["entries": .array(entries.map { .integer(Int64(clamping: $0)) })])
    }
}
