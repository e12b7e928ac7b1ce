package import CanonicalEncoding
import CoalitionDirectory
import OpenSSLCrypto

/// Which sheets are to be in force: of each partner the one that its file holds, or the one accepted before where that
/// is refused.
///
/// Judging reads files and changes nothing; ``SheetArchive/keep(_:)`` makes it last.
package struct SheetJudgement: Sendable {
    /// A sheet that was not accepted before.
    struct Newer: Sendable {
        let sheet: SignedSheet
        /// The digest of the one accepted before, nil when there was none.
        let replaced: SHA256Digest?
    }

    /// What is refused, by partner.
    package let refused: [RefusedSheet]
    /// What is to be in force, by partner; nothing of a partner of whom nothing was ever accepted.
    let sheets: [SignedSheet]
    let newer: [Newer]

    /// The sheets as a directory.
    ///
    /// - Throws: ``RefusedSheets`` when there is a partner without a sheet.
    func directory(_ configuration: NodeConfiguration) throws -> Directory {
        guard refused.allSatisfy({ $0.inForce != nil }) else { throw RefusedSheets(sheets: refused) }
        do {
            return try Directory(sheets: sheets, realm: configuration.realm)
        } catch {
            throw ConfigurationError(file: configuration.file, "the partners' sheets do not fit together: \(error)")
        }
    }
}

extension SheetJudgement {
    /// What a partner's file holds, judged for itself and against the partner's own history.
    private struct Candidate {
        let file: String
        let sheet: SignedSheet
    }

    /// Judges what the files of the configuration hold now.
    ///
    /// - Throws: ``ConfigurationError`` when a root, or what was accepted before, cannot be used.
    package static func judge(_ configuration: NodeConfiguration, at now: Timestamp) throws -> SheetJudgement {
        let archive = SheetArchive(configuration)
        var accepted: [PartnerCode: SignedSheet] = [:]
        var candidates: [Candidate] = []
        var refused: [RefusedSheet] = []
        for (partner, trust) in configuration.trust.sorted(by: { $0.key < $1.key }) {
            let root = try pinnedRoot(trust.root, of: partner)
            let before = try archive.accepted(partner, pinnedRoot: root)
            accepted[partner] = before
            let bytes: [UInt8]
            do {
                bytes = try FileContents.read(trust.sheet)
            } catch {
                refused.append(
                    refusal(partner, trust.sheet, nil, before, RefusedSheet.unreadable, error.message)
                )
                continue
            }
            do {
                let sheet = try judge(bytes, of: partner, configuration.realm, root, after: before, archive, at: now)
                if sheet.digest != before?.digest { candidates.append(Candidate(file: trust.sheet, sheet: sheet)) }
            } catch {
                refused.append(
                    refusal(partner, trust.sheet, bytes, before, error.code.rawValue, error.detail, error.evidence)
                )
            }
        }
        let (sheets, conflicting) = fit(candidates, into: accepted, realm: configuration.realm)
        refused += conflicting.map { candidate, error in
            let partner = candidate.sheet.sheet.code
            return refusal(
                partner,
                candidate.file,
                candidate.sheet.bytes,
                accepted[partner],
                error.code.rawValue,
                error.detail
            )
        }
        return SheetJudgement(
            refused: refused.sorted { $0.partner < $1.partner },
            sheets: sheets.values.sorted { $0.sheet.code < $1.sheet.code },
            newer: candidates.map(\.sheet).filter { sheets[$0.sheet.code]?.digest == $0.digest }
                .map { Newer(sheet: $0, replaced: accepted[$0.sheet.code]?.digest) }
        )
    }

    /// Judges one sheet, and refuses what follows a sheet that was refused as one of another history.
    private static func judge(
        _ bytes: [UInt8],
        of partner: PartnerCode,
        _ realm: Realm,
        _ root: Certificate,
        after before: SignedSheet?,
        _ archive: SheetArchive,
        at now: Timestamp
    ) throws(SheetError) -> SignedSheet {
        let sheet = try SignedSheet.verify(
            bytes,
            from: partner,
            realm: realm,
            pinnedRoots: [root.fingerprint],
            previous: before,
            at: now
        )
        if let before, sheet.digest != before.digest, let named = sheet.sheet.previous, named != before.digest,
            archive.holdsRefusedFork(named, of: partner)
        {
            throw SheetError(
                .forked,
                "version \(sheet.sheet.version) of `\(partner)` follows `\(named)`, which was refused as forked: keep "
                    + "both and ask the partner",
                evidence: [before.bytes, bytes]
            )
        }
        return sheet
    }

    /// The candidates in the place of what was accepted before, without those that contradict another partner's sheet.
    ///
    /// Where not all fit together they are tried one at a time, until none fits any more: what a partner gives up in
    /// its new sheet another one may take over in its own.
    private static func fit(
        _ candidates: [Candidate],
        into accepted: [PartnerCode: SignedSheet],
        realm: Realm
    ) -> (sheets: [PartnerCode: SignedSheet], conflicting: [(Candidate, DirectoryError)]) {
        var sheets = accepted
        for candidate in candidates { sheets[candidate.sheet.sheet.code] = candidate.sheet }
        if conflict(in: sheets, realm: realm) == nil { return (sheets, []) }
        sheets = accepted
        var waiting = candidates
        while true {
            var conflicting: [(Candidate, DirectoryError)] = []
            for candidate in waiting {
                var trial = sheets
                trial[candidate.sheet.sheet.code] = candidate.sheet
                if let error = conflict(in: trial, realm: realm) {
                    conflicting.append((candidate, error))
                } else {
                    sheets = trial
                }
            }
            if conflicting.count == waiting.count { return (sheets, conflicting) }
            waiting = conflicting.map(\.0)
        }
    }

    private static func conflict(in sheets: [PartnerCode: SignedSheet], realm: Realm) -> DirectoryError? {
        do throws(DirectoryError) {
            _ = try Directory(sheets: sheets.values.sorted { $0.sheet.code < $1.sheet.code }, realm: realm)
            return nil
        } catch {
            return error
        }
    }

    private static func refusal(
        _ partner: PartnerCode,
        _ file: String,
        _ bytes: [UInt8]?,
        _ before: SignedSheet?,
        _ code: String,
        _ detail: String,
        _ evidence: [[UInt8]] = []
    ) -> RefusedSheet {
        RefusedSheet(
            partner: partner,
            file: file,
            code: code,
            detail: detail,
            digest: bytes.map { .hash($0) },
            inForce: before?.sheet.version,
            fork: evidence.count == 2 ? RefusedSheet.Fork(accepted: evidence[0], refused: evidence[1]) : nil
        )
    }

    private static func pinnedRoot(_ file: String, of partner: PartnerCode) throws(ConfigurationError) -> Certificate {
        let bytes = try FileContents.read(file)
        let roots: [Certificate]
        do {
            roots = try Certificate.parse(pem: bytes)
        } catch {
            throw ConfigurationError(file: file, "expected the root certificate of `\(partner)` in PEM: \(error)")
        }
        guard roots.count == 1, let root = roots.first else {
            throw ConfigurationError(file: file, "expected one root certificate, got \(roots.count)")
        }
        return root
    }
}
