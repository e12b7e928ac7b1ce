import CanonicalEncoding
import CoalitionDirectory
import MessageEnvelope
import OpenSSLCrypto
import RelayStorage
import Relaying
import TransparencyLog

/// One file for a dispute about a message: what a node and others have signed about it, and all that it takes to verify
/// that elsewhere. A tar archive of one folder, whose layout `Docs/evidence.md` describes.
///
/// Nothing in a value is verified, beside that its parts are of the right form: ``EvidenceVerification`` does that.
struct EvidenceFile: Sendable {
    /// What is wrong with a file of evidence.
    struct Malformed: Error, Hashable, Sendable, CustomStringConvertible {
        let description: String
    }

    /// The name and the version of the format, in the manifest.
    static let format = "entente-evidence"
    static let version: Int64 = 1
    /// What the name of the folder in the archive begins with, before the message's id.
    private static let folderPrefix = "evidence-"
    /// The largest file accepted, in bytes.
    static let maximumSize = 64 << 20

    /// The log whose holder has made the file.
    let log: LogOrigin
    /// When it was made, by the clock of whoever did.
    let made: Timestamp
    let evidence: MessageEvidence
    /// The encrypted bodies, by the digest of their envelopes.
    let bodies: [SHA256Digest: [UInt8]]
    /// The decisions in words, as the maker's policy put them: for people, and made again when it is verified.
    let explanation: String
    /// The instructions that came with it.
    let instructions: [UInt8]
    let script: [UInt8]
}

/// The names of the files in it.
private enum Name {
    static let readme = "README.txt"
    static let script = "verify.sh"
    static let manifest = "manifest.json"
    static let explanation = "explanation.txt"
    static let entries = "entries"
    static let otherLogs = "other-logs"
    static let messages = "messages"
    static let receipts = "receipts"
    static let policies = "policies"
    static let directories = "directories"
    static let sheets = "sheets"
    static let entry = "entry.json"
    static let proof = "proof.txt"
    static let details = "details.json"
    static let salt = "salt.bin"
    static let header = "header.der"
    static let body = "body.der"
    static let texts = "texts.json"
}

extension EvidenceFile {
    /// The archive; the same evidence always makes the same bytes.
    var bytes: [UInt8] {
        var files: [String: [UInt8]] = [
            Name.readme: instructions, Name.script: script, Name.explanation: Array(explanation.utf8),
        ]
        for entry in evidence.entries {
            let folder = "\(Name.entries)/\(entry.link.entry.index)"
            Self.put(entry.link, in: folder, of: &files)
            if let details = entry.details {
                files["\(folder)/\(Name.details)"] = details.bytes
                files["\(folder)/\(Name.salt)"] = details.salt
            }
        }
        for (number, link) in evidence.otherLogs.enumerated() {
            Self.put(link, in: "\(Name.otherLogs)/\(number + 1)", of: &files)
        }
        for (number, message) in evidence.messages.enumerated() {
            let folder = "\(Name.messages)/\(number + 1)"
            files["\(folder)/\(Name.header)"] = message.header
            files["\(folder)/\(Name.body)"] = bodies[message.envelope]
        }
        for (number, receipt) in evidence.receipts.enumerated() {
            files["\(Name.receipts)/\(number + 1).der"] = receipt
        }
        for policy in evidence.policies {
            files["\(Name.policies)/\(policy.hash)/\(Name.texts)"] = policy.texts
            for (number, statement) in policy.statements.enumerated() {
                files["\(Name.policies)/\(policy.hash)/statement-\(number + 1).cms"] = statement
            }
        }
        for directory in evidence.directories {
            files["\(Name.directories)/\(directory.state.hash).json"] = directory.state.bytes
            for sheet in directory.sheets { files["\(Name.sheets)/\(SHA256Digest.hash(sheet)).cms"] = sheet }
        }
        let folder = "\(Self.folderPrefix)\(evidence.id)"
        let manifest: JSONValue = [
            "files": .object(files.mapValues { .string(SHA256Digest.hash($0).hex) }),
            "format": .string(Self.format),
            "log": .string(log.rawValue),
            "made": .string(made.rfc3339),
            "message": .string(evidence.id.description),
            "version": .integer(Self.version),
        ]
        files[Name.manifest] = manifest.canonicalBytes
        let first = [Name.readme, Name.script, Name.explanation, Name.manifest]
        let names = first + files.keys.filter { !first.contains($0) }.sorted()
        return TarArchive.write(
            names.map { TarArchive.File(name: "\(folder)/\($0)", bytes: files[$0] ?? []) },
            time: made.secondsSinceEpoch
        )
    }

    private static func put(_ link: TransferLink, in folder: String, of files: inout [String: [UInt8]]) {
        files["\(folder)/\(Name.entry)"] = link.entryBytes
        files["\(folder)/\(Name.proof)"] = link.proof.bytes
    }
}

extension EvidenceFile {
    /// Whether bytes are meant to be a file of evidence, be it a broken one: by what stands at their beginning.
    static func isOne(_ bytes: [UInt8]) -> Bool { bytes.starts(with: folderPrefix.utf8) || TarArchive.isOne(bytes) }

    /// Reads a file of evidence: whatever is not of the format, or not what the manifest says, is refused.
    init(parsing bytes: [UInt8]) throws(Malformed) {
        do {
            try self.init(reading: bytes)
        } catch let error as Malformed {
            throw error
        } catch {
            throw Malformed(description: "\(error)")
        }
    }

    private init(reading bytes: [UInt8]) throws {
        var files = try EvidenceFolder(bytes)
        let manifest = try JSONValue.parseCanonical(try files.take(Name.manifest), maximumDepth: 3)
        guard manifest["format"]?.stringValue == Self.format, manifest["version"]?.integerValue == Self.version else {
            throw Malformed(description: "expected a manifest of format `\(Self.format)`, version \(Self.version)")
        }
        guard let id = manifest["message"]?.stringValue.flatMap({ MessageID($0) }),
            let log = manifest["log"]?.stringValue,
            let made = try manifest["made"]?.stringValue.map({ try Timestamp(rfc3339: $0) })
        else { throw Malformed(description: "the manifest: expected `message`, `log` and `made`") }
        try files.check(digests: manifest["files"]?.objectValue ?? [:])
        self.log = try LogOrigin(log)
        self.made = made
        instructions = try files.take(Name.readme)
        script = try files.take(Name.script)
        explanation = String(decoding: try files.take(Name.explanation), as: UTF8.self)
        let entries = try files.takeFolders(Name.entries).map { folder in
            let link = try Self.link(folder, &files)
            let details = files.takeOptional("\(folder)/\(Name.details)")
            let salt = files.takeOptional("\(folder)/\(Name.salt)")
            guard (details == nil) == (salt == nil) else {
                throw Malformed(description: "`\(folder)`: expected details and salt together")
            }
            return MessageEvidence.Entry(
                link: link,
                details: details.flatMap { bytes in salt.map { AuditDetails(salt: $0, bytes: bytes) } }
            )
        }
        let otherLogs = try files.takeFolders(Name.otherLogs).map { try Self.link($0, &files) }
        var bodies: [SHA256Digest: [UInt8]] = [:]
        let messages = try files.takeFolders(Name.messages).map { folder in
            let header = try files.take("\(folder)/\(Name.header)")
            let envelope = SHA256Digest.hash(header)
            bodies[envelope] = files.takeOptional("\(folder)/\(Name.body)")
            return MessageEvidence.Message(envelope: envelope, header: header, hasBody: bodies[envelope] != nil)
        }
        self.bodies = bodies
        let receipts = files.takeAll(Name.receipts).map(\.bytes)
        let policies = try files.takeFolders(Name.policies).map { folder in
            guard let hash = Self.digest(String(folder.dropFirst(Name.policies.count + 1))) else {
                throw Malformed(description: "`\(folder)`: expected the hash of a policy as its name")
            }
            return PolicyRecord(
                hash: hash,
                texts: try files.take("\(folder)/\(Name.texts)"),
                statements: files.takeAll(folder).map(\.bytes)
            )
        }
        let sheets = Dictionary(
            files.takeAll(Name.sheets).map { (SHA256Digest.hash($0.bytes), $0.bytes) },
            uniquingKeysWith: { first, _ in first }
        )
        let directories = try files.takeAll(Name.directories).map { file in
            let state = try DirectoryState(parsing: file.bytes)
            guard file.name == "\(Name.directories)/\(state.hash).json" else {
                throw Malformed(description: "`\(file.name)`: expected the name to be the digest, `\(state.hash)`")
            }
            return DirectoryRecord(
                state: state,
                sheets: try state.members.map { member in
                    guard let sheet = sheets[member.sheet] else {
                        throw Malformed(
                            description: "the sheet `\(member.sheet)` of `\(member.trustDomain)` is missing"
                        )
                    }
                    return sheet
                }
            )
        }
        try files.checkEmpty()
        evidence = MessageEvidence(
            id: id,
            entries: entries,
            otherLogs: otherLogs,
            messages: messages,
            receipts: receipts,
            policies: policies,
            directories: directories
        )
    }

    private static func link(_ folder: String, _ files: inout EvidenceFolder) throws -> TransferLink {
        do {
            return try TransferLink(
                entryBytes: try files.take("\(folder)/\(Name.entry)"),
                proof: try LogProof(parsing: try files.take("\(folder)/\(Name.proof)"))
            )
        } catch let error as Malformed {
            throw error
        } catch {
            throw Malformed(description: "`\(folder)`: \(error)")
        }
    }

    private static func digest(_ text: String) -> SHA256Digest? { Hex.decode(text).flatMap { SHA256Digest($0) } }
}

/// The files of an archive of one folder, to be taken one after the other.
private struct EvidenceFolder {
    private var files: [String: [UInt8]] = [:]

    init(_ bytes: [UInt8]) throws {
        let archive = try TarArchive.read(bytes)
        guard let folder = archive.first?.name.split(separator: "/").first.map({ "\($0)/" }) else {
            throw EvidenceFile.Malformed(description: "expected a folder with files, got an empty archive")
        }
        for file in archive {
            guard file.name.hasPrefix(folder) else {
                throw EvidenceFile.Malformed(description: "`\(file.name)`: expected all files in `\(folder)`")
            }
            files[String(file.name.dropFirst(folder.count))] = file.bytes
        }
    }

    /// Holds every file against the manifest, and the manifest against the files.
    func check(digests: [String: JSONValue]) throws {
        for (name, bytes) in files.sorted(by: { $0.key < $1.key }) {
            guard let digest = digests[name]?.stringValue else {
                throw EvidenceFile.Malformed(description: "`\(name)` is not in the manifest")
            }
            guard SHA256Digest.hash(bytes).hex == digest else {
                throw EvidenceFile.Malformed(
                    description: "`\(name)`: expected the digest `\(digest)`, got `\(SHA256Digest.hash(bytes))`"
                )
            }
        }
        if let missing = digests.keys.sorted().first(where: { files[$0] == nil }) {
            throw EvidenceFile.Malformed(description: "`\(missing)` is missing")
        }
    }

    mutating func take(_ name: String) throws -> [UInt8] {
        guard let bytes = takeOptional(name) else {
            throw EvidenceFile.Malformed(description: "`\(name)` is missing")
        }
        return bytes
    }

    mutating func takeOptional(_ name: String) -> [UInt8]? { files.removeValue(forKey: name) }

    /// The folders in the folder, in the order of their numbers or else of their names.
    func takeFolders(_ folder: String) -> [String] {
        let names = Set(
            files.keys.compactMap { name -> String? in
                let parts = name.split(separator: "/")
                return parts.count == 3 && parts[0] == folder ? String(parts[1]) : nil
            }
        )
        return names.sorted(by: Self.isBefore).map { "\(folder)/\($0)" }
    }

    /// Takes all files that are right in the folder.
    mutating func takeAll(_ folder: String) -> [(name: String, bytes: [UInt8])] {
        let names = files.keys.filter { name in
            name.hasPrefix("\(folder)/") && !name.dropFirst(folder.count + 1).contains("/")
        }
        return names.sorted(by: Self.isBefore).map { ($0, files.removeValue(forKey: $0) ?? []) }
    }

    func checkEmpty() throws {
        guard let name = files.keys.min() else { return }
        throw EvidenceFile.Malformed(description: "`\(name)`: no such file is expected")
    }

    private static func isBefore(_ left: String, _ right: String) -> Bool {
        (left.utf8.count, left) < (right.utf8.count, right)
    }
}
