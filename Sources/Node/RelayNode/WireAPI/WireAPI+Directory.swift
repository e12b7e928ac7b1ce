import AccessPolicy
import CanonicalEncoding
import CoalitionDirectory
import HTTPTypes
import OpenSSLCrypto
import RelayStorage
import RelayTransport
import Relaying
import SecurityLabels
import TransparencyLog

extension WireAPI {
    /// `GET /v1/directory`: every signed sheet as published. Whoever asks verifies them himself.
    func directory(_ request: WireRequest<AuthenticatedPrincipal>) throws -> WireResponse {
        let material = state.material
        try request.reserveAnswer(bytes: material.sheets.reduce(1024) { $0 + $1.bytes.count * 4 / 3 + 64 })
        let sheets = material.sheets.map { sheet -> JSONValue in
            ["partner": .string(sheet.sheet.code.rawValue), "sheet": .string(Base64.encode(sheet.bytes))]
        }
        return json(
            .ok,
            [
                "realm": .string(material.view.node.realm.rawValue), "sheets": .array(sheets),
                "state": .string(material.view.directory.stateHash.hex),
            ]
        )
    }

    /// `GET /v1/communities/{name}`: the mailboxes of the partners that are members now.
    func community(_ name: String) throws -> WireResponse {
        let view = state.view
        let communities = view.policy.policy.communities
        guard let memberships = communities.first(where: { $0.key.rawValue == name })?.value else {
            let known = communities.keys.map(\.rawValue).sorted().joined(separator: ", ")
            throw RelayRefusal(.notFound, code: "no-such-community", detail: "expected one of: \(known)")
        }
        let now = clock()
        let partners = Set(memberships.filter { $0.dates.contains(now) }.map(\.partner.rawValue))
        let mailboxes = view.directory.partners.values
            .filter { partners.contains($0.code.rawValue) }
            .flatMap { sheet in sheet.mailboxes.map { MailboxAddress(partner: sheet.code, mailbox: $0.name) } }
        return json(
            .ok,
            ["community": .string(name), "mailboxes": .array(mailboxes.sorted().map { .string($0.description) })]
        )
    }

    /// `GET /v1/log/checkpoint`: the stable checkpoint with what cosignatures it has, the same for everybody (C2SP tlog-tiles).
    func checkpoint() async throws -> WireResponse {
        guard let stable = try await store.stableCheckpoint() else {
            throw RelayRefusal(.unavailable, code: "starting", detail: "the node has given out no checkpoint yet")
        }
        var response = WireResponse(
            status: .ok,
            contentType: "text/plain; charset=utf-8",
            body: stable.signed.bytes
        )
        response.headers[.cacheControl] = "no-cache"
        return response
    }

    /// `GET /v1/log/tile/L/N[.p/W]`: hashes of the log. The entries themselves are not served.
    func tile(_ path: String) async throws -> WireResponse {
        let tile: TilePath
        do {
            tile = try TilePath(parsing: path)
        } catch {
            throw RelayRefusal(.notFound, code: "no-such-tile", detail: "\(error)")
        }
        guard let bytes = try await store.tile(tile.coordinate, width: tile.width) else {
            throw RelayRefusal(.notFound, code: "no-such-tile", detail: "the log has no tile `\(path)`")
        }
        var response = WireResponse(status: .ok, contentType: "application/octet-stream", body: bytes)
        // A tile of that width is the same for ever (C2SP tlog-tiles); a cache that partners share is not for it.
        response.headers[.cacheControl] = "private, max-age=604800, immutable"
        return response
    }
}
