import CanonicalEncoding
import CoalitionDirectory
import Foundation
import MessageEnvelope
import OpenSSLCrypto
import RelayStorage
import Relaying
import TransparencyLog

/// A log that a benchmark fills: its node, its key, and entries as a busy node has them.
struct BenchLog: Sendable {
    let folder: String
    private let node: NodeIdentity
    private let signer: NoteSigner

    /// - Parameter folder: the data folder; its key lies beside it, so that a later run can open the log again.
    init(folder: String) throws {
        self.folder = folder
        node = try NodeIdentity(
            partner: PartnerCode("GBR"),
            id: SPIFFEID("spiffe://gbr.example/node/gbr-1"),
            realm: .live
        )
        let file = URL(fileURLWithPath: folder + ".key")
        let key: PrivateKey
        if FileManager.default.fileExists(atPath: file.path) {
            key = try PrivateKey(pem: Array(Data(contentsOf: file)))
        } else {
            key = try PrivateKey.generate(.ed25519)
            try Data(key.pem()).write(to: file)
        }
        signer = try NoteSigner(name: NoteKeyName(node.log), key: key)
    }

    var database: String { folder + "/entente.sqlite" }

    var verifier: NoteVerifier { signer.verifier }

    func open(clock: @escaping @Sendable () -> Timestamp = { .now() }) throws -> RelayStore {
        try RelayStore(folder: folder, node: node, signer: signer, clock: clock)
    }

    /// The entry with that number: denials, refusals and operators' doings of twelve partners.
    static func draft(_ number: Int) throws -> AuditEntryDraft {
        let partners = ["fra", "deu", "jpn", "un", "acme", "usa", "ita", "esp", "nld", "pol", "nor", "can"]
        let partner = partners[number % partners.count]
        let rules = ["noforn", "private-cap", "no-agreement", "releasability", "ceiling", "community"]
        let isDenial = !number.isMultiple(of: 4)
        let time = Timestamp(millisecondsSinceEpoch: 1_795_348_800_000 + Int64(number))
        var randomness = [UInt8](repeating: 0, count: 10)
        withUnsafeBytes(of: UInt64(number)) { randomness.replaceSubrange(2..<10, with: $0) }
        return AuditEntryDraft(
            isDenial ? .denial : number.isMultiple(of: 1000) ? .operatorAction : .refusal,
            isDenial ? .denied : number.isMultiple(of: 1000) ? .done : .refused,
            realm: .live,
            peer: try SPIFFEID("spiffe://\(partner).example/node/\(partner)-1"),
            message: isDenial ? MessageID(time: time, randomness: randomness) : nil,
            object: isDenial ? .message : nil,
            digest: isDenial ? .hash(randomness) : nil,
            envelope: isDenial ? .hash(randomness) : nil,
            reasons: [rules[number / 7 % rules.count]],
            policy: .hash([UInt8(number / 1_000_000 % 256)]),
            directory: .hash([2]),
            details: [
                "originator": .string("\(partner.uppercased())/desk-\(number % 40)"),
                "label": .string(number.isMultiple(of: 3) ? "GBR SECRET//INTREP" : "GBR RESTRICTED//SITREP"),
                "precedence": .string(number.isMultiple(of: 50) ? "FLASH" : "ROUTINE"),
                "detail": .string("expected an agreement that covers the release, got none of the 12 in force"),
            ]
        )
    }
}
