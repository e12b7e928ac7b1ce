import CanonicalEncoding
import Histogram
import MessageEnvelope

/// What a run took.
struct Measurement {
    let count: Int
    let seconds: Double
    /// Microseconds.
    let latency: Histogram<UInt64>
    /// The daemon's CPU time in microseconds, when its process was named.
    let cpu: Int64?
    /// When each message was handed over, in milliseconds since the epoch.
    let sentAt: [MessageID: Int64]

    var json: JSONValue {
        var members: [String: JSONValue] = [
            "latency-us": [
                "p50": .integer(Int64(latency.valueAtPercentile(50))),
                "p99": .integer(Int64(latency.valueAtPercentile(99))),
                "p99.9": .integer(Int64(latency.valueAtPercentile(99.9))),
                "max": .integer(Int64(latency.max)),
            ],
            "messages-per-second": .integer(Int64(Double(count) / seconds)),
            "milliseconds": .integer(Int64(seconds * 1000)),
        ]
        if let cpu { members["daemon-cpu-us-per-message"] = .integer(cpu / Int64(max(count, 1))) }
        return .object(members)
    }
}
