import CanonicalEncoding
import Logging
import RelayNode
import Synchronization

/// Where log lines go and in which form: standard error, as text or as one JSON object a line.
enum LogOutput {
    static func bootstrap(_ logging: NodeConfiguration.Logging) {
        let level = Logger.Level(rawValue: logging.level) ?? .info
        LoggingSystem.bootstrap { label in
            switch logging.format {
            case .text:
                var handler = StreamLogHandler.standardError(label: label)
                handler.logLevel = level
                return handler
            case .json:
                return JSONLogHandler(label: label, logLevel: level)
            }
        }
    }
}

/// Writes each log line as one JSON object: `time`, `level`, `logger`, `message`, and the metadata under its own keys.
struct JSONLogHandler: LogHandler {
    let label: String
    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var members: [String: JSONValue] = [
            "level": .string(event.level.rawValue), "logger": .string(label),
            "message": .string(event.message.description), "time": .string(Timestamp.now().rfc3339),
        ]
        for (key, value) in metadata.merging(event.metadata ?? [:], uniquingKeysWith: { $1 }) {
            members[key] = .string("\(value)")
        }
        StandardError.write(line: JSONValue.object(members).canonicalBytes)
    }
}
