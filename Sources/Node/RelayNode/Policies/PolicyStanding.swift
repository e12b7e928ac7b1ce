import CanonicalEncoding
import CoalitionDirectory
import OpenSSLCrypto
import RelayStorage
import Relaying

/// Which policy is in force at a node, and which one its file held when it last counted.
struct PolicyStanding: Sendable {
    let inForce: PolicyVersion
    /// The file counts when it has changed since: a policy that was activated otherwise is not undone by a restart.
    let lastFromFile: SHA256Digest?

    init(inForce: PolicyVersion, lastFromFile: SHA256Digest?) {
        self.inForce = inForce
        self.lastFromFile = lastFromFile
    }

    /// What the store says; nil for a node that has never started.
    init?(stored store: RelayStore, for partner: PartnerCode) throws {
        guard let (record, lastFromFile) = try store.policyInForce() else { return nil }
        do {
            let json = try JSONValue.parseCanonical(record.texts, maximumSize: RelayStore.policyTextsLimit)
            self.init(inForce: try PolicyVersion(PolicyTexts(json: json), for: partner), lastFromFile: lastFromFile)
        } catch {
            throw UnfitPolicy(
                "the policy in force, `\(record.hash)`, cannot be read by this release: \(error); run the release before, "
                    + "and put a policy in force that both can read"
            )
        }
    }
}

/// What the configured file means for the policy in force.
struct PolicyChoice: Sendable {
    /// What is to decide.
    let version: PolicyVersion
    /// The change that the file brings; nil when what is in force stays.
    let change: ApprovedPolicy?
    /// Why the file's policy is not put in force, though it reads well.
    let refused: UnfitPolicy?
    /// The statements beside the file, to be kept with a change.
    let statements: [[UInt8]]
    private let previous: PolicyStanding?

    /// Judges what the file holds against what is in force.
    ///
    /// - Throws: ``UnfitPolicy`` when there is none in force yet and this one lacks approvals; an error of reading when
    ///   the file is no good policy.
    init(
        _ files: PolicyFiles,
        of partner: PartnerCode,
        standing: PolicyStanding?,
        directory: Directory,
        at now: Timestamp
    ) throws {
        let version = try PolicyVersion(try files.texts(), for: partner)
        let statements = try files.statements()
        self.statements = statements.map(\.bytes)
        previous = standing
        if let standing, [standing.inForce.hash, standing.lastFromFile].contains(version.hash) {
            (self.version, change, refused) = (standing.inForce, nil, nil)
            return
        }
        let approvals = CollectedApprovals(statements, by: directory, at: now)
        do {
            let change = try ApprovedPolicy.judge(
                version,
                after: standing?.inForce,
                first: files.firstApprovals,
                approvals: approvals,
                directory: directory
            )
            (self.version, self.change, refused) = (version, change, nil)
        } catch {
            guard let standing else { throw error }
            (self.version, change, refused) = (standing.inForce, nil, error)
        }
    }

    /// How things stand once the change, if there is one, has been made.
    var standing: PolicyStanding {
        PolicyStanding(inForce: version, lastFromFile: change == nil ? previous?.lastFromFile : version.hash)
    }
}
