import NIOCore

/// The connections in the handshake by age, in all and by address; without I/O.
struct HandshakeQueue {
    private struct Entry {
        let id: ObjectIdentifier
        let serial: UInt64
    }

    /// Some of the connections; those whose handshake is over are taken out when they come to the front.
    private struct Line {
        var count = 0
        var entries = CircularBuffer<Entry>()
    }

    private var running: [ObjectIdentifier: (serial: UInt64, address: String)] = [:]
    private var all = Line()
    private var byAddress: [String: Line] = [:]
    private var serial: UInt64 = 0

    var count: Int { self.all.count }

    func count(of address: String) -> Int { self.byAddress[address]?.count ?? 0 }

    mutating func begin(_ id: ObjectIdentifier, address: String) {
        self.serial += 1
        self.running[id] = (self.serial, address)
        let entry = Entry(id: id, serial: self.serial)
        self.all.count += 1
        self.all.entries.append(entry)
        self.byAddress[address, default: Line()].count += 1
        self.byAddress[address, default: Line()].entries.append(entry)
    }

    /// Takes out a connection whose handshake is over, however it ended; does nothing the second time.
    mutating func end(_ id: ObjectIdentifier) {
        guard let (_, address) = self.running.removeValue(forKey: id) else { return }
        self.all.count -= 1
        Self.trim(&self.all, self.running)
        guard var line = self.byAddress.removeValue(forKey: address), line.count > 1 else { return }
        line.count -= 1
        Self.trim(&line, self.running)
        self.byAddress[address] = line
    }

    /// Takes out the oldest of all, or of an address.
    mutating func evictOldest(of address: String? = nil) -> ObjectIdentifier? {
        let line = address.map { self.byAddress[$0] ?? Line() } ?? self.all
        // The front of a line is always one that still runs.
        guard let oldest = line.entries.first else { return nil }
        self.end(oldest.id)
        return oldest.id
    }

    private static func trim(
        _ line: inout Line,
        _ running: [ObjectIdentifier: (serial: UInt64, address: String)]
    ) {
        while let first = line.entries.first, running[first.id]?.serial != first.serial { line.entries.removeFirst() }
    }
}
