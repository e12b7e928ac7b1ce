import Glibc
import Synchronization

/// Ports of loopback that nobody listens on.
///
/// They lie below the range from which the system chooses the ports of outgoing connections: one of those could take a
/// port between its reservation and its use.
package enum FreePorts {
    private static let range = 10_000..<32_000
    private static let taken = Mutex<Set<Int>>([])

    /// Finds `count` different ports, none of which this process was given before.
    package static func reserve(_ count: Int) throws -> [Int] {
        var ports: [Int] = []
        var attempts = 0
        while ports.count < count {
            attempts += 1
            guard attempts < 10_000 else { throw NoPort(count: count) }
            let port = Int.random(in: range)
            guard taken.withLock({ $0.insert(port).inserted }), try isFree(port) else { continue }
            ports.append(port)
        }
        return ports
    }

    private static func isFree(_ port: Int) throws -> Bool {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw NoPort(count: 1) }
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                bind(descriptor, generic, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }

    package struct NoPort: Error {
        let count: Int
    }
}
