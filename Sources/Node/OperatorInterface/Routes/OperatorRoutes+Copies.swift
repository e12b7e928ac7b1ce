import CanonicalEncoding
import Hummingbird
import HummingbirdCore
import RelayStorage
import Relaying
import Synchronization
import TransparencyLog

extension OperatorRoutes {
    /// `POST /v1/audit/backup`: copies the database to the file that the body names, and verifies the copy; one at a time.
    ///
    /// Two entries name the person: that it was allowed, which is in the copy, and how it ended.
    func backUp(_ request: Request, by person: OperatorPerson) async throws -> Response {
        try await checkIsOperator(person, to: "backup")
        let json = try await body(of: request)
        guard let file = json["file"]?.stringValue else {
            throw OperatorProblem.malformed("expected `file`, the absolute path of the backup")
        }
        let replacing = json["replace"]?.boolValue ?? false
        return try await copying("backup", to: file, by: person) {
            let backup = try await self.store.backUp(to: file, replacing: replacing)
            var members = backup.report.members
            members["bytes"] = .integer(Int64(backup.size))
            members["file"] = .string(backup.path)
            members["last-time"] = backup.lastTime.map { .string($0.rfc3339) }
            members["log-key"] = .string(self.store.verifier.verifierKey)
            return members
        }
    }

    /// `POST /v1/audit/archive`: writes entries of the log to the file that the body names, and verifies it; one at a time.
    ///
    /// Two entries name the person: that it was allowed, and how it ended.
    func archive(_ request: Request, by person: OperatorPerson) async throws -> Response {
        try await checkIsOperator(person, to: "archive")
        let json = try await body(of: request)
        guard let file = json["file"]?.stringValue else {
            throw OperatorProblem.malformed("expected `file`, the absolute path of the archive")
        }
        let scope = try Self.archiveScope(json)
        return try await copying("archive", to: file, by: person) {
            let archive = try await self.store.archive(scope, to: file)
            var members = archive.report.members
            members["bytes"] = .integer(Int64(archive.size))
            members["file"] = .string(archive.path)
            members["log-key"] = .string(self.store.verifier.verifierKey)
            return members
        }
    }

    private static func archiveScope(_ json: JSONValue) throws(OperatorProblem) -> ArchiveScope {
        let first = json["first"]?.integerValue.flatMap { UInt64(exactly: $0) }
        let last = json["last"]?.integerValue.flatMap { UInt64(exactly: $0) }
        var before: Timestamp?
        if let text = json["before"]?.stringValue {
            do {
                before = try Timestamp(rfc3339: text)
            } catch {
                throw .malformed("`before`: \(error)")
            }
        }
        switch (first, last, before) {
        case (.some(let first), .some(let last), nil) where first <= last: return .entries(first...last)
        case (.some(let first), nil, .some(let before)): return .before(before, from: first)
        default: throw .malformed("expected `first` with `last`, or with `before`, a time")
        }
    }

    /// Makes one copy at a time, and records who took it, where to, and how it ended.
    ///
    /// - Returns: what `make` says of the copy, whose size, root and soundness are recorded.
    func copying(
        _ action: String,
        to file: String,
        by person: OperatorPerson,
        _ make: () async throws -> [String: JSONValue]
    ) async throws -> Response {
        let isFree = isCopying.withLock { isCopying in
            defer { isCopying = true }
            return !isCopying
        }
        guard isFree else { throw OperatorProblem.copying }
        defer { isCopying.withLock { $0 = false } }
        try await log(.allowed, action, by: person, result: ["file": .string(file)])
        do {
            let members = try await make()
            let kept = ["bytes", "file", "first", "last", "root", "size", "sound"]
            let result = members.filter { kept.contains($0.key) }
            try await log(.done, action, by: person, result: .object(result))
            return Response(json: .object(members))
        } catch {
            let result: JSONValue = ["detail": .string(String("\(error)".prefix(2000))), "file": .string(file)]
            try await log(.failed, action, by: person, reasons: ["\(action)-failed"], result: result)
            throw error
        }
    }
}
