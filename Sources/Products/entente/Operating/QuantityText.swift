import CanonicalEncoding

/// Times, durations and sizes as people read them.
enum QuantityText {
    /// RFC 3339 with the date-time group beside it.
    static func time(_ time: Timestamp) -> String { "\(time.rfc3339) (\(time.dateTimeGroup))" }

    /// The time between two points, in the two largest units that say something: `412 ms`, `2.4 s`, `3 min 20 s`.
    static func duration(from start: Timestamp, to end: Timestamp) -> String {
        duration(milliseconds: end.millisecondsSinceEpoch - start.millisecondsSinceEpoch)
    }

    /// So many milliseconds, as above.
    static func duration(milliseconds: Int64) -> String {
        guard milliseconds >= 0 else { return "-" + duration(milliseconds: -milliseconds) }
        let seconds = milliseconds / 1000
        switch seconds {
        case 0: return "\(milliseconds) ms"
        case ..<60: return "\(seconds).\(milliseconds % 1000 / 100) s"
        case ..<3600: return "\(seconds / 60) min \(seconds % 60) s"
        case ..<86_400: return "\(seconds / 3600) h \(seconds / 60 % 60) min"
        default: return "\(seconds / 86_400) d \(seconds / 3600 % 24) h"
        }
    }

    /// In binary units with one decimal: `12.3 MiB`.
    static func size(_ bytes: Int64) -> String {
        guard bytes >= 1024 else { return "\(bytes) B" }
        var tenths = bytes * 10 / 1024
        var units = ["KiB", "MiB", "GiB", "TiB"][...]
        while tenths >= 10_240, units.count > 1 {
            tenths /= 1024
            units.removeFirst()
        }
        return "\(tenths / 10).\(tenths % 10) \(units.first ?? "")"
    }

    /// A number of things: `1 entry`, `3 entries`.
    ///
    /// - Parameter several: the plural where it is not the singular with an `s`.
    static func count(_ count: Int, _ one: String, _ several: String? = nil) -> String {
        count == 1 ? "1 \(one)" : "\(count) \(several ?? "\(one)s")"
    }

    /// An identity without its scheme, which all of them share: `fra.example/node/fra-hub`.
    static func identity(_ text: String) -> String {
        text.hasPrefix("spiffe://") ? String(text.dropFirst("spiffe://".count)) : text
    }
}
