import CanonicalEncoding
import CoalitionDirectory
import MessageEnvelope
import OpenSSLCrypto

extension FuzzTarget {
    static let messages: [FuzzTarget] = [
        FuzzTarget("json", seeds: folders("SecurityLabelsTests", "stix")) { bytes in
            guard let value = accepted({ () throws(JSONError) in try JSONValue.parse(bytes) }) else { return false }
            let canonical = value.canonicalBytes
            let again = promised("what was written can be read") { () throws(JSONError) in
                try JSONValue.parse(canonical, maximumSize: 16 << 20)
            }
            precondition(again == value && again.canonicalBytes == canonical, "a value came back as another one")
            return true
        },
        FuzzTarget("headers", seeds: []) { bytes in
            guard let header = accepted({ () throws(EnvelopeError) in try MessageHeader(canonicalBytes: bytes) })
            else { return false }
            precondition(header.canonicalBytes == bytes, "a header was written otherwise than it was read")
            return true
        },
        FuzzTarget("sheets", seeds: []) { bytes in
            guard let sheet = accepted({ () throws(SheetError) in try PartnerSheet(canonicalJSON: bytes) }) else {
                return false
            }
            precondition(sheet.canonicalBytes == bytes, "a sheet was written otherwise than it was read")
            return true
        },
        FuzzTarget("signed-messages", seeds: []) { bytes in
            accepted { () throws(CMSFormError) in try CMSSignedMessage(der: bytes) } != nil
        },
        FuzzTarget("envelopes", seeds: []) { bytes in
            guard let envelope = accepted({ () throws(EnvelopeError) in try Envelope(bytes: bytes) }) else {
                return false
            }
            precondition(envelope.bytes == bytes, "an envelope was written otherwise than it was read")
            _ = accepted { () throws(EnvelopeError) in try ReceivedEnvelope(envelope) }
            return true
        },
    ]
}
