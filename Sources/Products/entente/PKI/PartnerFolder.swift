import CoalitionDirectory
import Foundation
import OpenSSLCrypto

/// The folder with a partner's certificates and keys: `Certs/GBR`.
struct PartnerFolder {
    let path: String

    init(_ path: String) { self.path = path }

    /// Who a partner's root speaks for.
    struct Identity {
        let code: PartnerCode
        let realm: Realm
        let trustDomain: TrustDomain
    }

    var root: AuthorityFolder { AuthorityFolder("\(path)/root") }

    func intermediate(_ role: IssuerRole) -> AuthorityFolder { AuthorityFolder("\(path)/\(role)-ca") }

    /// The root, then the intermediates.
    var authorities: [AuthorityFolder] { [root] + IssuerRole.allCases.map(intermediate) }

    func node(_ name: NodeName) -> String { "\(path)/nodes/\(name)" }
    func mailbox(_ name: MailboxName) -> String { "\(path)/mailboxes/\(name)" }
    func person(_ name: PersonName) -> String { "\(path)/people/\(name)" }

    /// The folder with the registrar's certificate and key.
    var registrar: String { "\(path)/people/\(SignedSheet.registrarName)" }
    /// The latest sheet.
    var sheet: String { "\(path)/sheet.cms" }
    /// A version of the sheet, kept when later ones come.
    func sheet(version: UInt64) -> String { "\(path)/sheet-\(version).cms" }

    /// The partner, realm and trust domain, as the root's name and name constraint say.
    func identity() throws(CommandFailure) -> Identity {
        let file = root.certificatePath
        guard WholeFile.exists(file) else {
            throw CommandFailure(
                "`\(file)` is missing: `\(path)` holds no partner's certificates",
                next: "make them with `entente pki init`, or name their folder with --certs"
            )
        }
        let certificate = try CertificateFile.read(file)
        guard let hosts = certificate.nameConstraints?.permittedURIHosts, hosts.count == 1, let host = hosts.first
        else {
            throw CommandFailure("root `\(file)`: expected a name constraint that permits one URI host")
        }
        // Organisation as CertificateProfile writes it: a code, and for an exercise its name.
        let organisation = certificate.subject.split(separator: ",").first { $0.hasPrefix("O=") }?.dropFirst(2) ?? ""
        let words = organisation.split(separator: " ")
        do {
            return Identity(
                code: try PartnerCode(words.first.map(String.init) ?? ""),
                realm: words.count == 3 && words[1] == "exercise" ? try Realm(String(words[2])) : .live,
                trustDomain: try TrustDomain(host)
            )
        } catch {
            throw CommandFailure("root `\(file)`: expected the partner's code as organisation: \(error)")
        }
    }
}
