import CanonicalEncoding
import CoalitionDirectory
import OpenSSLCrypto
import RelayStorage
import Relaying
import TransparencyLog

/// Whom a file of evidence lets one believe: its directories, as of the times when they were in force.
struct EvidenceTrust: Sendable {
    /// By the hash that entries name; those whose sheets all hold.
    private(set) var directories: [SHA256Digest: Directory] = [:]
    /// Partners whose root stands in the file alone.
    private var assumed: Set<PartnerCode> = []
    /// Of whom the file holds sheets, whether they hold or not.
    private(set) var partners: Set<PartnerCode> = []
    /// Whose sheets hold, in the order of the directories.
    private var sheets: [SignedSheet] = []

    /// - Parameter roots: the fingerprints of partners' roots, from elsewhere than the file.
    init(_ file: EvidenceFile, roots: [PartnerCode: [SHA256Digest]], _ report: inout EvidenceReport) {
        for record in file.evidence.directories {
            var sheets: [SignedSheet] = []
            for bytes in record.sheets {
                do {
                    sheets.append(try judge(bytes, roots: roots))
                } catch {
                    report.add(.broken, "a sheet of the directory \(record.state.hash.hex.prefix(16)): \(error)")
                }
            }
            guard sheets.count == record.sheets.count else { continue }
            do {
                let directory = try Directory(sheets: sheets, realm: record.state.realm)
                guard directory.state == record.state else {
                    report.add(
                        .broken,
                        "the sheets of the directory \(record.state.hash.hex.prefix(16)) are not those that its hash names"
                    )
                    continue
                }
                directories[directory.stateHash] = directory
            } catch {
                report.add(.broken, "the directory \(record.state.hash.hex.prefix(16)): \(error)")
            }
        }
    }

    /// Judges a sheet by its own time of issue: it may have run out since, which is no fault of it.
    private mutating func judge(
        _ bytes: [UInt8],
        roots: [PartnerCode: [SHA256Digest]]
    ) throws -> SignedSheet {
        let claimed = try PartnerSheet(canonicalJSON: try CMSSignedMessage(der: bytes).content)
        partners.insert(claimed.code)
        let pinned = roots[claimed.code]
        if pinned == nil { assumed.insert(claimed.code) }
        let signed = try SignedSheet.verify(
            bytes,
            from: claimed.code,
            realm: claimed.realm,
            pinnedRoots: pinned ?? claimed.roots.map(\.fingerprint),
            previous: nil,
            at: claimed.issuedAt
        )
        if !self.sheets.contains(where: { $0.digest == signed.digest }) { self.sheets.append(signed) }
        return signed
    }

    /// How far is proven what the partner has signed.
    func standing(_ partner: PartnerCode) -> EvidenceReport.Standing { assumed.contains(partner) ? .assumed : .proven }

    /// Says whose sheets the statements about these partners rest on.
    func describe(_ partners: Set<PartnerCode>, _ report: inout EvidenceReport) {
        for signed in sheets where partners.contains(signed.sheet.code) {
            let sheet = signed.sheet
            let roots = sheet.roots.map(\.fingerprint.hex).joined(separator: ", ")
            let isAssumed = assumed.contains(sheet.code)
            report.add(
                isAssumed ? .assumed : .proven,
                "\(sheet.code) has published version \(sheet.version) of its sheet, dated \(sheet.issuedAt.rfc3339)",
                isAssumed ? ["under a root that stands in the file alone: SHA-256 \(roots)"] : []
            )
        }
    }

    /// Whose log has signed the tree of a proof, and by which key.
    struct LogSignature: Sendable {
        let partner: PartnerCode
        let log: LogVerifierKey
        /// The sheet of before the entry's time that lists the key no more; nil while the key was in force.
        let replacement: PartnerSheet?
    }

    /// The signature of the log under the tree of the proof, by a key of the directory that the entry names, where the file
    /// holds that, and else of any; nil when none has signed.
    func signature(of link: TransferLink) -> LogSignature? {
        let entry = link.entry
        let judges = entry.directory.flatMap { directories[$0] }.map { [$0] } ?? inOrder
        for directory in judges {
            guard let key = directory.log(entry.log), let node = directory.node(logOrigin: entry.log.rawValue) else {
                continue
            }
            do {
                let checkpoint = try link.proof.verify(leafHash: MerkleTree.leafHash(link.entryBytes), verifier: key)
                guard checkpoint.origin == entry.log, link.proof.index == entry.index else { continue }
            } catch {
                // Another directory may list another key.
                continue
            }
            return LogSignature(
                partner: node.partner,
                log: node.log,
                replacement: replacement(of: node.log, of: node.partner, at: entry.time)
            )
        }
        return nil
    }

    /// The sheet by which the partner had replaced the key of a log when something was signed with it; nil when none had.
    ///
    /// A key that a later sheet alone lists was taken up before that was issued, by clocks that differ a little.
    private func replacement(of key: LogVerifierKey, of partner: PartnerCode, at time: Timestamp) -> PartnerSheet? {
        let own = sheets.map(\.sheet).filter { $0.code == partner }
        let listed = own.filter { sheet in sheet.nodes.contains { $0.log == key } }.map(\.issuedAt).max()
        guard let listed else { return nil }
        return own.filter { $0.issuedAt > listed && $0.issuedAt <= time }.min { $0.issuedAt < $1.issuedAt }
    }

    /// The partner whose log has signed the tree of the proof, by a key that was in force; nil when none has.
    func partner(signing link: TransferLink) -> PartnerCode? {
        signature(of: link).flatMap { $0.replacement == nil ? $0.partner : nil }
    }

    /// What a witness states by a cosignature.
    struct Cosigning: Sendable {
        let node: SPIFFEID
        let partner: PartnerCode
        let time: Timestamp
        /// As that of a log's own signature: a node cosigns with the key of its log.
        let replacement: PartnerSheet?
    }

    /// The nodes of other partners that have cosigned the checkpoint, each with the time that it states, and those whose
    /// key a line names that does not verify.
    func cosigners(of signed: SignedCheckpoint) -> (good: [Cosigning], bad: [SPIFFEID]) {
        var good: [SPIFFEID: Cosigning] = [:]
        var bad: Set<SPIFFEID> = []
        for directory in inOrder {
            guard let own = directory.node(logOrigin: signed.checkpoint.origin.rawValue)?.partner else { continue }
            for sheet in directory.partners.values where sheet.code != own {
                for node in sheet.nodes {
                    let id = sheet.id(.node(node.name))
                    guard good[id] == nil, let witness = directory.witness(id) else { continue }
                    do {
                        // Whoever cosigns can state any number: one that is no time states none.
                        guard let seconds = Int64(exactly: try witness.verify(signed)), seconds < Self.endOfTime else {
                            continue
                        }
                        let time = Timestamp(secondsSinceEpoch: seconds)
                        good[id] = Cosigning(
                            node: id,
                            partner: sheet.code,
                            time: time,
                            replacement: replacement(of: node.log, of: sheet.code, at: time)
                        )
                    } catch .invalidSignature {
                        bad.insert(id)
                    } catch {
                        // It has not cosigned, which is no fault.
                        continue
                    }
                }
            }
        }
        return (
            good.values.sorted { $0.node.description < $1.node.description },
            bad.sorted { $0.description < $1.description }
        )
    }

    /// The end of the year 9999, the last that RFC 3339 can write, in seconds since 1970.
    private static let endOfTime: Int64 = 253_402_300_800

    private var inOrder: [Directory] { directories.sorted { $0.key.hex < $1.key.hex }.map(\.value) }
}
