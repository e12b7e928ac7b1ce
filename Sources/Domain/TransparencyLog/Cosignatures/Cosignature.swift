/// The bytes of a cosignature: a time and a signature over it and the checkpoint (C2SP tlog-cosignature, "Format").
struct Cosignature {
    /// The latest time that a cosignature can state, in seconds since the epoch.
    static let maximumTime = UInt64(Int64.max)

    /// Seconds since the epoch.
    let time: UInt64
    let signature: [UInt8]

    init(time: UInt64, signature: [UInt8]) {
        self.time = time
        self.signature = signature
    }

    /// The cosignature in a signature line; nil for another size and for a time that none can state.
    init?(_ line: NoteSignature) {
        guard line.signature.count == 8 + 64 else { return nil }
        time = line.signature.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
        signature = Array(line.signature.dropFirst(8))
        guard time <= Self.maximumTime else { return nil }
    }

    /// The time, most significant byte first, and the signature.
    var bytes: [UInt8] { (0..<8).map { UInt8(truncatingIfNeeded: time >> UInt64(56 - 8 * $0)) } + signature }

    /// What is signed: two lines and the text of the checkpoint.
    static func message(_ checkpoint: Checkpoint, at time: UInt64) -> [UInt8] {
        Array("cosignature/v1\ntime \(time)\n".utf8) + checkpoint.text
    }
}
