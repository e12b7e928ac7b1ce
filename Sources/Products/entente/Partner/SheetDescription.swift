import CanonicalEncoding
import CoalitionDirectory
import OpenSSLCrypto

/// Sheets in words.
enum SheetDescription {
    /// Reads what a signed sheet says, without judging the signature.
    static func read(_ bytes: [UInt8], file: String) throws(CommandFailure) -> PartnerSheet {
        do {
            return try PartnerSheet(canonicalJSON: CMSSignedMessage(der: bytes).content)
        } catch {
            throw CommandFailure("`\(file)`: expected a signed sheet: \(error)", next: "get the sheet again")
        }
    }

    static func describe(_ sheet: PartnerSheet) -> String {
        var lines = [
            "\(sheet.code)  \(sheet.name) (\(sheet.kind)), realm \(sheet.realm), trust domain \(sheet.trustDomain)",
            "  version        \(sheet.version), issued \(sheet.issuedAt), in force until \(sheet.nextUpdate)",
            "  follows        \(sheet.previous?.hex ?? "nothing: the first")",
        ]
        for root in sheet.roots { lines.append("  root           \(root.subject), SHA-256 \(root.fingerprint)") }
        for intermediate in sheet.intermediates {
            lines.append("  \(padded(intermediate.role.rawValue + " CA"))\(intermediate.certificate.subject)")
        }
        for list in sheet.revocationLists {
            lines.append(
                "  revocations    \(list.issuer): number \(list.number ?? 0), \(list.revokedSerialNumbers.count) revoked, "
                    + "current until \(Timestamp(secondsSinceEpoch: list.nextUpdate))"
            )
        }
        for node in sheet.nodes { lines.append("  node           \(node.name) at \(node.endpoint), log \(node.log)") }
        for mailbox in sheet.mailboxes {
            lines.append("  mailbox        \(sheet.code)/\(mailbox.name) at \(mailbox.homeNode)")
            lines += mailbox.signingCertificates.map { "    signs with   \(key(of: $0, in: sheet))" }
            lines += mailbox.encryptionCertificates.map { "    opens with   \(key(of: $0, in: sheet))" }
        }
        for officer in sheet.officers {
            lines.append("  officer        \(officer.name)")
            lines += officer.certificates.map { "    signs with   \(key(of: $0, in: sheet))" }
        }
        return lines.joined(separator: "\n")
    }

    private static func key(of certificate: Certificate, in sheet: PartnerSheet) -> String {
        let isRevoked = sheet.revocationLists.contains {
            $0.issuer == certificate.issuer && $0.revokedSerialNumbers.contains(certificate.serialNumber)
        }
        let end = Timestamp(secondsSinceEpoch: certificate.notAfter).date
        return "\(certificate.publicKey), until \(end)\(isRevoked ? ", REVOKED" : "")"
    }

    private static func padded(_ text: String) -> String {
        text + String(repeating: " ", count: max(1, 15 - text.count))
    }
}
