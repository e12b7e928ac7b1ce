import Foundation
import NodeSupport

/// What a daemon does to its database and write-ahead log, and faults of the disk on order: `libDiskFaults`, which the
/// daemon loads before its own libraries.
struct ObservedDisk {
    /// One call, as `DiskFaults.h` spells it.
    enum Call: String {
        case logWrite = "log write"
        /// The write that begins the last frame of a commit.
        case logCommit = "log commit"
        case logSync = "log sync"
        case logWriteFailed = "log write failed"
        case logSyncFailed = "log sync failed"
        case logSyncHeld = "log sync held"
        case databaseWrite = "database write"
        case databaseSync = "database sync"

        var isOfLog: Bool { self != .databaseWrite && self != .databaseSync }
    }

    /// What goes wrong, from now until the disk is repaired.
    enum Fault: String, CaseIterable {
        case syncFails = "log sync EIO"
        case syncIsHeld = "log sync hold"
        case writeFindsNoRoom = "log write ENOSPC"
        case writeFails = "log write EIO"
    }

    struct Unknown: Error {
        let line: String
    }

    static let library = DaemonRun.binaries.appendingPathComponent("libDiskFaults.so")

    private let events: URL
    private let fault: URL

    init(in folder: URL) throws {
        events = folder.appendingPathComponent("\(UUID().uuidString).events")
        fault = events.appendingPathExtension("fault")
        try Data().write(to: events)
    }

    /// Starts the partner's daemon over this disk; it may not listen yet.
    func launch(_ code: String, of coalition: RunningCoalition) throws -> DaemonRun {
        try DaemonRun(
            [
                "LD_PRELOAD=\(Self.library.path)", "ENTENTE_DISK_EVENTS=\(events.path)",
                "ENTENTE_DISK_FAULT=\(fault.path)", DaemonRun.binaries.appendingPathComponent("entented").path,
                "--config", coalition.configurationFile(of: code).path,
            ],
            program: URL(fileURLWithPath: "/usr/bin/env"),
            in: coalition.folder
        )
    }

    func order(_ fault: Fault) throws {
        try Data(fault.rawValue.utf8).write(to: self.fault, options: .atomic)
    }

    func repair() throws {
        try FileManager.default.removeItem(at: fault)
    }

    /// All calls so far, in order.
    var calls: [Call] {
        get throws {
            try String(contentsOf: events, encoding: .utf8).split(separator: "\n").map { line in
                guard let call = Call(rawValue: String(line)) else { throw Unknown(line: String(line)) }
                return call
            }
        }
    }

    /// The calls on the write-ahead log behind the first `count` calls.
    func logCalls(after count: Int = 0) throws -> [Call] {
        try calls.dropFirst(count).filter(\.isOfLog)
    }
}
