import OpenSSLCrypto

/// Private keys in files that only their owner can read, with the failures of a command.
enum PrivateKeyFile {
    /// Makes a key and writes it to a new file of mode 0600, in one piece.
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
        do {
            return try KeyFile.read(path)
        } catch {
            throw CommandFailure("key `\(path)`: \(error.reason)", next: error.advice)
        }
    }
}
