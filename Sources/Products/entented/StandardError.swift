import Synchronization

#if canImport(Glibc)
    import Glibc
    private let systemWrite = Glibc.write
#elseif canImport(Musl)
    import Musl
    private let systemWrite = Musl.write
#endif

/// The daemon's standard error, which may be full or gone without any harm to the node.
enum StandardError {
    /// How many lines could not be written since the last that could.
    private static let lost = Mutex(0)

    /// Writes a line in one call, so that lines of several threads do not mix; drops it when it cannot be written.
    static func write(line: [UInt8]) {
        lost.withLock { lost in
            if lost > 0, put(Array("entented: \(lost) lines could not be written here\n".utf8)) { lost = 0 }
            if !put(line + [UInt8(ascii: "\n")]) { lost += 1 }
        }
    }

    private static func put(_ bytes: [UInt8]) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { systemWrite(STDERR_FILENO, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }
}
