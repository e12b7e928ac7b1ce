import Glibc

/// The processor time of this process, all threads, in seconds.
enum ProcessUse {
    static func current() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
