package import CanonicalEncoding
import CoalitionDirectory
import OpenSSLCrypto
package import OperatorInterface
import Relaying

extension NodeMaterial {
    /// How long before it ends something is worth an alarm, in seconds: 7 days.
    package static let warningTime: Int64 = 7 * 86_400

    /// What this node relies on and what ends soon, or has ended: its own certificate, and every partner's sheet and
    /// revocation lists. What has ended has the code that the refusals behind it have.
    package func endings(at now: Timestamp) -> [NodeDescription.Alarm] {
        var alarms: [NodeDescription.Alarm] = []
        func note(_ what: String, of partner: PartnerCode?, ends end: Timestamp, code: String, _ advice: String) {
            guard end < now.adding(seconds: Self.warningTime) else { return }
            let hasEnded = end <= now
            alarms.append(
                NodeDescription.Alarm(
                    partner: partner,
                    code: hasEnded ? code : "ends-soon",
                    detail: "\(what) \(hasEnded ? "was" : "is") in force until \(end): \(advice)"
                )
            )
        }
        if let leaf = certificateChain.first {
            note(
                "this node's certificate",
                of: nil,
                ends: Timestamp(secondsSinceEpoch: leaf.notAfter),
                code: IdentityRefusal.Code.expired.rawValue,
                "renew it with `entente pki renew`"
            )
        }
        for sheet in sheets.map(\.sheet).sorted(by: { $0.code < $1.code }) {
            let advice =
                sheet.code == view.node.partner
                ? "write revocation lists with `entente pki crl` and the next sheet with `entente partner sheet`"
                : "get the partner's next one"
            note(
                "version \(sheet.version) of the sheet",
                of: sheet.code,
                ends: sheet.nextUpdate,
                code: SheetError.Code.expired.rawValue,
                advice
            )
            // A sheet ends with the first of its lists, unless another tool has made it.
            if let first = sheet.revocationLists.map(\.nextUpdate).min(), first < sheet.nextUpdate.secondsSinceEpoch {
                note(
                    "a revocation list in the sheet",
                    of: sheet.code,
                    ends: Timestamp(secondsSinceEpoch: first),
                    code: IdentityRefusal.Code.revocationListExpired.rawValue,
                    advice
                )
            }
        }
        return alarms
    }
}
