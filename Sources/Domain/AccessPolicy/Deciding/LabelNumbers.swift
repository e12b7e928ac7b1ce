import SecurityLabels

/// Where the sets of an interned label stand in its words.
struct LabelLayout: Sendable {
    let rules = 0
    /// Partners that are owners; that are read in to every compartment; that the releasability does not exclude.
    let owners: Int
    let readIn: Int
    let releasable: Int
    /// The label's own words, by their numbers.
    let ownerNames: Int
    let compartments: Int
    let caveats: Int
    let codes: Int
    let count: Int

    init(_ index: PolicyIndex, _ rules: RuleSet) {
        func words(_ bits: Int) -> Int { (bits + 63) / 64 }
        let partners = max(1, words(index.partners.count))
        owners = rules.wordCount
        readIn = owners + partners
        releasable = readIn + partners
        ownerNames = releasable + partners
        compartments = ownerNames + words(index.owners.count)
        caveats = compartments + words(index.compartments.count)
        codes = caveats + words(index.caveats.count)
        count = codes + words(index.releasability.count)
    }
}

/// A label as numbers of one policy: single ones, and the sets that ``LabelLayout`` places in one piece of memory.
///
/// The memory is the object's own, so that a decision reads it without counting references to an array.
/// `@unchecked Sendable`: it is written while it is made, by whoever makes it and ``finish()``, and never afterwards.
final class LabelNumbers: @unchecked Sendable {
    let tables: PolicyTables
    /// The label that the numbers were made of; nil where they were made of a marking.
    let source: ConfidentialityLabel?
    let policy: Int32
    let classification: Int32
    /// The number of the owner's word; -1 where the label has several owners, whose words are to be compared.
    var ownerWord: Int32 = -1
    /// -1 for none; likewise for the type.
    var community: Int32 = -1
    var type: Int32 = -1
    var statesReleasability = false
    let words: UnsafeMutablePointer<UInt64>

    init(_ source: ConfidentialityLabel?, policy: Int32, classification: Int32, _ tables: PolicyTables) {
        let count = tables.labelLayout.count
        self.tables = tables
        self.source = source
        self.policy = policy
        self.classification = classification
        words = .allocate(capacity: count)
        words.initialize(repeating: 0, count: count)
    }

    deinit {
        words.deallocate()
    }

    func contains(_ bit: Int, in start: Int) -> Bool { words[start + bit >> 6] >> UInt64(bit & 63) & 1 != 0 }

    /// The numbers of a set of the label, ascending.
    func members(of start: Int, count: Int) -> [Int] { (0..<count).filter { contains($0, in: start) } }

    /// The rules that the label does not exclude.
    var rules: RuleVector {
        RuleVector(words: Array(UnsafeBufferPointer(start: words, count: tables.rules.wordCount)))
    }
}
