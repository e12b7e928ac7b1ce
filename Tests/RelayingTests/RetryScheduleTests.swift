import Testing

@testable import Relaying

@Suite struct RetryScheduleTests {
    private let schedule = RetrySchedule(firstDelay: 500, longestDelay: 60_000)

    @Test func `the wait doubles until it reaches its cap`() {
        // A fraction of 0 waits half of the bound.
        let waits = (1...10).map { schedule.delay(afterAttempt: $0, fraction: 0) }
        #expect(waits == [250, 500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000])
    }

    @Test(arguments: [1, 2, 3, 7, 8, 9, 63, 64, 65, 1_000_000, Int.max])
    func `chance decides over one half of the bound, never beyond the cap`(attempt: Int) {
        let least = schedule.delay(afterAttempt: attempt, fraction: 0)
        let middle = schedule.delay(afterAttempt: attempt, fraction: 0.5)
        let most = schedule.delay(afterAttempt: attempt, fraction: 0.999_999_999)
        #expect(least < middle && middle < most)
        #expect(most < 2 * least + 1)
        #expect(most <= 60_000)
        #expect(least >= 250)
    }

    @Test func `attempts are counted from one, and fewer wait no longer`() {
        for attempt in [Int.min, -1, 0] {
            #expect(schedule.delay(afterAttempt: attempt, fraction: 0) == 250)
        }
    }

    @Test func `extreme bounds neither overflow nor vanish`() {
        let large = RetrySchedule(firstDelay: 1, longestDelay: .max / 2)
        for attempt in [1, 62, 63, 64, 100] {
            let wait = large.delay(afterAttempt: attempt, fraction: 0.999)
            #expect((0...Int64.max / 2).contains(wait))
        }
        let flat = RetrySchedule(firstDelay: 7, longestDelay: 7)
        #expect(flat.delay(afterAttempt: 1, fraction: 0.9) == flat.delay(afterAttempt: 50, fraction: 0.9))
    }
}
