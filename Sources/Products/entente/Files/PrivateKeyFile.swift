import Foundation
import OpenSSLCrypto

/// Private keys in files that only their owner can read.
enum PrivateKeyFile {
    /// Makes a key and writes it to a new file of mode 0600.
    static func create(_ path: String, _ algorithm: KeyAlgorithm) throws(CommandFailure) -> PrivateKey {
        do {
            let key = try PrivateKey.generate(algorithm)
            try WholeFile.create(path, with: key.pem(), mode: 0o600)
            return key
        } catch let failure as CommandFailure {
            throw failure
        } catch {
            throw CommandFailure("cannot make key `\(path)`: \(error)")
        }
    }

    /// Reads a key; refuses a file that others than its owner may read or write.
    static func read(_ path: String) throws(CommandFailure) -> PrivateKey {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw WholeFile.failure("read", path) }
        defer { close(descriptor) }
        var status = stat()
        // The open file is looked at, not the path, which could name another one by now.
        guard fstat(descriptor, &status) == 0 else { throw WholeFile.failure("read", path) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw CommandFailure("key `\(path)`: expected a regular file")
        }
        let mode = status.st_mode & 0o777
        guard mode & 0o077 == 0 else {
            throw CommandFailure(
                "key `\(path)`: expected mode 0600, got 0\(String(mode, radix: 8)): others can read it",
                next: "chmod 600 \(path), and think about who may have read it"
            )
        }
        let bytes = try WholeFile.read(descriptor, path: path, limit: 65_536)
        do {
            return try PrivateKey(pem: bytes)
        } catch {
            throw CommandFailure("key `\(path)`: \(error)")
        }
    }
}
