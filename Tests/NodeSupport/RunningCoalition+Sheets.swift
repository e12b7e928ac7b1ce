import CanonicalEncoding
package import CoalitionDirectory
package import Foundation
package import OpenSSLCrypto
package import TestSupport

extension RunningCoalition {
    /// Publishes a sheet to every node, as whoever hands out files does.
    package func publish(_ sheet: SignedSheet) throws {
        try write(sheet.bytes, "\(sheet.sheet.code).cms")
    }

    /// The first sheet of a partner.
    package func firstSheet(of code: String) throws -> SignedSheet {
        guard let sheet = fixture.sheets.first(where: { $0.sheet.code.rawValue == code }) else {
            throw NoSheet(code: code)
        }
        return sheet
    }

    /// The next sheet of a partner, after its first.
    package func nextSheet(
        of code: String,
        editing edit: (inout SheetDraft) throws -> Void = { _ in }
    ) throws -> SignedSheet {
        try fixture.partner(code).signedSheet(after: try firstSheet(of: code), at: .now(), editing: edit)
    }

    /// Moves the data folder of a node that has stopped away, gives its log another key, and publishes the sheet that lists
    /// that: its log has ended, and another begins with its next start.
    ///
    /// - Returns: the new key.
    package func endLog(of code: String, movingTo folder: URL) throws -> PrivateKey {
        let key = try PrivateKey.generate(.ed25519)
        try FileManager.default.moveItem(at: dataFolder(of: code), to: folder)
        let file = self.folder.appendingPathComponent("\(Self.nodeNames[code] ?? code)-log.key")
        try FileManager.default.removeItem(at: file)
        try KeyFile.create(key, at: file.path)
        let sheet = try nextSheet(of: code) { draft in
            draft.nodes = try draft.nodes.map { node in
                PartnerSheet.Node(
                    name: node.name,
                    endpoint: node.endpoint,
                    log: try LogVerifierKey(origin: node.log.origin, publicKey: key.publicKey)
                )
            }
        }
        try publish(sheet)
        return key
    }

    package struct NoSheet: Error {
        let code: String
    }
}
