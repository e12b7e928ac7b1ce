import CanonicalEncoding
import CoalitionDirectory
import GRDB
import MessageEnvelope
import OpenSSLCrypto
import Relaying
import SecurityLabels
import TransparencyLog

/// Columns as values of the domain; anything else there is damage.
extension Row {
    func time(_ index: Int) throws -> Timestamp {
        Timestamp(millisecondsSinceEpoch: try integer(index))
    }

    func messageID(_ index: Int) throws -> MessageID {
        try required(MessageID(bytes: try bytes(index)), "a message id")
    }

    func digest(_ index: Int) throws -> SHA256Digest {
        try required(SHA256Digest(try bytes(index)), "a digest")
    }

    func objectKind(_ index: Int) throws -> TransferObjectKind {
        try required(TransferObjectKind(rawValue: try text(index)), "an object kind")
    }

    func precedence(_ index: Int) throws -> Precedence {
        try required(Precedence(rawValue: Int(try integer(index))), "a precedence")
    }

    func spiffeID(_ index: Int) throws -> SPIFFEID {
        let text = try text(index)
        do {
            return try SPIFFEID(text)
        } catch {
            throw StoreError.damaged("\(error)")
        }
    }

    func mailboxAddress(_ index: Int) throws -> MailboxAddress {
        let text = try text(index)
        do {
            return try MailboxAddress(text)
        } catch {
            throw StoreError.damaged("\(error)")
        }
    }

    func mailboxName(_ index: Int) throws -> MailboxName {
        let text = try text(index)
        do {
            return try MailboxName(text)
        } catch {
            throw StoreError.damaged("\(error)")
        }
    }

    func origin(_ index: Int) throws -> LogOrigin {
        let text = try text(index)
        do {
            return try LogOrigin(text)
        } catch {
            throw StoreError.damaged("\(error)")
        }
    }

    func entryIndex(_ index: Int) throws -> UInt64 {
        try required(UInt64(exactly: try integer(index)), "an index")
    }

    private func required<Value>(_ value: Value?, _ what: String) throws -> Value {
        guard let value else { throw StoreError.damaged("expected \(what) in the database") }
        return value
    }
}
