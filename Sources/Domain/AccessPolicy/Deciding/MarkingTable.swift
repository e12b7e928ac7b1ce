import SecurityLabels

/// The words of a policy's markings, for reading a marking into numbers without making any text of it.
///
/// It reads what people and programs write as a rule: one space between owner and classification, one owner, known
/// words. It never judges: what it does not read is left to the strict reader, which reads it or says what is wrong.
struct MarkingTable: Sendable {
    /// `GBR SECRET`: the number of the owner in the upper half, that of the classification in the lower.
    private let heads: WordTable
    /// Compartments, caveats, communities and types: the kind in the two lowest bits, the number above.
    private let words: WordTable
    private let codes: WordTable

    private enum Kind: UInt32 {
        case compartment
        case caveat
        case community
        case type
    }

    init(_ index: PolicyIndex, _ memory: TableMemory) {
        var heads: [(String, UInt32)] = []
        for (owner, code) in index.owners.names.enumerated() {
            for (word, classification) in index.classifications.names.enumerated()
            where index.policy.vocabulary.classifications[code, default: []].contains(classification) {
                heads.append(("\(code) \(classification)", UInt32(owner) << 16 | UInt32(word)))
            }
        }
        self.heads = WordTable(heads, memory)
        func entries(_ names: [some LabelComponent], _ kind: Kind) -> [(String, UInt32)] {
            names.enumerated().map { ($1.rawValue, UInt32($0) << 2 | kind.rawValue) }
        }
        words = WordTable(
            entries(index.compartments.names, .compartment) + entries(index.caveats.names, .caveat)
                + entries(index.communities.names, .community) + entries(index.types.names, .type),
            memory
        )
        codes = WordTable(index.releasability.names.enumerated().map { ($1.rawValue, UInt32($0)) }, memory)
    }

    /// The numbers of a marking.
    /// - Returns: nil where the strict reader is to be asked.
    func read(_ marking: UnsafeBufferPointer<UInt8>, policy: Int32, _ tables: PolicyTables) -> LabelNumbers? {
        var rest = MarkingBytes(marking)
        guard let head = heads.value(of: rest.nextField().bytes) else { return nil }
        let numbers = LabelNumbers(nil, policy: policy, classification: Int32(head & 0xFFFF), tables)
        let layout = tables.labelLayout
        numbers.insert(Int(head >> 16), into: layout.ownerNames)
        var kinds: UInt32 = 0
        while !rest.isAtEnd {
            var field = rest.nextField()
            if field.dropRelTo() {
                guard !numbers.statesReleasability else { return nil }
                numbers.statesReleasability = true
                guard Self.readList(&field, UInt8(ascii: ","), layout.codes, numbers, { codes.value(of: $0) }) else {
                    return nil
                }
                continue
            }
            guard let kind = readField(&field, layout, numbers), kinds & (1 << kind) == 0 else { return nil }
            kinds |= 1 << kind
        }
        return numbers.finish() ? numbers : nil
    }

    /// Reads a field that is not about releasability.
    /// - Returns: The kind of its words; nil where one is unknown, of another kind, or there twice.
    private func readField(_ field: inout MarkingBytes, _ layout: LabelLayout, _ numbers: LabelNumbers) -> UInt32? {
        let whole = field
        guard let first = words.value(of: field.nextToken(UInt8(ascii: "/")).bytes),
            let kind = Kind(rawValue: first & 3)
        else { return nil }
        let start: Int
        switch kind {
        case .compartment: start = layout.compartments
        case .caveat: start = layout.caveats
        case .community, .type:
            guard field.isAtEnd else { return nil }
            if kind == .community {
                numbers.community = Int32(first >> 2)
            } else {
                numbers.type = Int32(first >> 2)
            }
            return kind.rawValue
        }
        field = whole
        let isRead = Self.readList(&field, UInt8(ascii: "/"), start, numbers) { word in
            words.value(of: word).flatMap { $0 & 3 == kind.rawValue ? $0 >> 2 : nil }
        }
        return isRead ? kind.rawValue : nil
    }

    private static func readList(
        _ field: inout MarkingBytes,
        _ separator: UInt8,
        _ start: Int,
        _ numbers: LabelNumbers,
        _ find: (UnsafeBufferPointer<UInt8>) -> UInt32?
    ) -> Bool {
        repeat {
            guard let number = find(field.nextToken(separator).bytes), !numbers.contains(Int(number), in: start) else {
                return false
            }
            numbers.insert(Int(number), into: start)
        } while !field.isAtEnd
        return true
    }
}

/// What is left of a marking, or of one of its fields.
struct MarkingBytes {
    private(set) var bytes: UnsafeBufferPointer<UInt8>
    /// Whether the last piece has been taken; an empty piece behind a separator is one, too.
    private(set) var isAtEnd = false

    private static let space = UInt8(ascii: " ")
    private static let slash = UInt8(ascii: "/")

    init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

    /// Takes what stands before the next `//`, without the spaces around it.
    mutating func nextField() -> MarkingBytes {
        var end = 0
        while end + 1 < bytes.count, bytes[end] != Self.slash || bytes[end + 1] != Self.slash { end += 1 }
        return end + 1 < bytes.count ? take(end, 2) : take(bytes.count, 0)
    }

    /// Takes what stands before the next separator, without the spaces around it.
    mutating func nextToken(_ separator: UInt8) -> MarkingBytes {
        var end = 0
        while end < bytes.count, bytes[end] != separator { end += 1 }
        return end < bytes.count ? take(end, 1) : take(bytes.count, 0)
    }

    /// Drops `REL TO` where it stands at the beginning as a word of its own.
    mutating func dropRelTo() -> Bool {
        let phrase: StaticString = "REL TO "
        guard bytes.count > phrase.utf8CodeUnitCount else { return false }
        for offset in 0..<phrase.utf8CodeUnitCount where bytes[offset] != phrase.utf8Start[offset] { return false }
        bytes = UnsafeBufferPointer(rebasing: bytes[phrase.utf8CodeUnitCount...])
        return true
    }

    private mutating func take(_ end: Int, _ separator: Int) -> MarkingBytes {
        var first = 0
        var last = end
        while first < last, bytes[first] == Self.space { first += 1 }
        while last > first, bytes[last - 1] == Self.space { last -= 1 }
        let piece = MarkingBytes(UnsafeBufferPointer(rebasing: bytes[first..<last]))
        bytes = UnsafeBufferPointer(rebasing: bytes[(end + separator)...])
        isAtEnd = separator == 0
        return piece
    }
}
