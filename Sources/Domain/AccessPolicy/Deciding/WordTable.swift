/// Words with a number each, found by their bytes: a closed hash table that is made once and never grows.
struct WordTable: Sendable {
    /// Twice as many places as words at the least; a place holds a word's number in `entries` and one more, or 0.
    private let places: Table<UInt32>
    private let entries: Table<Entry>
    private let bytes: Table<UInt8>

    private struct Entry: BitwiseCopyable, Sendable {
        let start: UInt32
        let count: UInt32
        let value: UInt32
    }

    /// - Precondition: no word stands twice.
    init(_ words: [(String, UInt32)], _ memory: TableMemory) {
        var size = 4
        while size < words.count * 2 { size *= 2 }
        var places = [UInt32](repeating: 0, count: size)
        var entries: [Entry] = []
        var bytes: [UInt8] = []
        for (text, value) in words {
            let word = Array(text.utf8)
            var place = word.withUnsafeBufferPointer { Self.hash($0) } & (size - 1)
            while places[place] != 0 { place = (place + 1) & (size - 1) }
            entries.append(Entry(start: UInt32(bytes.count), count: UInt32(word.count), value: value))
            places[place] = UInt32(entries.count)
            bytes += word
        }
        self.places = memory.table(places)
        self.entries = memory.table(entries)
        self.bytes = memory.table(bytes)
    }

    func value(of text: String) -> UInt32? {
        var text = text
        return text.withUTF8 { value(of: $0) }
    }

    func value(of word: UnsafeBufferPointer<UInt8>) -> UInt32? {
        let mask = places.count - 1
        var place = Self.hash(word) & mask
        while places[place] != 0 {
            let entry = entries[Int(places[place]) - 1]
            if Int(entry.count) == word.count, isEqual(word, at: Int(entry.start)) { return entry.value }
            place = (place + 1) & mask
        }
        return nil
    }

    private func isEqual(_ word: UnsafeBufferPointer<UInt8>, at start: Int) -> Bool {
        for offset in word.indices where word[offset] != bytes[start + offset] { return false }
        return true
    }

    // FNV-1a with a last mixing step. The words are the policy's own, and a policy is signed: nobody outside can choose
    // words that fall together, and what is looked up changes nothing.
    private static func hash(_ word: UnsafeBufferPointer<UInt8>) -> Int {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in word { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
        return Int(truncatingIfNeeded: (hash ^ (hash >> 29)) & 0x7FFF_FFFF)
    }
}
