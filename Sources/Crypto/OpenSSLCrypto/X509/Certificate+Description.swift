import COpenSSL
import Glibc

extension Certificate {
    /// The certificate in words, one fact a line, for people to read and compare.
    public func describe() -> String {
        var lines = ["\(kind) for \(subject)"]
        func add(_ name: String, _ text: String?) {
            guard let text, !text.isEmpty else { return }
            lines.append("  " + name + String(repeating: " ", count: max(1, 18 - name.count)) + text)
        }
        add("identity", uris.joined(separator: ", "))
        add("DNS names", dnsNames.joined(separator: ", "))
        add("issued by", isSelfIssued ? "itself" : issuer)
        add("serial number", serialNumber)
        add("valid", "\(Self.text(notBefore)) to \(Self.text(notAfter))")
        add("key", "\(publicKey.algorithm.rawValue), identifier \(publicKey.keyIdentifier)")
        if let claimed = subjectKeyIdentifier, claimed != publicKey.keyIdentifier {
            add("claimed identifier", "\(claimed), which is not the key's own")
        }
        add("issuer's key", authorityKeyIdentifier?.hex)
        add("key usage", keyUsage?.description ?? "not stated")
        add("purposes", extendedKeyUsage?.map(\.description).joined(separator: ", ") ?? "not stated")
        add("bound to hosts", nameConstraints?.permittedURIHosts.joined(separator: ", "))
        add("never for hosts", nameConstraints?.excludedURIHosts.joined(separator: ", "))
        add("signed with", signatureAlgorithm.description)
        add("SHA-256", fingerprint.hex)
        return lines.joined(separator: "\n") + "\n"
    }

    private var kind: String {
        guard isCertificateAuthority else { return "Certificate" }
        let root = isSelfIssued ? "Root authority" : "Authority"
        switch pathLength {
        case nil: return root
        case 0?: return "\(root) (of end entities only)"
        case let limit?: return "\(root) (at most \(limit) below each other)"
        }
    }

    /// A time as `2026-11-22 00:00:00 UTC`.
    private static func text(_ unixSeconds: Int64) -> String {
        var time = time_t(unixSeconds)
        var fields = tm()
        guard gmtime_r(&time, &fields) != nil else { return "\(unixSeconds) seconds after 1970" }
        func padded(_ number: Int32, _ width: Int = 2) -> String {
            let digits = String(number)
            return String(repeating: "0", count: max(0, width - digits.count)) + digits
        }
        let date = "\(padded(fields.tm_year + 1900, 4))-\(padded(fields.tm_mon + 1))-\(padded(fields.tm_mday))"
        return date + " \(padded(fields.tm_hour)):\(padded(fields.tm_min)):\(padded(fields.tm_sec)) UTC"
    }
}
