import CanonicalEncoding
import Hummingbird
import HummingbirdCore
import MessageEnvelope
import NIOCore
import OpenSSLCrypto
import RelayStorage

extension OperatorRoutes {
    /// `GET /v1/messages/{id}/evidence`: what this node can show of a message, and all that it rests on, without bodies.
    func evidence(_ parameters: Parameters) async throws -> Response {
        let id = try messageID(parameters)
        guard let evidence = try await store.evidence(of: id) else { throw OperatorProblem.noSuchMessage(id) }
        return Response(json: evidence.json)
    }

    /// `GET /v1/messages/{id}/bodies/{envelope}`: the encrypted body of the message with the envelope's digest.
    func body(_ parameters: Parameters) async throws -> Response {
        let id = try messageID(parameters)
        let text = parameters.get("envelope") ?? ""
        guard let envelope = Hex.decode(text).flatMap({ SHA256Digest($0) }) else {
            throw OperatorProblem.malformed("expected the SHA-256 digest of an envelope in hexadecimal, got `\(text)`")
        }
        guard let body = try await store.body(of: id, envelope: envelope) else { throw OperatorProblem.noSuchBody(id) }
        return Response(
            status: .ok,
            headers: [.contentType: "application/octet-stream"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: body))
        )
    }

    func messageID(_ parameters: Parameters) throws -> MessageID {
        let text = parameters.get("id") ?? ""
        guard let id = MessageID(text) else {
            throw OperatorProblem.malformed("expected a message id, a UUID of version 7, got `\(text)`")
        }
        return id
    }
}
