import CanonicalEncoding
import CoalitionDirectory
import MessageEnvelope
import OpenSSLCrypto
import RelayStorage
import SecurityLabels

extension InboxItem {
    /// One line of an inbox as its mailbox gets it.
    var json: JSONValue {
        get throws {
            let header = try StoredHeader(der: header).header
            return [
                "body-size": .integer(Int64(bodySize)),
                "date-time": .string(header.dateTime.rfc3339),
                "digest": .string(envelope.hex),
                "expires": .string(expires.rfc3339),
                "marking": .string(header.label.marking),
                "message": .string(message.description),
                "originator": .string(originator.description),
                "precedence": .string(precedence.name),
                "receipted": .bool(isReceipted),
                "received": .string(received.rfc3339),
                "sequence": .integer(sequence),
            ]
        }
    }
}
