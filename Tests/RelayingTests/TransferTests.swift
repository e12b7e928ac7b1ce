import CanonicalEncoding
import CoalitionDirectory
import MessageEnvelope
import OpenSSLCrypto
import Testing
import TransparencyLog

@testable import Relaying

@Suite struct TransferTests {
    let scene: Scene
    let transfer: Transfer

    init() throws {
        scene = try Scene()
        let received = try scene.message(to: ["FRA/cni"])
        let draft = AuditEntryDraft(.release, .allowed, realm: .live, digest: received.digest)
        var log = try LogFixture("gbr-1", in: scene)
        transfer = Transfer(links: [try log.link(draft, sequence: 1)], object: .message(received))
    }

    private func parse(_ edit: (inout [String: JSONValue]) -> Void) throws -> Transfer {
        let bytes = transfer.bytes
        let end = try #require(bytes.firstIndex(of: 0x0A))
        var members = try #require(JSONValue.parse(Array(bytes[..<end])).objectValue)
        edit(&members)
        return try Transfer(bytes: JSONValue.object(members).canonicalBytes + bytes[end...])
    }

    @Test func `a transfer of every kind of object comes back`() throws {
        let received = try scene.message(to: ["FRA/cni"])
        let report = NonDelivery(
            message: received.header.id,
            envelope: received.digest,
            destination: try Scene.node("fra-hub"),
            reason: "expired",
            time: scene.time
        )
        let objects: [TransferObject] = [
            .message(received), .deliveryReceipt(try scene.receipt(for: received, by: "FRA/cni")), .nonDelivery(report),
        ]
        for object in objects {
            let sent = Transfer(links: transfer.links + transfer.links, object: object)
            let again = try Transfer(bytes: sent.bytes)
            #expect(again.links == sent.links)
            #expect(again.object.kind == object.kind)
            #expect(again.object.bytes == object.bytes)
            #expect(again.object.digest == object.digest)
            #expect(again.bytes == sent.bytes)
        }
    }

    @Test func `every truncation is refused`() {
        let bytes = transfer.bytes
        for count in stride(from: 0, to: bytes.count, by: 11) {
            #expect(throws: RelayRefusal.self) { try Transfer(bytes: Array(bytes[..<count])) }
        }
        #expect(throws: RelayRefusal.self) { try Transfer(bytes: bytes.dropLast()) }
        #expect(throws: RelayRefusal.self) { try Transfer(bytes: bytes + [0]) }
    }

    @Test func `a manifest that differs from the one form is refused`() throws {
        #expect(throws: Never.self) { try parse { _ in } }
        for name in ["links", "object", "version"] {
            expectRefusal("malformed-transfer", .invalid) { try parse { $0[name] = nil } }
            expectRefusal("malformed-transfer") { try parse { $0[name] = .null } }
        }
        expectRefusal("malformed-transfer") { try parse { $0["note"] = "x" } }
        expectRefusal("malformed-transfer") { try parse { $0["version"] = 2 } }
        expectRefusal("malformed-transfer") { try parse { $0["object"] = "letter" } }
        expectRefusal("malformed-transfer") { try parse { $0["links"] = [] } }
        expectRefusal("malformed-transfer") { try Transfer(bytes: [0x20] + transfer.bytes) }
        let long = [UInt8](repeating: 0x20, count: Transfer.maximumManifestSize + 1)
        expectRefusal("malformed-transfer") { try Transfer(bytes: long + transfer.bytes) }
    }

    @Test func `more links than four are refused`() throws {
        let link = transfer.links[0].json
        #expect(try parse { $0["links"] = .array([link, link, link, link]) }.links.count == 4)
        expectRefusal("too-many-hops") { try parse { $0["links"] = .array([link, link, link, link, link]) } }
    }

    @Test func `a link of another form is refused`() throws {
        let link = try #require(transfer.links[0].json.objectValue)
        let edits: [(inout [String: JSONValue]) -> Void] = [
            { $0["entry"] = nil }, { $0["proof"] = nil }, { $0["note"] = "x" }, { $0["entry"] = "" },
            { $0["entry"] = "!" }, { $0["entry"] = .string(Base64.encode(Array("{}".utf8))) }, { $0["proof"] = "" },
            { $0["proof"] = .string((link["proof"]?.stringValue ?? "") + "x") }, { $0["proof"] = 1 },
        ]
        for edit in edits {
            var changed = link
            edit(&changed)
            expectRefusal("malformed-transfer") { try parse { $0["links"] = .array([.object(changed)]) } }
        }
    }

    @Test func `an object of another kind than the manifest says is refused`() {
        expectRefusal("malformed-receipt") { try parse { $0["object"] = "non-delivery" } }
    }

    @Test func `a report of non-delivery has one form`() throws {
        let report = NonDelivery(
            message: try MessageID.generate(at: scene.time),
            envelope: .hash([1]),
            destination: try Scene.node("fra-hub"),
            reason: "no-route",
            time: scene.time,
            refusal: transfer.links[0]
        )
        #expect(try NonDelivery(canonicalBytes: report.canonicalBytes) == report)
        func parse(_ edit: (inout [String: JSONValue]) -> Void) throws -> NonDelivery {
            var members = try #require(JSONValue.parse(report.canonicalBytes).objectValue)
            edit(&members)
            return try NonDelivery(canonicalBytes: JSONValue.object(members).canonicalBytes)
        }
        for name in ["destination", "envelope", "message", "reason", "time", "version"] {
            for value in [nil, JSONValue.null, "", 7] {
                #expect(throws: EnvelopeError.self) { try parse { $0[name] = value } }
            }
        }
        #expect(throws: EnvelopeError.self) { try parse { $0["note"] = "x" } }
        #expect(try parse { $0["refusal"] = nil }.refusal == nil)
        for value: JSONValue in [.null, "", 7, [:], ["entry": "AAAA", "proof": "x"]] {
            #expect(throws: EnvelopeError.self) { try parse { $0["refusal"] = value } }
        }
        #expect(throws: EnvelopeError.self) {
            try parse { $0["refusal"] = ["entry": .string(String(repeating: "A", count: 70_000)), "proof": ""] }
        }
        for reason in ["Expired", "a b", "a\n", String(repeating: "a", count: 65), "é"] {
            #expect(throws: EnvelopeError.self) { try parse { $0["reason"] = .string(reason) } }
        }
        for count in report.canonicalBytes.indices {
            #expect(throws: EnvelopeError.self) {
                try NonDelivery(canonicalBytes: Array(report.canonicalBytes[..<count]))
            }
        }
    }
}
