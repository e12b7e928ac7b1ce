import CanonicalEncoding
import CoalitionDirectory
import OpenSSLCrypto
import Synchronization

/// The sheets that a client relies on, and the directory that they make.
///
/// INVARIANT: every sheet here was verified by this client under the pinned roots and after the one accepted before it;
/// who served it does not matter.
final class AcceptedSheets: Sendable {
    private struct State {
        var sheets: [PartnerCode: SignedSheet]
        var directory: Directory
    }

    private let folder: SheetFolder
    private let realm: Realm
    private let pins: [PartnerCode: [SHA256Digest]]
    private let state: Mutex<State>

    var directory: Directory { state.withLock { $0.directory } }

    /// Takes up what is kept in the folder, and what of `given` is newer.
    ///
    /// - Throws: ``ClientError/directory(_:)``; a given sheet that is merely older or out of date than the kept one is
    ///   passed over.
    init(
        folder: SheetFolder,
        pins: [PartnerCode: [SHA256Digest]],
        given: [PartnerCode: [UInt8]],
        at now: Timestamp
    ) throws(ClientError) {
        self.folder = folder
        realm = folder.realm
        self.pins = pins
        let state = try folder.locked { () throws(ClientError) -> State in
            var sheets: [PartnerCode: SignedSheet] = [:]
            var newer: [SignedSheet] = []
            for (partner, roots) in pins {
                let kept = try Self.kept(partner, folder: folder, pins: roots)
                sheets[partner] = kept
                guard let bytes = given[partner], bytes != kept?.bytes else { continue }
                do throws(SheetError) {
                    let sheet = try Self.judge(bytes, partner, folder.realm, pins: roots, after: kept, at: now)
                    sheets[partner] = sheet
                    newer.append(sheet)
                } catch {
                    try Self.keepEvidence(of: error, partner, folder)
                    guard kept != nil, error.code == .older || error.code == .expired else {
                        throw .directory(.givenSheet(partner, error))
                    }
                }
            }
            let directory = try Self.directory(of: sheets, realm: folder.realm)
            for sheet in newer { try folder.write(sheet.bytes, of: sheet.sheet.code) }
            return State(sheets: sheets, directory: directory)
        }
        self.state = Mutex(state)
    }

    /// Judges what a node serves, keeps what is newer, and puts the directory of it in force, all or nothing.
    ///
    /// A refused sheet leaves the partner's accepted one in force and does not stop the others.
    func accept(_ offered: [(partner: PartnerCode, bytes: [UInt8])], at now: Timestamp) throws(ClientError)
        -> DirectoryRefresh
    {
        try folder.locked { () throws(ClientError) -> DirectoryRefresh in
            var sheets: [PartnerCode: SignedSheet] = [:]
            for (partner, roots) in pins { sheets[partner] = try Self.kept(partner, folder: folder, pins: roots) }
            var newer: [SignedSheet] = []
            var refused: [PartnerCode: SheetError] = [:]
            var unpinned: [PartnerCode] = []
            for (partner, bytes) in offered {
                guard let roots = pins[partner] else {
                    unpinned.append(partner)
                    continue
                }
                let kept = sheets[partner]
                guard bytes != kept?.bytes else { continue }
                do throws(SheetError) {
                    let sheet = try Self.judge(bytes, partner, realm, pins: roots, after: kept, at: now)
                    sheets[partner] = sheet
                    newer.append(sheet)
                } catch {
                    try Self.keepEvidence(of: error, partner, folder)
                    refused[partner] = error
                }
            }
            let directory = try Self.directory(of: sheets, realm: realm)
            for sheet in newer { try folder.write(sheet.bytes, of: sheet.sheet.code) }
            let isChanged = state.withLock { state in
                defer { state = State(sheets: sheets, directory: directory) }
                return state.directory.stateHash != directory.stateHash
            }
            return DirectoryRefresh(
                isChanged: isChanged,
                accepted: Dictionary(newer.map { ($0.sheet.code, $0.sheet.version) }) { _, last in last },
                refused: refused,
                unpinned: unpinned.sorted()
            )
        }
    }

    /// The sheet that was accepted before, verified again as of its own time: that it may be out of date by now is no
    /// fault of it, and whoever relies on it looks at that.
    private static func kept(
        _ partner: PartnerCode,
        folder: SheetFolder,
        pins: [SHA256Digest]
    ) throws(ClientError) -> SignedSheet? {
        guard let bytes = try folder.read(partner) else { return nil }
        func refusal(_ error: SheetError) -> ClientError {
            .directory(.keptSheet(path: folder.location(of: partner), error))
        }
        let issuedAt: Timestamp
        do {
            issuedAt = try PartnerSheet(canonicalJSON: try CMSSignedMessage(der: bytes).content).issuedAt
        } catch let error as SheetError {
            throw refusal(error)
        } catch {
            throw .directory(.folder(path: folder.location(of: partner), cause: "\(error)"))
        }
        do {
            return try judge(bytes, partner, folder.realm, pins: pins, after: nil, at: issuedAt)
        } catch {
            throw refusal(error)
        }
    }

    private static func judge(
        _ bytes: [UInt8],
        _ partner: PartnerCode,
        _ realm: Realm,
        pins: [SHA256Digest],
        after previous: SignedSheet?,
        at now: Timestamp
    ) throws(SheetError) -> SignedSheet {
        try SignedSheet.verify(
            bytes,
            from: partner,
            realm: realm,
            pinnedRoots: pins,
            previous: previous,
            at: now
        )
    }

    private static func keepEvidence(
        of error: SheetError,
        _ partner: PartnerCode,
        _ folder: SheetFolder
    ) throws(ClientError) {
        for bytes in error.evidence {
            try folder.writeEvidence(bytes, of: partner, digest: SHA256Digest.hash(bytes).hex)
        }
    }

    private static func directory(
        of sheets: [PartnerCode: SignedSheet],
        realm: Realm
    ) throws(ClientError) -> Directory {
        do {
            return try Directory(sheets: sheets.values.sorted { $0.sheet.code < $1.sheet.code }, realm: realm)
        } catch {
            throw .directory(.conflict(error))
        }
    }
}
