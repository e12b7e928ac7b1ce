/// A request for a signed receipt from every recipient, to be sent to one URI (RFC 2634 2.7).
///
///     ReceiptRequest ::= SEQUENCE { signedContentIdentifier OCTET STRING,
///         receiptsFrom [0] IMPLICIT INTEGER (allReceipts is 0), receiptsTo SEQUENCE OF GeneralNames }
public struct ESSReceiptRequest: Hashable, Sendable {
    /// What the receipt repeats, so that the originator can match it.
    public let contentIdentifier: [UInt8]
    /// Where receipts go: a URI in ASCII.
    public let receiptsTo: String

    /// Makes a request; nil unless the identifier is not empty and the URI is printable ASCII.
    public init?(contentIdentifier: [UInt8], receiptsTo: String) {
        guard !contentIdentifier.isEmpty, !receiptsTo.isEmpty,
            receiptsTo.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        else { return nil }
        self.contentIdentifier = contentIdentifier
        self.receiptsTo = receiptsTo
    }

    /// Reads the DER of a request; `malformedAttribute` or an encoding error for anything else.
    public init(der: [UInt8]) throws(CMSFormError) {
        var reader = DERReader(der)
        var fields = try reader.enter(.sequence)
        try reader.finish()
        let identifier = try fields.read(.octetString)
        let receiptsFrom = try fields.read(.contextPrimitive(0))
        var destinations = try fields.enter(.sequence)
        try fields.finish()
        var names = try destinations.enter(.sequence)
        try destinations.finish()
        let uri = try names.read(.contextPrimitive(6))
        try names.finish()
        guard der[receiptsFrom.contents].elementsEqual([0]),
            let text = String(validating: der[uri.contents], as: UTF8.self),
            let request = ESSReceiptRequest(contentIdentifier: Array(der[identifier.contents]), receiptsTo: text)
        else { throw .malformedAttribute("receiptRequest") }
        self = request
    }

    /// The request's one encoding.
    public var der: [UInt8] {
        let uri = DERWriter.element(.contextPrimitive(6), Array(receiptsTo.utf8))
        return DERWriter.sequence(
            of: DERWriter.octetString(contentIdentifier),
            DERWriter.element(.contextPrimitive(0), [0]),
            DERWriter.sequence(of: DERWriter.sequence(of: uri))
        )
    }

    /// The request as a signed attribute.
    public var attribute: CMSAttribute { CMSAttribute(oid: CMSAttribute.receiptRequestOID, der: der) }
}
