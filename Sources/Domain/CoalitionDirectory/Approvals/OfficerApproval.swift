public import CanonicalEncoding
public import OpenSSLCrypto

/// An officer's signed statement that a policy may be put in force.
///
/// The statement is canonical JSON in a CMS SignedData: `format`, `statement`, `hash`, `tests` where there are any,
/// `officer` (a SPIFFE ID), `realm` and `time`, which is the signing time as well.
///
/// INVARIANT: the only way to a value of this type is ``verify(_:by:at:)``.
public struct OfficerApproval: Hashable, Sendable {
    /// The CMS SignedData as the officer has made it.
    public let bytes: [UInt8]
    public let text: ApprovedText
    public let partner: PartnerCode
    public let officer: PersonName
    /// The certificate that it was signed with.
    public let certificate: Certificate
    public let time: Timestamp

    /// `GBR/release-1`.
    public var signer: String { "\(partner)/\(officer)" }

    private static let maximumSize = 16 << 10
    /// How far clocks may differ, in seconds.
    private static let clockSkew = CertificateProfile.backdating

    /// Signs a statement with an officer's certificate, whose one URI names the officer.
    public static func sign(
        _ text: ApprovedText,
        realm: Realm,
        at time: Timestamp,
        certificate: Certificate,
        key: PrivateKey
    ) throws -> [UInt8] {
        let id = try Directory.identity(of: certificate)
        guard id.kind == .officer else {
            throw ApprovalError("expected an officer's certificate, got that of `\(id)`")
        }
        var members: [String: JSONValue] = [
            "format": 1,
            "statement": .string(text.kind.rawValue),
            "hash": .string(text.hash.hex),
            "officer": .string(id.description),
            "realm": .string(realm.rawValue),
            "time": .string(time.rfc3339),
        ]
        members["tests"] = text.tests.map { .string($0.hex) }
        return try CMSSigner(certificate: certificate, key: key)
            .sign(JSONValue.object(members).canonicalBytes, signingTime: time.secondsSinceEpoch)
    }

    /// Judges a statement by the sheets: an officer whom the partner's sheet lists, whose certificate holds now, has
    /// signed it for this realm.
    public static func verify(
        _ bytes: [UInt8],
        by directory: Directory,
        at now: Timestamp
    ) throws(ApprovalError) -> OfficerApproval {
        let message: CMSSignedMessage
        do {
            message = try CMSSignedMessage(der: bytes)
        } catch {
            throw ApprovalError("expected an officer's signed statement: \(error)")
        }
        let statement = try Statement(message.content)
        guard statement.realm == directory.realm else {
            throw ApprovalError("expected realm `\(directory.realm)`, got `\(statement.realm)`")
        }
        let certificate = try signer(of: message, officer: statement.officer, directory, at: now)
        do {
            try message.verify(signer: certificate)
        } catch {
            throw ApprovalError("`\(statement.officer)`: \(error)")
        }
        guard message.signingTime == statement.time.secondsSinceEpoch else {
            throw ApprovalError(
                "expected the signing time to be the statement's, \(statement.time), got "
                    + "\(Timestamp(secondsSinceEpoch: message.signingTime))"
            )
        }
        guard statement.time <= now.adding(seconds: clockSkew) else {
            throw ApprovalError("signed at \(statement.time), now \(now): expected a time that has been")
        }
        guard case .officer(let name) = statement.officer.principal,
            let partner = directory.partner(of: statement.officer.trustDomain)
        else {
            throw ApprovalError("expected an officer's SPIFFE ID, got `\(statement.officer)`")
        }
        return OfficerApproval(
            bytes: bytes,
            text: statement.text,
            partner: partner,
            officer: name,
            certificate: certificate,
            time: statement.time
        )
    }

    /// The certificate with the signer's key that the officer's sheet lists, and that holds now.
    private static func signer(
        of message: CMSSignedMessage,
        officer: SPIFFEID,
        _ directory: Directory,
        at now: Timestamp
    ) throws(ApprovalError) -> Certificate {
        do {
            let signed = try directory.currentSheet(of: officer, at: now)
            let listed = signed.sheet.officers.filter { .officer($0.name) == officer.principal }.flatMap(\.certificates)
            guard let certificate = listed.first(where: { $0.publicKey.keyIdentifier == message.signerKeyIdentifier })
            else {
                throw ApprovalError(
                    "`\(officer)`: the sheet of `\(signed.sheet.code)` lists no such officer with the key that signed"
                )
            }
            _ = try signed.trust.check(certificate, as: .officer, validAt: now, revocationAt: now)
            guard try Directory.identity(of: certificate) == officer else {
                throw ApprovalError("`\(officer)`: the certificate in the sheet is another's")
            }
            return certificate
        } catch let error as ApprovalError {
            throw error
        } catch {
            throw ApprovalError("\(error)")
        }
    }

    /// What was signed, read strictly.
    private struct Statement {
        let text: ApprovedText
        let officer: SPIFFEID
        let realm: Realm
        let time: Timestamp

        init(_ bytes: [UInt8]) throws(ApprovalError) {
            do {
                let value = try JSONValue.parseCanonical(bytes, maximumSize: maximumSize, maximumDepth: 2)
                var members = try SheetMembers(value, path: "statement")
                guard try members.integer("format") == 1 else {
                    throw ApprovalError("expected a statement of format 1: this release reads no other")
                }
                let kind = try members.choice("statement", of: ApprovedText.Kind.self)
                let hash = try members.digest("hash")
                text = ApprovedText(kind, hash: hash, tests: try members.digestIfPresent("tests"))
                officer = try members.identifier("officer", SPIFFEID.init)
                realm = try members.identifier("realm", Realm.init)
                time = try members.time("time")
                try members.finish()
            } catch let error as ApprovalError {
                throw error
            } catch {
                throw ApprovalError("expected an officer's statement: \(error)")
            }
        }
    }
}
