import CanonicalEncoding
import CoalitionDirectory
import Foundation
import OpenSSLCrypto
package import RelayStorage

/// The sheets that this node has accepted, kept in its data folder, so that a lower version is refused after a restart
/// too, and both sides of a fork as evidence.
///
/// Reading changes nothing. Only who holds the lock of the data folder may write.
package struct SheetArchive: Sendable {
    let folder: String
    private let realm: Realm

    init(_ configuration: NodeConfiguration) {
        folder = URL(fileURLWithPath: configuration.data).appendingPathComponent("sheets").path
        realm = configuration.realm
    }

    /// The sheet of the partner that was accepted last, or nil.
    ///
    /// It was judged by the time it came; by now it may be past its next update, which is no fault of it.
    func accepted(_ partner: PartnerCode, pinnedRoot: Certificate) throws(ConfigurationError) -> SignedSheet? {
        guard let bytes = try acceptedBytes(partner) else { return nil }
        do {
            let issued = try PartnerSheet(canonicalJSON: try CMSSignedMessage(der: bytes).content).issuedAt
            return try SignedSheet.verify(
                bytes,
                from: partner,
                realm: realm,
                pinnedRoots: [pinnedRoot.fingerprint],
                previous: nil,
                at: issued
            )
        } catch {
            throw ConfigurationError(
                file: location(partner),
                "the sheet accepted before no longer verifies: \(error); when the partner's root was replaced out of band, remove this file"
            )
        }
    }

    /// Whether the digest is that of a sheet of the partner that was refused as one of another history.
    func holdsRefusedFork(_ digest: SHA256Digest, of partner: PartnerCode) -> Bool {
        FileManager.default.fileExists(atPath: "\(folder)/\(Self.refusedName(digest, of: partner))")
    }

    /// Keeps what a judgement has found newer, all or nothing.
    ///
    /// - Throws: ``ConfigurationError`` when another sheet was accepted since the judgement; `StoreError` when there is
    ///   no room.
    package func keep(_ judgement: SheetJudgement) throws {
        var files: [String: [UInt8]] = [:]
        for newer in judgement.newer {
            let partner = newer.sheet.sheet.code
            guard try acceptedBytes(partner).map(SHA256Digest.hash) == newer.replaced else {
                throw ConfigurationError(
                    file: location(partner),
                    "another sheet of `\(partner)` was accepted at the same time: start or reload again"
                )
            }
            files[acceptedName(partner)] = newer.sheet.bytes
        }
        try DurableFolder(path: folder).write(files)
    }

    /// Keeps both sides of each fork, for good.
    package func keepEvidence(of refused: [RefusedSheet]) throws(StoreError) {
        var files: [String: [UInt8]] = [:]
        for sheet in refused {
            guard let fork = sheet.fork else { continue }
            files[Self.refusedName(.hash(fork.refused), of: sheet.partner)] = fork.refused
            files["fork-\(sheet.partner)-\(SHA256Digest.hash(fork.accepted))-accepted.cms"] = fork.accepted
        }
        files = files.filter { !FileManager.default.fileExists(atPath: "\(folder)/\($0.key)") }
        try DurableFolder(path: folder).write(files)
    }

    private func acceptedBytes(_ partner: PartnerCode) throws(ConfigurationError) -> [UInt8]? {
        let location = location(partner)
        guard FileManager.default.fileExists(atPath: location) else { return nil }
        return try FileContents.read(location)
    }

    private func location(_ partner: PartnerCode) -> String { "\(folder)/\(acceptedName(partner))" }

    private func acceptedName(_ partner: PartnerCode) -> String { "\(partner)@\(realm).cms" }

    private static func refusedName(_ digest: SHA256Digest, of partner: PartnerCode) -> String {
        "fork-\(partner)-\(digest).cms"
    }
}
