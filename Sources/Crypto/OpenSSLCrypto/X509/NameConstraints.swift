import COpenSSL

/// Which URI hosts may stand in certificates below an authority (RFC 5280 section 4.2.1.10).
///
/// A host means that host alone; one with a leading dot means every host below it. Constraints on other kinds of names are enforced by
/// libcrypto when a chain is verified, and only counted here.
public struct NameConstraints: Hashable, Sendable {
    /// The permitted URI hosts; when there are any, all others are refused.
    public let permittedURIHosts: [String]
    /// The excluded URI hosts.
    public let excludedURIHosts: [String]
    /// How many constraints there are on names that are not URIs.
    public let otherCount: Int

    /// Reads the extension; nil when it is absent.
    init?(of certificate: OpaquePointer, operation: String) throws(OpenSSLError) {
        let value = try X509Reading.extension("nameConstraints", operation: operation) {
            X509_get_ext_d2i(certificate, NID_name_constraints, $0, nil)
        }
        guard let value else { return nil }
        let constraints = value.assumingMemoryBound(to: NAME_CONSTRAINTS.self)
        defer { NAME_CONSTRAINTS_free(constraints) }
        var otherCount = 0
        permittedURIHosts = try Self.uriHosts(
            constraints.pointee.permittedSubtrees,
            otherCount: &otherCount,
            operation: operation
        )
        excludedURIHosts = try Self.uriHosts(
            constraints.pointee.excludedSubtrees,
            otherCount: &otherCount,
            operation: operation
        )
        self.otherCount = otherCount
    }

    private static func uriHosts(
        _ stack: OpaquePointer?,
        otherCount: inout Int,
        operation: String
    ) throws(OpenSSLError) -> [String] {
        guard let stack else { return [] }
        var hosts: [String] = []
        for index in 0..<max(0, shim_sk_GENERAL_SUBTREE_num(stack)) {
            guard let name = shim_sk_GENERAL_SUBTREE_value(stack, index)?.pointee.base else {
                throw OpenSSLError(operation, because: "extension `nameConstraints` is malformed")
            }
            if name.pointee.type == GEN_URI, let string = shim_GENERAL_NAME_string(name) {
                hosts.append(
                    try AlternativeNames.printableText(X509Reading.bytes(of: string), operation: operation)
                )
            } else {
                otherCount += 1
            }
        }
        return hosts
    }
}
