/// Every length of time at which a condition of a policy changes its answer, so that a length becomes the number of a
/// stretch in which nothing changes.
struct DurationIndex: Sendable {
    private let bounds: Table<Int64>

    init(_ sets: some Sequence<DurationSet>, _ memory: TableMemory) {
        bounds = memory.table(Set(sets.flatMap(\.bounds)).sorted())
    }

    /// How many stretches there are; the first is up to the lowest bound.
    var count: Int { bounds.count + 1 }

    /// The stretch that a length lies in: how many bounds it is over.
    func stretch(of length: Int64) -> Int {
        var over = 0
        while over < bounds.count, length > bounds[over] { over += 1 }
        return over
    }

    /// A length inside a stretch.
    func length(in stretch: Int) -> Int64 {
        stretch < bounds.count ? bounds[stretch] : bounds.count == 0 ? 0 : bounds[bounds.count - 1] + 1
    }

    func name(of stretch: Int) -> String {
        guard stretch < count else { return "not known" }
        let over = stretch == 0 ? nil : "over \(DurationSet.text(bounds[stretch - 1]))"
        let within = stretch == bounds.count ? nil : "up to \(DurationSet.text(bounds[stretch]))"
        let parts = [over, within].compactMap(\.self)
        return parts.isEmpty ? "any" : parts.joined(separator: ", ")
    }
}
