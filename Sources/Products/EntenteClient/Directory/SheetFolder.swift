import CoalitionDirectory
import Foundation

/// The folder in which a client keeps the sheets that it has accepted: `GBR@live.cms`, as they were published.
///
/// Several processes may share one: whoever judges a sheet against the one that is kept holds the lock meanwhile.
struct SheetFolder: Sendable {
    let path: String
    let realm: Realm

    /// Runs `body` while no other process judges or keeps sheets here. Makes the folder when it is not there.
    func locked<Value>(_ body: () throws(ClientError) -> Value) throws(ClientError) -> Value {
        do {
            try FileManager.default.createDirectory(
                atPath: path,
                withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700]
            )
        } catch {
            throw .directory(.folder(path: path, cause: error.localizedDescription))
        }
        let descriptor = open("\(path)/lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure("cannot open the lock") }
        defer { close(descriptor) }
        while flock(descriptor, LOCK_EX) != 0 {
            guard errno == EINTR else { throw failure("cannot take the lock") }
        }
        return try body()
    }

    func location(of partner: PartnerCode) -> String { "\(path)/\(partner)@\(realm).cms" }

    /// The bytes of the sheet that is kept, or nil.
    func read(_ partner: PartnerCode) throws(ClientError) -> [UInt8]? {
        let location = location(of: partner)
        guard FileManager.default.fileExists(atPath: location) else { return nil }
        do {
            return Array(try Data(contentsOf: URL(fileURLWithPath: location)))
        } catch {
            throw .directory(.folder(path: location, cause: error.localizedDescription))
        }
    }

    /// Puts a sheet in place of the one that is kept; after a crash, the one or the other is there whole.
    func write(_ bytes: [UInt8], of partner: PartnerCode) throws(ClientError) {
        try write(bytes, to: location(of: partner))
    }

    /// Keeps a sheet that contradicts the accepted one, under its digest.
    func writeEvidence(_ bytes: [UInt8], of partner: PartnerCode, digest: String) throws(ClientError) {
        try write(bytes, to: "\(path)/fork-\(partner)@\(realm)-\(digest).cms")
    }

    private func write(_ bytes: [UInt8], to location: String) throws(ClientError) {
        let temporary = "\(location).new"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure("cannot write `\(temporary)`") }
        defer { close(descriptor) }
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                Foundation.write(descriptor, buffer.baseAddress.map { $0 + written }, buffer.count - written)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw failure("cannot write `\(temporary)`") }
            written += count
        }
        guard fsync(descriptor) == 0, rename(temporary, location) == 0 else {
            throw failure("cannot keep `\(location)`")
        }
        let folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { throw failure("cannot sync") }
        defer { close(folder) }
        guard fsync(folder) == 0 else { throw failure("cannot sync") }
    }

    private func failure(_ what: String) -> ClientError {
        .directory(.folder(path: path, cause: "\(what): \(String(cString: strerror(errno)))"))
    }
}
