/// The memory of a policy's tables: filled while they are made, read by decisions, freed with the policy.
///
/// Decisions read plain memory, because reading an array held by a class counts references, which costs more than the
/// decision. `@unchecked Sendable`: it grows while one thread makes the tables, and never afterwards.
final class TableMemory: @unchecked Sendable {
    private var blocks: [UnsafeMutableRawPointer] = []

    func table<Element: BitwiseCopyable>(_ elements: [Element]) -> Table<Element> {
        // A table always has memory, so that a pointer to nothing needs no thought.
        let count = max(1, elements.count)
        let block = UnsafeMutablePointer<Element>.allocate(capacity: count)
        elements.withUnsafeBufferPointer { elements in
            if let base = elements.baseAddress { block.initialize(from: base, count: elements.count) }
        }
        blocks.append(UnsafeMutableRawPointer(block))
        return Table(base: UnsafePointer(block), count: elements.count)
    }

    deinit {
        for block in blocks { block.deallocate() }
    }
}

/// Elements in a piece of ``TableMemory``, which must outlive it: the policy's tables hold both.
///
/// `@unchecked Sendable`: nobody writes to it.
struct Table<Element: BitwiseCopyable & Sendable>: @unchecked Sendable {
    let base: UnsafePointer<Element>
    let count: Int

    // INVARIANT: every index is a number that the same tables gave out, so that it lies within.
    subscript(_ index: Int) -> Element {
        assert(index >= 0 && index < count)
        return base[index]
    }
}
