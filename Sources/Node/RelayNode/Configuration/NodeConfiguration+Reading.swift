import CoalitionDirectory
import Foundation
import NIOOpenSSL
import OperatorInterface
package import StrictYAML

extension NodeConfiguration {
    /// Reads a configuration file. Paths in it are relative to the folder that it stands in.
    package static func read(file: String) throws -> NodeConfiguration {
        let text: String
        do {
            text = try String(contentsOfFile: file, encoding: .utf8)
        } catch {
            throw YAMLError(
                file: file,
                line: 1,
                column: 1,
                message: "cannot read the file: \(error.localizedDescription)"
            )
        }
        return try parse(text, file: file)
    }

    package static func parse(_ text: String, file: String) throws(YAMLError) -> NodeConfiguration {
        let root = try YAMLFile.read(text, file: file)
        let fields = try root.fields(
            "the node's configuration",
            [
                "format", "partner", "node", "realm", "listen", "profile", "identity", "trust", "policy", "data",
                "routes", "witnessing", "retention", "operators", "limits", "streams",
                "logging",
            ]
        )
        func required(_ key: String) throws(YAMLError) -> YAMLItem {
            try root.required(key, "the node's configuration", in: fields)
        }
        _ = try required("format").integer("the format's version", in: 1...1)
        let folder = URL(fileURLWithPath: file).deletingLastPathComponent()
        func path(_ item: YAMLItem, _ what: String) throws(YAMLError) -> String {
            URL(fileURLWithPath: try item.text(what), relativeTo: folder).standardizedFileURL.path
        }
        let identityItem = try required("identity")
        let identity = try identityItem.fields("`identity`", ["certificate", "key", "log-key"])
        func identityPath(_ key: String) throws(YAMLError) -> String {
            try path(try identityItem.required(key, "`identity`", in: identity), "a path")
        }
        var trust: [PartnerCode: Trust] = [:]
        for entry in try required("trust").entries("the partners that are known") {
            let code = try entry.key.value("a partner code") { text throws(IdentifierError) in try PartnerCode(text) }
            let paths = try entry.value.fields("the trust in `\(code)`", ["root", "sheet"])
            trust[code] = Trust(
                root: try path(try entry.value.required("root", "the trust in `\(code)`", in: paths), "a path"),
                sheet: try path(try entry.value.required("sheet", "the trust in `\(code)`", in: paths), "a path")
            )
        }
        let partner = try required("partner").value("a partner code") { text throws(IdentifierError) in
            try PartnerCode(text)
        }
        guard trust[partner] != nil else {
            throw try required("trust").error("expected the own partner `\(partner)` among the known ones: add it")
        }
        return NodeConfiguration(
            file: file,
            partner: partner,
            name: try required("node").value("a node name") { text throws(IdentifierError) in try NodeName(text) },
            realm: try fields["realm"]?.value("a realm") { text throws(IdentifierError) in try Realm(text) } ?? .live,
            listen: try required("listen").value("an endpoint") { text throws(IdentifierError) in try Endpoint(text) },
            profile: try fields["profile"]?
                .choice("a TLS profile", [("default", TLSProfile.standard), ("cnsa", TLSProfile.cnsa)]) ?? .standard,
            identity: Identity(
                certificate: try identityPath("certificate"),
                key: try identityPath("key"),
                logKey: try identityPath("log-key")
            ),
            trust: trust,
            policy: try policy(try required("policy"), path),
            data: try path(try required("data"), "a path"),
            routes: try routes(fields["routes"]),
            witnessing: try witnessing(fields["witnessing"], of: partner),
            retention: try retention(fields["retention"]),
            operators: try operators(fields["operators"]),
            limits: try limits(fields["limits"]),
            streams: try streams(fields["streams"]),
            logging: try logging(fields["logging"])
        )
    }

    /// A path, or a mapping where there is more to say.
    private static func policy(
        _ item: YAMLItem,
        _ path: (YAMLItem, String) throws(YAMLError) -> String
    ) throws(YAMLError) -> PolicyFiles {
        guard case .mapping = item.content else { return PolicyFiles(try path(item, "a path")) }
        let fields = try item.fields("`policy`", ["file", "addition", "approvals"])
        var files = PolicyFiles(try path(try item.required("file", "`policy`", in: fields), "a path"))
        files.addition = try fields["addition"].map { item throws(YAMLError) in try path(item, "a path") }
        if let approvals = fields["approvals"] {
            files.firstApprovals = try approvals.integer("a number of officers", in: 0...100)
        }
        return files
    }

    private static func routes(_ item: YAMLItem?) throws(YAMLError) -> [PartnerCode: [NodeReference]] {
        guard let item else { return [:] }
        var routes: [PartnerCode: [NodeReference]] = [:]
        for entry in try item.entries("the routes") {
            let code = try entry.key.value("a partner code") { text throws(IdentifierError) in try PartnerCode(text) }
            var hops: [NodeReference] = []
            for hop in try entry.value.items("the next hops to `\(code)`") {
                hops.append(
                    try hop.value("a node") { text throws(IdentifierError) in try NodeReference(text) }
                )
            }
            routes[code] = hops
        }
        return routes
    }

    private static func retention(_ item: YAMLItem?) throws(YAMLError) -> Retention {
        var retention = Retention()
        guard let item else { return retention }
        let fields = try item.fields("`retention`", ["bodies", "details", "persons"])
        func length(_ key: String) throws(YAMLError) -> Int64? {
            guard let item = fields[key] else { return nil }
            let text = try item.text("a length of time")
            let units: [Character: Int64] = ["h": 3_600, "d": 86_400]
            guard let unit = text.last.flatMap({ units[$0] }), let number = Int64(text.dropLast()),
                1...36_500 ~= number,
                "\(number)" == text.dropLast()
            else {
                throw item.error("expected whole hours or days from 1 to 36500, such as `12h` or `90d`, got `\(text)`")
            }
            return number * unit
        }
        retention.bodies = try length("bodies")
        retention.details = try length("details")
        if let persons = fields["persons"] {
            retention.persons = try persons.integer("a number of operators", in: 1...2)
        }
        return retention
    }

    /// Names of accounts; without them the daemon's own account and root.
    private static func operators(_ item: YAMLItem?) throws(YAMLError) -> OperatorRoles {
        guard let item else { return .ownAndRoot }
        var users: Set<UInt32> = []
        for name in try item.items("the accounts of operators") {
            users.insert(
                try name.value("the name of an account") { text throws(UnknownAccount) in
                    try OperatorRoles.user(named: text)
                }
            )
        }
        return OperatorRoles(operators: users)
    }

    private static func limits(_ item: YAMLItem?) throws(YAMLError) -> Limits {
        var limits = Limits()
        guard let item else { return limits }
        let fields = try item.fields("`limits`", ["queue", "connections-per-peer"])
        if let queue = fields["queue"] { limits.queue = try queue.integer("a number of objects", in: 1...10_000_000) }
        if let connections = fields["connections-per-peer"] {
            limits.connectionsPerPeer = try connections.integer("a number of connections", in: 1...10_000)
        }
        return limits
    }

    private static func streams(_ item: YAMLItem?) throws(YAMLError) -> Streams {
        var streams = Streams()
        guard let item else { return streams }
        let fields = try item.fields("`streams`", ["heartbeat", "grace"])
        if let heartbeat = fields["heartbeat"] {
            streams.heartbeat = Int64(try heartbeat.integer("a number of seconds", in: 1...3600))
        }
        if let grace = fields["grace"] {
            streams.grace = Int64(try grace.integer("a number of seconds", in: 1...86_400))
        }
        return streams
    }

    private static func logging(_ item: YAMLItem?) throws(YAMLError) -> Logging {
        var logging = Logging()
        guard let item else { return logging }
        let fields = try item.fields("`logging`", ["format", "level"])
        if let format = fields["format"] {
            logging.format = try format.choice("a log format", [("text", .text), ("json", .json)])
        }
        if let level = fields["level"] {
            let levels = ["trace", "debug", "info", "notice", "warning", "error", "critical"]
            logging.level = try level.choice("a log level", levels.map { ($0, $0) })
        }
        return logging
    }
}
