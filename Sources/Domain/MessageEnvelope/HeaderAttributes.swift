import CoalitionDirectory
import OpenSSLCrypto
import SecurityLabels

extension MessageHeader {
    /// The object identifier of Entente's label syntax in the ESS security label: a UUID under 2.25 (ITU-T X.667).
    static let labelPolicyOID = "2.25.285842358403074529353110706513227731808"

    /// The signed attributes that the header's JSON determines: the ESS security label (RFC 2634 section 3) and the
    /// receipt request (section 2), in that order.
    ///
    /// The JSON is authoritative. Every hop derives these bytes again and refuses a difference, so that tools that
    /// read only the attributes can never be told something else than the relay decided on. The label's classification
    /// number is left out: it would be arithmetic on levels, and the marking says it in the owner's own words.
    func signedAttributes(originator: SPIFFEID) throws(EnvelopeError) -> [CMSAttribute] {
        let label = ESSSecurityLabel(
            policyIdentifier: Self.labelPolicyOID,
            classification: nil,
            privacyMark: label.marking
        )
        let request = ESSReceiptRequest(
            contentIdentifier: Array(id.description.utf8),
            receiptsTo: originator.description
        )
        guard let label, let request else {
            throw EnvelopeError(.attributeMismatch, "the header does not fit into the attributes of RFC 2634")
        }
        return [label.attribute, request.attribute]
    }
}
