import CanonicalEncoding
import CoalitionDirectory
import HTTPTypes
import HummingbirdCore
import NIOCore
import OpenSSLCrypto
import RelayStorage
import Relaying
import TransparencyLog

extension OperatorRoutes {
    /// `GET /v1/status`: who the node is, what is in force, and what waits.
    func status() async throws -> Response {
        let status = try await store.status()
        let description = describe()
        var json = status.members
        json["time"] = .string(clock().rfc3339)
        json["node"] = identity(description)
        json["links"] = .array(description.links.map(\.json))
        if let witnessing = description.witnessing { json["witnessing"] = witnessing.json }
        json["holds"] = .array(try await store.holds().map(\.summary))
        json["forks"] = .array(try await store.forks().map(\.summary))
        json["alarms"] = .array(description.alarms.map(\.json))
        return Response(json: .object(json))
    }

    /// `GET /v1/metrics`: the numbers of the status in the Prometheus text format.
    func metrics() async throws -> Response {
        let metrics = NodeMetrics(
            status: try await store.status(),
            description: describe(),
            forks: try await store.forks(),
            streams: try await store.streamStatus()
        )
        return Response(
            status: .ok,
            headers: [.contentType: MetricsPage.mediaType],
            body: ResponseBody(byteBuffer: ByteBuffer(string: metrics.page.text))
        )
    }

    private func identity(_ description: NodeDescription) -> JSONValue {
        var members: [String: JSONValue] = [
            "id": .string(store.node.id.description),
            "partner": .string(store.node.partner.description),
            "realm": .string(store.node.realm.description),
            "log": .string(store.node.log.rawValue),
            "log-key": .string(store.verifier.verifierKey),
            "policy": .string(description.policy.hex),
            "directory": .string(description.directory.hex),
        ]
        members["endpoint"] = description.endpoint.map { .string($0.description) }
        return .object(members)
    }
}
