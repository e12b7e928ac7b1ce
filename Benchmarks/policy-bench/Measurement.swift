import AllocationCounter
import CanonicalEncoding
import Glibc

/// What one kind of work costs, by the processor time of this thread.
struct Measurement {
    let name: String
    let nanoseconds: Double
    let allocations: Double

    /// Does the work on each of `count` things, many times over.
    ///
    /// The figure is that of the fastest of several rounds: what slows a round down is other work on the machine.
    init(_ name: String, count: Int, rounds: Int = 15, _ work: (Int) throws -> Int) rethrows {
        var sum = 0
        for index in 0..<count { sum &+= try work(index) }
        let before = allocation_count()
        for index in 0..<count { sum &+= try work(index) }
        let allocations = allocation_count() - before
        var fastest = UInt64.max
        for _ in 0..<rounds {
            let start = Self.processorTime()
            for index in 0..<count { sum &+= try work(index) }
            fastest = min(fastest, Self.processorTime() - start)
        }
        precondition(sum >= 0, "the work must not be optimised away")
        self.name = name
        self.nanoseconds = Double(fastest) / Double(count)
        self.allocations = Double(allocations) / Double(count)
    }

    var json: JSONValue {
        .object([
            "name": .string(name),
            "nanoseconds": .string(Self.text(nanoseconds)),
            "allocations": .string(Self.text(allocations)),
        ])
    }

    static func text(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        return "\(tenths / 10).\(tenths % 10)"
    }

    private static func processorTime() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}
