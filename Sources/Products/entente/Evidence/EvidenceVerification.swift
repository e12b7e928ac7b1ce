import AccessPolicy
import CanonicalEncoding
import CoalitionDirectory
import MessageEnvelope
import OpenSSLCrypto
import RelayStorage
import Relaying
import SecurityLabels
import TransparencyLog

/// Verifies a file of evidence with nothing else at hand, and says what is proven and what is not.
///
/// Everything is judged as of the times that the log's entries name, by the sheets, certificates and revocation lists of
/// then; how much earlier than its cosignatures an entry was written is the log's own word.
struct EvidenceVerification {
    private let file: EvidenceFile
    private let trust: EvidenceTrust
    private let now: Timestamp
    private var trees = SignedTrees()
    private var report: EvidenceReport
    /// Partners on whose signatures a statement rests.
    private var signers: Set<PartnerCode> = []

    /// - Parameters:
    ///   - roots: the fingerprints of partners' roots, from elsewhere than the file.
    ///   - now: nothing has been cosigned later.
    static func run(
        _ file: EvidenceFile,
        roots: [PartnerCode: [SHA256Digest]],
        now: Timestamp = .now()
    ) async throws -> EvidenceReport {
        var report = EvidenceReport(of: file)
        let trust = EvidenceTrust(file, roots: roots, &report)
        report.partners = trust.partners
        var verification = EvidenceVerification(file: file, trust: trust, now: now, report: report)
        return try await verification.run()
    }

    private init(file: EvidenceFile, trust: EvidenceTrust, now: Timestamp, report: EvidenceReport) {
        self.file = file
        self.trust = trust
        self.now = now
        self.report = report
    }

    private var evidence: MessageEvidence { file.evidence }

    private mutating func run() async throws -> EvidenceReport {
        for message in evidence.messages { verify(message) }
        var policies = KeptPolicies(file)
        for entry in evidence.entries {
            verify(entry.link, ofOwnLog: true)
            try await verifyDecision(of: entry, &policies)
        }
        verifyApprovals()
        for link in evidence.otherLogs { verify(link, ofOwnLog: false) }
        for receipt in evidence.receipts { verify(receipt: receipt) }
        verifyWitnesses()
        trust.describe(signers, &report)
        addLimits()
        return report
    }

    /// Adds what rests on the signatures of these partners: it is no better proven than the least of them.
    private mutating func add(signedBy partners: PartnerCode..., saying text: String, _ detail: [String] = []) {
        signers.formUnion(partners)
        report.add(partners.allSatisfy { trust.standing($0) == .proven } ? .proven : .assumed, text, detail)
    }

    // MARK: The message

    private mutating func verify(_ message: MessageEvidence.Message) {
        let name = "the message \(evidence.id)"
        let proven = evidence.entries.map(\.link).compactMap { link in
            trust.partner(signing: link).map { (link: link, holder: $0) }
        }
        guard let (link, holder) = proven.first(where: { $0.link.entry.envelope == message.envelope }) else {
            return report.add(
                .unproven,
                "\(name): no entry that the log has signed names its envelope \(message.envelope)"
            )
        }
        let entry = link.entry
        guard let directory = directory(of: entry, for: name) else { return }
        let body = file.bodies[message.envelope]
        do {
            let received = try ReceivedEnvelope(Envelope(header: message.header, body: body ?? []))
            let header = received.header
            guard header.id == evidence.id else {
                return report.add(.broken, "expected the header of message \(evidence.id), got that of \(header.id)")
            }
            // The originator's own log says when it was released; anybody else's could choose the time.
            let released = evidence.otherLogs.first {
                $0.entry.kind == .release && $0.entry.envelope == message.envelope && $0.entry.object == .message
                    && trust.partner(signing: $0) == header.originator.partner
            }?.entry
            if body == nil {
                _ = try received.provenHeader(by: directory, at: entry.time)
                report.limit("what the body was: it is not in the file, and the header holds its digest only")
            } else {
                _ = try received.verified(by: directory, releasedAt: released?.time, now: entry.time)
                report.limit("what the message says: its body is encrypted, and only a recipient can open it")
            }
            // A key that was stolen or revoked since is good at the time that the log gives, which is the log's word.
            add(
                signedBy: header.originator.partner,
                holder,
                saying:
                    "\(header.originator) has signed this message for \(header.recipients.map(\.description).joined(separator: ", "))",
                [
                    "\(header.label.marking), \(header.precedence), dated \(header.dateTime.rfc3339)",
                    "envelope \(message.envelope)",
                    "judged as of \(entry.time.rfc3339), by the word of \(holder)'s log",
                    body.map { "with the encrypted body of \($0.count) bytes that the header names" }
                        ?? "without its body",
                ]
            )
        } catch {
            report.add(.broken, "\(name): \(error)")
        }
    }

    /// The directory by which the entry was decided; nil, and said so, where the file does not hold it.
    private mutating func directory(of entry: AuditEntry, for what: String) -> Directory? {
        guard let hash = entry.directory else {
            report.add(.unproven, "\(what): entry \(entry.index) names no directory")
            return nil
        }
        if let directory = trust.directories[hash] { return directory }
        // A directory that is there and does not hold was reported already.
        if !evidence.directories.contains(where: { $0.state.hash == hash }) {
            report.add(
                .unproven,
                "\(what): the file does not hold the directory \(hash.hex.prefix(16)) of entry \(entry.index)"
            )
        }
        return nil
    }

    // MARK: Logs

    private mutating func verify(_ link: TransferLink, ofOwnLog isOwn: Bool) {
        let entry = link.entry
        let name = "entry \(entry.index) of \(entry.log)"
        guard entry.message == evidence.id else {
            return report.add(.broken, "\(name): expected an entry about message \(evidence.id)")
        }
        guard !isOwn || entry.log == file.log else {
            return report.add(.broken, "\(name): expected an entry of \(file.log)")
        }
        guard let signature = trust.signature(of: link) else {
            return report.add(
                trust.directories.isEmpty ? .unproven : .broken,
                "\(name): no key of the log that a sheet of its directory lists has signed a tree that holds it"
            )
        }
        let partner = signature.partner
        if let sheet = signature.replacement {
            return report.add(
                .unproven,
                "\(name): dated \(entry.time.rfc3339), it is signed by a key that version \(sheet.version) of "
                    + "\(partner)'s sheet, dated \(sheet.issuedAt.rfc3339), lists no more"
            )
        }
        let head = link.proof.signedCheckpoint.checkpoint.head
        let contradiction = trees.contradiction(
            adding: MerkleTree.leafHash(link.entryBytes),
            at: entry.index,
            in: head,
            signedBy: signature.log.publicKey
        )
        if let contradiction { report.add(.broken, "\(partner)'s log \(entry.log) has signed \(contradiction)") }
        var detail = ["in its signed tree of \(head.size) entries with the root \(head.root)"]
        if let envelope = entry.envelope { detail.append("envelope \(envelope)") }
        add(signedBy: partner, saying: "\(partner)'s log holds \(name): \(Self.words(for: entry))", detail)
    }

    private static func words(for entry: AuditEntry) -> String {
        var words = "\(entry.kind.rawValue), \(entry.outcome.rawValue), dated \(entry.time.rfc3339)"
        if let object = entry.object { words += ", of the \(object.rawValue)" }
        if let destination = entry.destination { words += ", to \(QuantityText.identity(destination.description))" }
        if let peer = entry.peer { words += ", with \(QuantityText.identity(peer.description))" }
        if !entry.reasons.isEmpty { words += ", because of \(entry.reasons.joined(separator: ", "))" }
        return words
    }

    private mutating func verifyWitnesses() {
        var seen: Set<SignedCheckpoint> = []
        for link in evidence.entries.map(\.link) + evidence.otherLogs {
            let signed = link.proof.signedCheckpoint
            let head = signed.checkpoint.head
            // A tree without a good signature was reported already.
            guard seen.insert(signed).inserted, trust.partner(signing: link) != nil else { continue }
            let name = "the tree of \(head.size) entries of \(signed.checkpoint.origin)"
            let (good, bad) = trust.cosigners(of: signed)
            for node in bad {
                report.add(
                    standing(ofWrongIn: signed),
                    "\(name): the cosignature of \(QuantityText.identity(node.description)) is not its own"
                )
            }
            let all = good.filter { isPossible($0, over: signed, name) }
            // Those that are believed, where there are any: the others could be anybody's.
            let believed = all.filter { trust.standing($0.partner) == .proven }
            let cosigners = believed.isEmpty ? all : believed
            // The earliest word would rest on one witness alone: by the latest, all of them have seen it.
            guard let last = cosigners.max(by: { $0.time < $1.time }) else {
                // What others have shown of their logs came at once, before anybody could cosign it.
                if link.entry.log == file.log {
                    report.add(.unproven, "\(name): no other partner's node has cosigned it; make the file again later")
                } else {
                    report.limit(
                        "when \(signed.checkpoint.origin) wrote its entries: its word, which binds it all the same"
                    )
                }
                continue
            }
            report.add(
                trust.standing(last.partner),
                "\(name) was there within the second \(last.time.rfc3339), and its cosigners have seen no other",
                cosigners.map { "cosigned by \(QuantityText.identity($0.node.description)) at \($0.time.rfc3339)" }
            )
            signers.formUnion(cosigners.map(\.partner))
        }
    }

    /// What a cosignature that cannot be is to the whole. A node takes none such for its own log; one under another log's tree is
    /// between that log and its witness, and must not spoil what others show with it.
    private func standing(ofWrongIn signed: SignedCheckpoint) -> EvidenceReport.Standing {
        signed.checkpoint.origin == file.log ? .broken : .unproven
    }

    /// Whether the witness can have seen the tree at its time; it is said why not, and counts for nothing then.
    private mutating func isPossible(
        _ cosigning: EvidenceTrust.Cosigning,
        over signed: SignedCheckpoint,
        _ name: String
    ) -> Bool {
        let claim =
            "\(name): \(QuantityText.identity(cosigning.node.description)) has cosigned it at \(cosigning.time.rfc3339)"
        guard cosigning.time <= now.adding(seconds: ReceivedEnvelope.toleratedSkew) else {
            report.add(.unproven, "\(claim), which is still to come: its clock is wrong, or the one here")
            return false
        }
        if let sheet = cosigning.replacement {
            report.add(.unproven, "\(claim), with a key that version \(sheet.version) of its sheet lists no more")
            return false
        }
        let entries = (evidence.entries.map(\.link) + evidence.otherLogs).filter {
            $0.proof.signedCheckpoint == signed
        }.map(\.entry)
        guard let newest = entries.max(by: { $0.time < $1.time }),
            cosigning.time < newest.time.adding(seconds: -ReceivedEnvelope.toleratedSkew)
        else { return true }
        report.add(
            standing(ofWrongIn: signed),
            "\(claim), before its entry \(newest.index) of \(newest.time.rfc3339): one of the two clocks was wrong"
        )
        return false
    }

    // MARK: Decisions

    private mutating func verifyDecision(
        of entry: MessageEvidence.Entry,
        _ policies: inout KeptPolicies
    ) async throws {
        let index = entry.link.entry.index
        let logged = LogEntry(entry.link, details: entry.details)
        guard entry.details != nil else {
            return report.limit("what entry \(index) rests on: its details are erased, or were left out")
        }
        var replay = AuditReplay()
        do {
            try await replay.add(logged, &policies)
        } catch {
            return report.add(.broken, error.message)
        }
        if let difference = replay.differences.first {
            return report.add(
                .broken,
                "entry \(index) says \(difference.logged), and its policy \(difference.again)"
            )
        }
        if let (hash, missing) = replay.unknown.first {
            return report.add(
                .unproven,
                "the decision of entry \(index): the policy \(hash.hex.prefix(16)) \(missing.reason)"
            )
        }
        if replay.incomplete > 0 {
            return report.add(.unproven, "the decision of entry \(index): a release that recorded less has written it")
        }
        guard replay.decisions > 0, let policy = entry.link.entry.policy else { return }
        let words = try await EntryExplanations(of: logged, &policies)
        report.add(
            .proven,
            "the decision of entry \(index) is what the policy \(policy.hex.prefix(16)) says of what the entry records",
            words.lines.filter { !$0.isEmpty }
        )
    }

    private mutating func verifyApprovals() {
        for record in evidence.policies where !record.statements.isEmpty {
            let entry = evidence.entries.map(\.link.entry).first { $0.policy == record.hash }
            guard let entry, let directory = entry.directory.flatMap({ trust.directories[$0] }),
                let partner = directory.node(logOrigin: file.log.rawValue)?.partner
            else { continue }
            do {
                let json = try JSONValue.parseCanonical(record.texts, maximumSize: RelayStore.policyTextsLimit)
                let version = try PolicyVersion(try PolicyTexts(json: json), for: partner)
                let statements = record.statements.map {
                    CollectedApprovals.Statement(source: "a statement", bytes: $0)
                }
                let approvals = CollectedApprovals(statements, by: directory, at: entry.time).good.filter {
                    $0.text == version.approvable || $0.text == version.approvableAddition
                }
                for approval in approvals {
                    add(
                        signedBy: approval.partner,
                        saying: "the officer \(approval.partner)/\(approval.officer) has approved the policy "
                            + "\(record.hash.hex.prefix(16)), dated \(approval.time.rfc3339)"
                    )
                }
            } catch {
                report.add(.broken, "the policy \(record.hash.hex.prefix(16)): \(error)")
            }
        }
    }

    // MARK: Receipts

    private mutating func verify(receipt bytes: [UInt8]) {
        let digest = SHA256Digest.hash(bytes)
        // Any other entry would choose the time at which its certificate is judged.
        let link = evidence.entries.map(\.link).first { $0.entry.digest == digest }
        guard let entry = link?.entry, let holder = link.flatMap({ trust.partner(signing: $0) }) else {
            return report.add(
                .unproven,
                "the delivery receipt \(digest.hex.prefix(16)): no entry that the log has signed is about it"
            )
        }
        guard let directory = directory(of: entry, for: "the delivery receipt \(digest.hex.prefix(16))") else { return }
        var reasons: [String] = []
        for message in evidence.messages {
            do {
                let received = try ReceivedEnvelope(Envelope(header: message.header, body: []))
                let verified = try received.verify(
                    try DeliveryReceipt(bytes: bytes),
                    by: directory,
                    signedAt: entry.time,
                    now: entry.time
                )
                let time = Timestamp(secondsSinceEpoch: try CMSReceipt(der: bytes).signingTime)
                report.limit("that a person has read or understood it: a receipt says that a mailbox has decrypted it")
                return add(
                    signedBy: verified.recipient.partner,
                    holder,
                    saying: "\(verified.recipient) has signed that it decrypted the message, dated \(time.rfc3339)",
                    ["envelope \(message.envelope)"]
                )
            } catch {
                reasons.append("\(error)")
            }
        }
        report.add(
            .broken,
            "the delivery receipt \(digest.hex.prefix(16)): \(reasons.first ?? "of no message in the file")"
        )
    }

    // MARK: Limits

    private mutating func addLimits() {
        report.limit(
            "when exactly each thing was done: times are each log's and signer's own, with cosignatures as the bound"
        )
        report.limit("that nothing else was said of the message: the file holds what its maker has put into it")
        if file.instructions != EvidenceInstructions.readme || file.script != EvidenceInstructions.script {
            report.limit(
                "what README.txt and verify.sh in the file do: they are not those of this release; do not run them"
            )
        }
    }
}

extension EvidenceFile: PolicyTextsSource {
    func policyTexts(_ hash: SHA256Digest) async throws(CommandFailure) -> JSONValue? {
        guard let record = evidence.policies.first(where: { $0.hash == hash }) else { return nil }
        do {
            return try JSONValue.parseCanonical(record.texts, maximumSize: RelayStore.policyTextsLimit)
        } catch {
            throw CommandFailure("the texts of the policy \(hash): \(error)", status: .auditBroken)
        }
    }
}
