import CanonicalEncoding
import CoalitionDirectory
import Foundation
import HTTPTypes
import NodeSupport
import RelayTransport
import Relaying
import TestSupport
import Testing

/// A second daemon where one runs already: it says what is taken and by whom, and leaves the first one alone.
@Suite(.serialized) struct OccupiedTests {
    @Test(.timeLimit(.minutes(10)))
    func `a daemon whose address is taken names it and fails`() async throws {
        let coalition = try RunningCoalition()
        let first = try await coalition.launchListening("GBR")
        let second = try DaemonRun(
            ["--config", try coalition.variant(of: "GBR", ["data: data-GBR": "data: data-elsewhere"]).path],
            in: coalition.folder
        )
        #expect(await second.ended == .exited(1))
        let expected = "cannot listen on `127.0.0.1:\(coalition.port(of: "GBR"))`: Address already in use: stop what"
        let messages = try second.messages
        #expect(messages.contains(expected), "\(messages)")
        try await expectWorking(first, in: coalition)
    }

    @Test(.timeLimit(.minutes(10)))
    func `a daemon whose data folder is taken names the process and fails`() async throws {
        let coalition = try RunningCoalition()
        let first = try await coalition.launchListening("GBR")
        let sheets = try sheets(of: coalition)
        // What the second one finds, and the first one does not watch.
        let partner = try coalition.fixture.partner("FRA")
        let before = try #require(coalition.fixture.sheets.first { $0.sheet.code == partner.plan.code })
        try coalition.write(try partner.signedSheet(after: before, at: .now()).bytes, "FRA-next.cms")
        let second = try DaemonRun(
            [
                "--config",
                try coalition.variant(
                    of: "GBR",
                    ["listen: 127.0.0.1": "listen: 127.0.0.2", "sheet: FRA.cms": "sheet: FRA-next.cms"]
                ).path,
            ],
            in: coalition.folder
        )
        #expect(await second.ended == .exited(1))
        let folder = coalition.dataFolder(of: "GBR").path
        let expected = "entented: data folder `\(folder)` in use by process \(first.process): stop that one first"
        let messages = try second.messages
        #expect(messages.contains(expected), "\(messages)")
        #expect(try self.sheets(of: coalition) == sheets)
        try await expectWorking(first, in: coalition)
    }

    private func sheets(of coalition: RunningCoalition) throws -> [String: Data] {
        let folder = coalition.dataFolder(of: "GBR").appendingPathComponent("sheets")
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        #expect(names.contains("FRA@live.cms"))
        return try Dictionary(
            uniqueKeysWithValues: names.map { ($0, try Data(contentsOf: folder.appendingPathComponent($0))) }
        )
    }

    private func expectWorking(_ run: DaemonRun, in coalition: RunningCoalition) async throws {
        let client = try coalition.connect(as: "GBR/j2-fusion")
        #expect(try await client.get("/v1/log/checkpoint").status == .ok)
        await client.close()
        #expect(await run.stop() == .exited(0))
        #expect(try coalition.soundLog(of: "GBR").map(\.kind) == [.start, .stop])
        try expectNoCrash(run)
    }
}
