/// The signed attributes of the one signer, each known to be expected, single and in DER order (RFC 5652 5.3, 11).
struct SignedAttributes: Sendable {
    /// The whole `[0]` element in the message.
    let range: Range<Int>
    /// Types and the elements of their values, in the order of the message.
    let entries: [(type: ObjectIdentifier, value: DERElement)]

    /// The attributes that every signature carries.
    private static let required: [ObjectIdentifier] = [
        .contentType, .messageDigest, .signingTime, .signingCertificateV2,
    ]

    /// Reads the set at the cursor; only the required attributes and those in `permittedExtra` are accepted.
    init(
        reading reader: inout DERReader,
        of der: [UInt8],
        permittedExtra: Set<ObjectIdentifier>
    ) throws(CMSFormError) {
        guard let set = try reader.readIfPresent(.context(0)) else { throw .signedAttributesMissing }
        var attributes = reader.enter(set)
        var entries: [(type: ObjectIdentifier, value: DERElement)] = []
        var previous: Range<Int>?
        while !attributes.isAtEnd {
            let attribute = try attributes.read(.sequence)
            var fields = attributes.enter(attribute)
            let type = try fields.readObjectIdentifier()
            guard !entries.contains(where: { $0.type == type }) else { throw .duplicateAttribute(Self.name(of: type)) }
            guard Self.required.contains(type) || permittedExtra.contains(type) else {
                throw .unexpectedAttribute(Self.name(of: type))
            }
            var values = try fields.enter(.set)
            try fields.finish()
            guard !values.isAtEnd else { throw .attributeValueCount(Self.name(of: type), 0) }
            let value = try values.readElement()
            var count = 1
            while !values.isAtEnd {
                _ = try values.readElement()
                count += 1
            }
            guard count == 1 else { throw .attributeValueCount(Self.name(of: type), count) }
            if let previous, !der[previous].lexicographicallyPrecedes(der[attribute.range]) {
                throw .setOutOfOrder(of: "signed attributes")
            }
            previous = attribute.range
            entries.append((type, value))
        }
        range = set.range
        self.entries = entries
    }

    /// The value of an attribute that must be there.
    func value(of type: ObjectIdentifier) throws(CMSFormError) -> DERElement {
        guard let entry = entries.first(where: { $0.type == type }) else {
            throw .missingAttribute(Self.name(of: type))
        }
        return entry.value
    }

    /// The contents of the value of an attribute that must be there and carry `tag`.
    func contents(of type: ObjectIdentifier, tag: DERTag) throws(CMSFormError) -> Range<Int> {
        let value = try value(of: type)
        guard value.tag == tag else { throw .malformedAttribute(Self.name(of: type)) }
        return value.contents
    }

    /// What an attribute is called in errors.
    static func name(of type: ObjectIdentifier) -> String {
        switch type {
        case .contentType: "contentType"
        case .messageDigest: "messageDigest"
        case .signingTime: "signingTime"
        case .signingCertificateV2: "signingCertificateV2"
        case .securityLabel: "securityLabel"
        case .receiptRequest: "receiptRequest"
        case .messageSignatureDigest: "msgSigDigest"
        default: "`\(type)`"
        }
    }
}
