/// The ESS security label of a message: policy, classification and privacy mark, without categories (RFC 2634 3.2).
///
///     ESSSecurityLabel ::= SET { security-policy-identifier OBJECT IDENTIFIER,
///         security-classification INTEGER (0..256) OPTIONAL, privacy-mark UTF8String OPTIONAL }
public struct ESSSecurityLabel: Hashable, Sendable {
    /// The security policy's object identifier, with dots.
    public let policyIdentifier: String
    /// 0 unmarked, 1 unclassified, 2 restricted, 3 confidential, 4 secret, 5 top secret; others belong to the policy.
    public let classification: Int?
    /// The marking in words.
    public let privacyMark: String?

    /// Makes a label; nil unless the policy is an object identifier, the classification is 0 to 256 and the mark is
    /// not empty.
    public init?(policyIdentifier: String, classification: Int?, privacyMark: String?) {
        guard ObjectIdentifier(dotted: policyIdentifier) != nil,
            classification.map({ (0...256).contains($0) }) ?? true, privacyMark.map({ !$0.isEmpty }) ?? true
        else { return nil }
        self.policyIdentifier = policyIdentifier
        self.classification = classification
        self.privacyMark = privacyMark
    }

    /// Reads the DER of a label; `malformedAttribute` for any other encoding and for categories.
    public init(der: [UInt8]) throws(CMSFormError) {
        var reader = DERReader(der)
        var fields = try reader.enter(.set)
        try reader.finish()
        let classification = fields.nextTag == .integer ? try fields.readSmallInteger() : nil
        let policy = try fields.readObjectIdentifier()
        let mark = try fields.readIfPresent(.utf8String).map { String(validating: der[$0.contents], as: UTF8.self) }
        try fields.finish()
        if case .some(nil) = mark { throw .malformedAttribute("securityLabel") }
        guard
            let label = ESSSecurityLabel(
                policyIdentifier: "\(policy)",
                classification: classification,
                privacyMark: mark ?? nil
            )
        else { throw .malformedAttribute("securityLabel") }
        self = label
    }

    /// The label's one encoding. The members of a SET stand in the order of their tags (X.690 10.3).
    public var der: [UInt8] {
        var members: [UInt8] = []
        if let classification {
            members += DERWriter.integer(UInt32(classification))
        }
        if let policy = ObjectIdentifier(dotted: policyIdentifier) {
            members += DERWriter.objectIdentifier(policy)
        }
        if let privacyMark {
            members += DERWriter.element(.utf8String, Array(privacyMark.utf8))
        }
        return DERWriter.element(.set, members)
    }

    /// The label as a signed attribute.
    public var attribute: CMSAttribute { CMSAttribute(oid: CMSAttribute.securityLabelOID, der: der) }
}
