#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// The place of the operators' socket in the file system.
struct OperatorSocket: Sendable {
    /// Owner and group may connect.
    static let mode: mode_t = 0o660
    /// Connections that wait to be accepted.
    static let backlog: Int32 = 64

    let path: String

    /// Makes the socket, bound to its path and listening.
    ///
    /// The mode is set before the file is there, so that nobody else can connect at any moment.
    ///
    /// - Throws: ``OperatorSocketError`` when a process listens there, or something that is no socket has the name.
    func bind() throws(OperatorSocketError) -> BoundOperatorSocket {
        var address = try Self.address(path)
        try removeStale(&address)
        let descriptor = try Self.makeDescriptor(path)
        guard fchmod(descriptor, Self.mode) == 0 else {
            throw Self.failure("set the mode of", path, closing: descriptor)
        }
        guard Self.withPointer(to: &address, { Self.bind(descriptor, $0, $1) }) == 0 else {
            throw Self.failure("make", path, closing: descriptor)
        }
        var status = stat()
        // The process's mask has narrowed the mode; here it becomes what it is meant to be.
        guard chmod(path, Self.mode) == 0, lstat(path, &status) == 0, listen(descriptor, Self.backlog) == 0 else {
            let failure = Self.failure("listen on", path, closing: descriptor)
            unlink(path)
            throw failure
        }
        return BoundOperatorSocket(path: path, descriptor: descriptor, device: status.st_dev, inode: status.st_ino)
    }

    /// Says whether a socket can have the path at all.
    static func check(path: String) throws(OperatorSocketError) {
        _ = try address(path)
    }

    /// Removes a socket that nobody listens on any more; leaves everything else alone.
    private func removeStale(_ address: inout sockaddr_un) throws(OperatorSocketError) {
        var status = stat()
        guard lstat(path, &status) == 0 else {
            guard errno == ENOENT else { throw Self.failure("look at", path) }
            return
        }
        guard status.st_mode & S_IFMT == S_IFSOCK else { throw .notASocket(path: path) }
        let descriptor = try Self.makeDescriptor(path)
        defer { close(descriptor) }
        if Self.withPointer(to: &address, { Self.connect(descriptor, $0, $1) }) == 0 { throw .inUse(path: path) }
        guard errno == ECONNREFUSED || errno == ENOENT else { throw Self.failure("look at", path) }
        guard unlink(path) == 0 || errno == ENOENT else { throw Self.failure("remove", path) }
    }

    private static func makeDescriptor(_ path: String) throws(OperatorSocketError) -> Int32 {
        let type = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
        let descriptor = socket(AF_UNIX, type, 0)
        guard descriptor >= 0 else { throw failure("make", path) }
        return descriptor
    }

    private static func address(_ path: String) throws(OperatorSocketError) -> sockaddr_un {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        let limit = MemoryLayout.size(ofValue: address.sun_path) - 1
        guard (1...limit).contains(bytes.count), !bytes.contains(0) else {
            throw .unusablePath(path: path, limit: limit)
        }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        return address
    }

    private static func withPointer(
        to address: inout sockaddr_un,
        _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) -> Int32 {
        withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }

    // The methods here have the names of the system calls; these reach past them.
    #if canImport(Glibc)
        private static func bind(_ descriptor: Int32, _ address: UnsafePointer<sockaddr>, _ size: socklen_t) -> Int32 {
            Glibc.bind(descriptor, address, size)
        }

        private static func connect(_ descriptor: Int32, _ address: UnsafePointer<sockaddr>, _ size: socklen_t) -> Int32
        {
            Glibc.connect(descriptor, address, size)
        }
    #elseif canImport(Musl)
        private static func bind(_ descriptor: Int32, _ address: UnsafePointer<sockaddr>, _ size: socklen_t) -> Int32 {
            Musl.bind(descriptor, address, size)
        }

        private static func connect(_ descriptor: Int32, _ address: UnsafePointer<sockaddr>, _ size: socklen_t) -> Int32
        {
            Musl.connect(descriptor, address, size)
        }
    #endif

    private static func failure(
        _ operation: String,
        _ path: String,
        closing descriptor: Int32? = nil
    ) -> OperatorSocketError {
        let cause = String(cString: strerror(errno))
        if let descriptor { close(descriptor) }
        return .system(operation: operation, path: path, cause: cause)
    }
}

/// A socket that listens at its path.
struct BoundOperatorSocket: Sendable {
    let path: String
    private let descriptor: Int32
    private let device: dev_t
    private let inode: ino_t

    init(path: String, descriptor: Int32, device: dev_t, inode: ino_t) {
        self.path = path
        self.descriptor = descriptor
        self.device = device
        self.inode = inode
    }

    /// The descriptor, which is the caller's to close from now on.
    func takeDescriptor() -> Int32 { descriptor }

    /// Closes the descriptor, where nobody has taken it.
    func close() { closeDescriptor(descriptor) }

    /// Removes the file, unless another one has come in its place.
    func remove() {
        var status = stat()
        guard lstat(path, &status) == 0, status.st_dev == device, status.st_ino == inode else { return }
        unlink(path)
    }
}

// The method above has the name of the system call; this reaches past it.
private func closeDescriptor(_ descriptor: Int32) { _ = close(descriptor) }

/// Why there is no operators' socket.
package enum OperatorSocketError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Another process listens there.
    case inUse(path: String)
    case notASocket(path: String)
    case unusablePath(path: String, limit: Int)
    case system(operation: String, path: String, cause: String)
    /// The listener has ended without being told to.
    case closed(path: String)

    package var description: String {
        switch self {
        case .inUse(let path):
            "operator socket `\(path)` in use by another process: stop that one first, or give this node another path"
        case .notASocket(let path):
            "operator socket: expected `\(path)` to be a socket or not there, got another kind of file: move it away"
        case .unusablePath(let path, let limit):
            "operator socket: expected a path of 1 to \(limit) bytes, got `\(path)` of \(path.utf8.count): "
                + "give the node a data folder with a shorter path"
        case .system(let operation, let path, let cause):
            "operator socket: cannot \(operation) `\(path)`: \(cause)"
        case .closed(let path):
            "operator socket: the listener at `\(path)` has ended by itself: start the node again; its log says more"
        }
    }
}
