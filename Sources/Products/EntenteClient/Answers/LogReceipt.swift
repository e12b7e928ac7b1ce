public import CanonicalEncoding
public import CoalitionDirectory
public import MessageEnvelope
public import OpenSSLCrypto
public import TransparencyLog

/// A node's statement about a message, and the proof that its log holds it: an audit entry with a tlog-proof.
///
/// A value is what the node claims. Rely on it after ``verify(log:)`` and after comparing the fields with what should be
/// there, for that some entry is in a log proves nothing.
public struct LogReceipt: Hashable, Sendable {
    /// The exact bytes that the log hashes as a leaf (RFC 6962 section 2.1), canonical JSON.
    public let entryBytes: [UInt8]
    /// The inclusion proof under a signed checkpoint (C2SP tlog-proof).
    public let proof: LogProof

    /// The log that the entry says it is in.
    public let log: LogOrigin
    public let index: UInt64
    /// When the entry was logged.
    public let time: Timestamp
    /// What happened, such as `release`, `acceptance` or `denial`.
    public let kind: String
    /// How it ended, such as `allowed` or `denied`.
    public let outcome: String
    public let realm: Realm
    public let message: MessageID?
    /// The digest of the envelope that it is about.
    public let envelope: SHA256Digest?
    /// The node that the message is released to.
    public let destination: SPIFFEID?
    /// The number of the release in the stream from this log to the destination.
    public let sequence: UInt64?
    /// Reason codes; empty when all went well.
    public let reasons: [String]
    /// The hash of the policy that decided.
    public let policy: SHA256Digest?

    /// Reads an entry and its proof.
    /// - Throws: ``LogReceiptError`` with the code `malformed`; fields that this release does not know are passed over.
    public init(entryBytes: [UInt8], proof: LogProof) throws(LogReceiptError) {
        self.entryBytes = entryBytes
        self.proof = proof
        do {
            let fields = EntryFields(try JSONValue.parseCanonical(entryBytes, maximumSize: 16 << 10, maximumDepth: 4))
            log = try LogOrigin(try fields.text("log"))
            index = try fields.number("index")
            time = try Timestamp(rfc3339: try fields.text("time"))
            kind = try fields.text("kind")
            outcome = try fields.text("outcome")
            realm = try Realm(try fields.text("realm"))
            message = try fields.optional("message") { MessageID($0) }
            envelope = try fields.optional("envelope") { Hex.decode($0).flatMap { SHA256Digest($0) } }
            destination = try fields.optional("destination") { try SPIFFEID($0) }
            sequence = fields.json["sequence"] == nil ? nil : try fields.number("sequence")
            reasons = (fields.json["reasons"]?.arrayValue ?? []).compactMap(\.stringValue)
            policy = try fields.optional("policy") { Hex.decode($0).flatMap { SHA256Digest($0) } }
        } catch let error as LogReceiptError {
            throw error
        } catch {
            throw LogReceiptError(.malformed, "\(error)")
        }
    }

    /// Reads `{"entry": <base 64 of the entry's bytes>, "proof": <tlog-proof text>}`.
    public init(json: JSONValue) throws(LogReceiptError) {
        guard let entry = json["entry"]?.stringValue.flatMap({ Base64.decode($0) }),
            let text = json["proof"]?.stringValue
        else {
            throw LogReceiptError(.malformed, "expected `entry` in base 64 and `proof` as text")
        }
        let proof: LogProof
        do {
            proof = try LogProof(parsing: Array(text.utf8))
        } catch {
            throw LogReceiptError(.malformed, "\(error)")
        }
        try self.init(entryBytes: entry, proof: proof)
    }

    /// The JSON that `init(json:)` reads; to be kept as evidence.
    public var json: JSONValue {
        ["entry": .string(Base64.encode(entryBytes)), "proof": .string(String(decoding: proof.bytes, as: UTF8.self))]
    }

    /// Proves that the log with the key holds exactly these bytes at the index that they name.
    public func verify(log key: LogVerifierKey) throws(LogReceiptError) {
        guard log.rawValue == key.origin, index == proof.index else {
            throw LogReceiptError(
                .wrongLog,
                "expected entry \(proof.index) of log `\(key.origin)`, got entry \(index) of `\(log)`"
            )
        }
        do {
            let verifier = try NoteVerifier(verifierKey: key.text)
            let checkpoint = try proof.verify(leafHash: MerkleTree.leafHash(entryBytes), verifier: verifier)
            guard checkpoint.origin == log else {
                throw LogReceiptError(
                    .wrongLog,
                    "expected a checkpoint of log `\(log)`, got one of `\(checkpoint.origin)`"
                )
            }
        } catch let error as LogReceiptError {
            throw error
        } catch {
            throw LogReceiptError(.notProven, "\(error)")
        }
    }
}

/// Why a receipt proves nothing.
public struct LogReceiptError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The stable reason codes of receipts that prove nothing.
    public enum Code: String, Hashable, Sendable, CaseIterable {
        /// Not an audit entry with a tlog-proof.
        case malformed = "receipt-malformed"
        /// Of another log or another place in it.
        case wrongLog = "receipt-wrong-log"
        /// The proof does not lead to a checkpoint that the log has signed.
        case notProven = "receipt-not-proven"
        /// The entry says something else than what was asked for.
        case wrongEntry = "receipt-wrong-entry"
        /// Something that must be logged has no entry.
        case missing = "receipt-missing"
    }

    public let code: Code
    /// Expected and got.
    public let detail: String

    init(_ code: Code, _ detail: String) {
        self.code = code
        self.detail = detail
    }

    public var description: String { "\(code.rawValue): \(detail)" }
}

/// The members of an entry, typed as they are taken.
private struct EntryFields {
    let json: JSONValue

    init(_ json: JSONValue) { self.json = json }

    func text(_ name: String) throws(LogReceiptError) -> String {
        guard let text = json[name]?.stringValue else {
            throw LogReceiptError(.malformed, "expected `\(name)` as text in the entry")
        }
        return text
    }

    func number(_ name: String) throws(LogReceiptError) -> UInt64 {
        guard let number = json[name]?.integerValue.flatMap({ UInt64(exactly: $0) }) else {
            throw LogReceiptError(.malformed, "expected `\(name)` as a number from 0 in the entry")
        }
        return number
    }

    func optional<Value>(_ name: String, _ parse: (String) throws -> Value?) throws -> Value? {
        guard json[name] != nil else { return nil }
        let text = try text(name)
        guard let value = try parse(text) else {
            throw LogReceiptError(.malformed, "malformed `\(name)` in the entry: `\(text)`")
        }
        return value
    }
}
