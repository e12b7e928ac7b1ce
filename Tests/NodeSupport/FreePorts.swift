import Glibc

/// Ports of loopback that nobody listens on.
package enum FreePorts {
    /// Finds `count` different ports by letting the system choose them all at once.
    package static func reserve(_ count: Int) throws -> [Int] {
        var sockets: [Int32] = []
        defer { for socket in sockets { close(socket) } }
        return try (0..<count).map { _ in
            let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            guard descriptor >= 0 else { throw NoPort(code: errno) }
            sockets.append(descriptor)
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
            var size = socklen_t(MemoryLayout<sockaddr_in>.size)
            let status = withUnsafeMutablePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                    bind(descriptor, generic, size) == 0 ? getsockname(descriptor, generic, &size) : -1
                }
            }
            guard status == 0 else { throw NoPort(code: errno) }
            return Int(UInt16(bigEndian: address.sin_port))
        }
    }

    package struct NoPort: Error {
        let code: Int32
    }
}
