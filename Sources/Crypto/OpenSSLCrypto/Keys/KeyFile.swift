#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Why a private key's file is not read or made.
public struct KeyFileError: Error, Hashable, Sendable, CustomStringConvertible {
    public let path: String
    /// What was expected and what came.
    public let reason: String
    /// The next thing to do, where there is one.
    public let advice: String?

    init(path: String, reason: String, advice: String? = nil) {
        self.path = path
        self.reason = reason
        self.advice = advice
    }

    public var description: String { "key `\(path)`: \(reason)" + (advice.map { "; \($0)" } ?? "") }
}

/// Private keys in PEM files that only their owner can read.
public enum KeyFile {
    private static let maximumSize = 64 * 1024

    /// Reads a key and refuses a file that its group or others can read or write.
    public static func read(_ path: String) throws(KeyFileError) -> PrivateKey {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure(path, "cannot open") }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw failure(path, "cannot read its mode") }
        // The open file is looked at, not the path, which could name another one by now.
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw KeyFileError(path: path, reason: "expected a regular file")
        }
        let mode = status.st_mode & 0o777
        guard mode & 0o077 == 0 else {
            throw KeyFileError(
                path: path,
                reason: "expected mode 0600, got 0\(String(mode, radix: 8)): others can read it",
                advice: "chmod 600 \(path), and think about who may have read it"
            )
        }
        var bytes = [UInt8](repeating: 0, count: maximumSize + 1)
        var count = 0
        while count <= maximumSize {
            let got = bytes.withUnsafeMutableBytes { buffer in
                Glibc.read(descriptor, buffer.baseAddress.map { $0 + count }, buffer.count - count)
            }
            guard got >= 0 else { throw failure(path, "cannot read") }
            if got == 0 { break }
            count += got
        }
        guard count <= maximumSize else {
            throw KeyFileError(path: path, reason: "expected at most \(maximumSize) bytes")
        }
        do {
            return try PrivateKey(pem: Array(bytes[..<count]))
        } catch {
            throw KeyFileError(path: path, reason: "expected a private key in PEM without a password: \(error)")
        }
    }

    /// Writes a key to a new file of mode 0600; a file that is there is never replaced.
    public static func create(_ key: PrivateKey, at path: String) throws(KeyFileError) {
        let pem: [UInt8]
        do {
            pem = try key.pem()
        } catch {
            throw KeyFileError(path: path, reason: "\(error)")
        }
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure(path, "cannot create") }
        defer { close(descriptor) }
        var written = 0
        while written < pem.count {
            let count = pem.withUnsafeBytes { buffer in
                write(descriptor, buffer.baseAddress.map { $0 + written }, buffer.count - written)
            }
            guard count > 0 else { throw failure(path, "cannot write") }
            written += count
        }
        guard fsync(descriptor) == 0 else { throw failure(path, "cannot sync") }
    }

    private static func failure(_ path: String, _ what: String) -> KeyFileError {
        KeyFileError(path: path, reason: "\(what): \(String(cString: strerror(errno)))")
    }
}
