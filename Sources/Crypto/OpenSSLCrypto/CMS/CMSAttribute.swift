/// One signed attribute with its one value (RFC 5652 5.3).
public struct CMSAttribute: Hashable, Sendable {
    /// The attribute's type, with dots.
    public let oid: String
    /// The DER of the one `AttributeValue`.
    public let der: [UInt8]

    /// An attribute of this type with the value whose DER this is; whoever signs it checks both.
    public init(oid: String, der: [UInt8]) {
        self.oid = oid
        self.der = der
    }

    /// The type of the ESS security label (RFC 2634 3.2).
    public static let securityLabelOID = "1.2.840.113549.1.9.16.2.2"
    /// The type of the ESS receipt request (RFC 2634 2.7).
    public static let receiptRequestOID = "1.2.840.113549.1.9.16.2.1"
}
