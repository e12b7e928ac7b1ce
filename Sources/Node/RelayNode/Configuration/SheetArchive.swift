package import CanonicalEncoding
package import CoalitionDirectory
import Foundation
package import OpenSSLCrypto
import RelayStorage

/// The sheets that this node has accepted, kept in its data folder, so that a lower version is refused after a restart
/// too, and a fork is kept as evidence.
package struct SheetArchive: Sendable {
    private let folder: URL

    package init(dataFolder: String) {
        folder = URL(fileURLWithPath: dataFolder).appendingPathComponent("sheets")
    }

    /// Judges the sheet in `file` against the pinned root and the sheet accepted before, and keeps it when it is newer,
    /// unless this is a trial.
    package func accept(
        file: String,
        of partner: PartnerCode,
        realm: Realm,
        pinnedRoot: Certificate,
        at now: Timestamp,
        isTrial: Bool = false
    ) throws -> SignedSheet {
        let bytes = try FileContents.read(file)
        let previous = try accepted(partner, realm: realm, pinnedRoot: pinnedRoot)
        do {
            let sheet = try SignedSheet.verify(
                bytes,
                from: partner,
                realm: realm,
                pinnedRoots: [pinnedRoot.fingerprint],
                previous: previous,
                at: now
            )
            if !isTrial, sheet.digest != previous?.digest {
                try write(bytes, to: location(partner, realm))
            }
            return sheet
        } catch let error as SheetError {
            if !isTrial, error.code == .forked {
                try write(bytes, to: folder.appendingPathComponent("fork-\(partner)-\(SHA256Digest.hash(bytes)).cms"))
            }
            throw ConfigurationError(file: file, "the sheet of `\(partner)` is refused: \(error)")
        }
    }

    private func accepted(_ partner: PartnerCode, realm: Realm, pinnedRoot: Certificate) throws -> SignedSheet? {
        let location = location(partner, realm)
        guard FileManager.default.fileExists(atPath: location.path) else { return nil }
        let bytes = try FileContents.read(location.path)
        do {
            // It was judged by the time it came; by now it may be past its next update, which is no fault of it.
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
                file: location.path,
                "the sheet accepted before no longer verifies: \(error); when the partner's root was replaced out of band, remove this file"
            )
        }
    }

    private func location(_ partner: PartnerCode, _ realm: Realm) -> URL {
        folder.appendingPathComponent("\(partner)@\(realm).cms")
    }

    private func write(_ bytes: [UInt8], to location: URL) throws {
        do {
            try FileManager.default.createDirectory(
                at: folder,
                withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700]
            )
            try Data(bytes).write(to: location, options: .atomic)
        } catch CocoaError.fileWriteOutOfSpace {
            throw StoreError.storageFull("cannot keep the sheet `\(location.path)`: no space left on device")
        } catch {
            throw StoreError.unusableFolder("cannot keep the sheet `\(location.path)`: \(error.localizedDescription)")
        }
    }
}

/// Whole files, with an error that names them.
package enum FileContents {
    package static func read(_ path: String) throws(ConfigurationError) -> [UInt8] {
        do {
            return Array(try Data(contentsOf: URL(fileURLWithPath: path)))
        } catch {
            throw ConfigurationError(file: path, "cannot read the file: \(error.localizedDescription)")
        }
    }
}
