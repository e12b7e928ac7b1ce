/// Measurements in the Prometheus text format, version 0.0.4: each family once, with its help, type and samples.
struct MetricsPage {
    static let mediaType = "text/plain; version=0.0.4; charset=utf-8"

    /// What a family's samples are. Raw values are those of the format.
    enum Kind: String {
        /// Goes up, and begins again from nothing only with a new log.
        case counter
        case gauge
    }

    struct Sample {
        let labels: KeyValuePairs<String, String>
        let value: Int64

        init(_ labels: KeyValuePairs<String, String>, _ value: Int64) {
            self.labels = labels
            self.value = value
        }
    }

    private(set) var text = ""

    /// Adds a family; one without samples is left out, as the format wants it.
    ///
    /// - Parameter name: behind `entente_`, with the unit at its end.
    mutating func add(_ name: String, _ kind: Kind, _ help: String, _ samples: [Sample]) {
        guard !samples.isEmpty else { return }
        text += "# HELP entente_\(name) \(help)\n# TYPE entente_\(name) \(kind.rawValue)\n"
        for sample in samples {
            let labels = sample.labels.map { "\($0.key)=\"\(Self.escaped($0.value))\"" }.joined(separator: ",")
            text += "entente_\(name)\(labels.isEmpty ? "" : "{\(labels)}") \(sample.value)\n"
        }
    }

    mutating func add(_ name: String, _ kind: Kind, _ help: String, _ value: Int64) {
        add(name, kind, help, [Sample([:], value)])
    }

    /// The value of a label: backslash, quotation mark and line feed are escaped, everything else stands for itself.
    private static func escaped(_ value: String) -> String {
        value.replacing("\\", with: #"\\"#).replacing("\"", with: #"\""#).replacing("\n", with: #"\n"#)
    }
}
