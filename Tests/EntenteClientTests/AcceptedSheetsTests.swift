import CanonicalEncoding
import CoalitionDirectory
import Foundation
import OpenSSLCrypto
import TestSupport
import Testing

@testable import EntenteClient

/// The client's own judgement of the partners' sheets, and its memory of them.
@Suite final class `Sheets that a client accepts` {
    let coalition: CoalitionFixture
    let gbr: PartnerFixture
    let fra: PartnerFixture
    let path: String

    init() throws {
        coalition = try SharedCoalition.get()
        gbr = try coalition.partner("GBR")
        fra = try coalition.partner("FRA")
        path = FileManager.default.temporaryDirectory.appendingPathComponent("sheets-\(UUID().uuidString)").path
    }

    deinit {
        do {
            try FileManager.default.removeItem(atPath: path)
        } catch {
            // A test that keeps no sheet makes no folder.
        }
    }

    private var pins: [PartnerCode: [SHA256Digest]] {
        [gbr.plan.code: [gbr.root.certificate.fingerprint], fra.plan.code: [fra.root.certificate.fingerprint]]
    }

    private func open(
        given: [PartnerCode: [UInt8]] = [:],
        pins: [PartnerCode: [SHA256Digest]]? = nil,
        at time: Timestamp? = nil
    ) throws -> AcceptedSheets {
        try AcceptedSheets(
            folder: SheetFolder(path: path, realm: .live),
            pins: pins ?? self.pins,
            given: given,
            at: time ?? coalition.time
        )
    }

    private func error(_ body: () throws -> Void) -> ClientDirectoryError? {
        do {
            try body()
            return nil
        } catch {
            guard case .directory(let error) = error as? ClientError else { return nil }
            return error
        }
    }

    private var evidence: [String] {
        get throws { try FileManager.default.contentsOfDirectory(atPath: path).filter { $0.hasPrefix("fork-") } }
    }

    @Test func `what was accepted is there after a restart, also when it was not given again`() throws {
        let first = try gbr.signedSheet()
        let sheets = try open(given: [gbr.plan.code: first.bytes])
        #expect(sheets.directory.partner(gbr.plan.code)?.version == 1)
        let refresh = try sheets.accept([(fra.plan.code, try fra.signedSheet().bytes)], at: coalition.time)
        #expect(refresh.isChanged)
        #expect(refresh.accepted == [fra.plan.code: 1])

        let again = try open()
        #expect(again.directory.stateHash == sheets.directory.stateHash)
        #expect(again.directory.partners.count == 2)
    }

    @Test func `a lower version is refused, after a restart too`() throws {
        let first = try gbr.signedSheet()
        let second = try gbr.signedSheet(after: first)
        _ = try open(given: [gbr.plan.code: second.bytes])
        let sheets = try open()
        let refresh = try sheets.accept([(gbr.plan.code, first.bytes)], at: coalition.time)
        #expect(!refresh.isChanged)
        #expect(refresh.refused[gbr.plan.code]?.code == .older)
        #expect(sheets.directory.partner(gbr.plan.code)?.version == 2)
    }

    @Test func `an old sheet in the configuration is passed over once a newer one is kept`() throws {
        let first = try gbr.signedSheet()
        let second = try gbr.signedSheet(after: first)
        _ = try open(given: [gbr.plan.code: second.bytes])
        let sheets = try open(given: [gbr.plan.code: first.bytes])
        #expect(sheets.directory.partner(gbr.plan.code)?.version == 2)
    }

    @Test func `two sheets of one version are refused and both kept as evidence`() throws {
        let first = try gbr.signedSheet()
        let other = try gbr.sign(gbr.draft(at: coalition.time.adding(milliseconds: 1)))
        let sheets = try open(given: [gbr.plan.code: first.bytes])
        let refresh = try sheets.accept([(gbr.plan.code, other)], at: coalition.time)
        #expect(refresh.refused[gbr.plan.code]?.code == .forked)
        #expect(sheets.directory.stateHash == (try open()).directory.stateHash)
        #expect(try evidence.count == 2)
    }

    @Test func `a forked sheet in the configuration stops the start`() throws {
        _ = try open(given: [gbr.plan.code: try gbr.signedSheet().bytes])
        let other = try gbr.sign(gbr.draft(at: coalition.time.adding(milliseconds: 1)))
        guard case .givenSheet(let partner, let cause) = error({ _ = try open(given: [gbr.plan.code: other]) }) else {
            Issue.record("expected the given sheet to be refused")
            return
        }
        #expect(partner == gbr.plan.code)
        #expect(cause.code == .forked)
    }

    @Test func `one refused sheet does not keep the others out`() throws {
        let sheets = try open(given: [gbr.plan.code: try gbr.signedSheet().bytes])
        let broken = try fra.signedSheet().bytes.dropLast() + [0]
        let next = try gbr.signedSheet(
            after: try gbr.verify(try #require(try SheetFolder(path: path, realm: .live).read(gbr.plan.code)))
        )
        let refresh = try sheets.accept(
            [(fra.plan.code, Array(broken)), (gbr.plan.code, next.bytes)],
            at: coalition.time
        )
        #expect(refresh.refused.keys.sorted() == [fra.plan.code])
        #expect(refresh.accepted == [gbr.plan.code: 2])
        #expect(sheets.directory.partner(fra.plan.code) == nil)
    }

    @Test func `a partner without a pinned root does not exist, whatever the node says`() throws {
        let sheets = try open(given: [gbr.plan.code: try gbr.signedSheet().bytes])
        let deu = try coalition.partner("DEU")
        let refresh = try sheets.accept([(deu.plan.code, try deu.signedSheet().bytes)], at: coalition.time)
        #expect(refresh.unpinned == [deu.plan.code])
        #expect(sheets.directory.partner(deu.plan.code) == nil)
    }

    @Test func `a sheet under another partner's root is refused`() throws {
        let sheets = try open(given: [gbr.plan.code: try gbr.signedSheet().bytes])
        let impostor = try PartnerFixture(.example("FRA"), at: coalition.time)
        let refresh = try sheets.accept([(fra.plan.code, try impostor.signedSheet().bytes)], at: coalition.time)
        #expect(refresh.refused[fra.plan.code]?.code == .unpinned)
    }

    @Test func `a kept sheet counts for nothing once another root is pinned`() throws {
        _ = try open(given: [gbr.plan.code: try gbr.signedSheet().bytes])
        let pins = [gbr.plan.code: [fra.root.certificate.fingerprint]]
        guard case .keptSheet(_, let cause) = error({ _ = try open(pins: pins) }) else {
            Issue.record("expected the kept sheet to be refused")
            return
        }
        #expect(cause.code == .unpinned)
    }

    @Test func `a damaged kept sheet stops the start`() throws {
        _ = try open(given: [gbr.plan.code: try gbr.signedSheet().bytes])
        let location = SheetFolder(path: path, realm: .live).location(of: gbr.plan.code)
        try Data([0x30, 0x00]).write(to: URL(fileURLWithPath: location))
        #expect(error { _ = try open() } != nil)
    }

    @Test func `a kept sheet that is out of date by now is still known, and a newer one follows it`() throws {
        let first = try gbr.signedSheet()
        _ = try open(given: [gbr.plan.code: first.bytes])
        let late = coalition.time.adding(seconds: 40 * 86_400)
        let sheets = try open(at: late)
        #expect(sheets.directory.partner(gbr.plan.code)?.version == 1)
        let second = try gbr.signedSheet(after: first, at: late)
        #expect(try sheets.accept([(gbr.plan.code, second.bytes)], at: late).accepted == [gbr.plan.code: 2])
    }

    @Test func `a client judges by what another process has kept meanwhile`() throws {
        let first = try gbr.signedSheet()
        let second = try gbr.signedSheet(after: first)
        let one = try open(given: [gbr.plan.code: first.bytes])
        let other = try open()
        _ = try other.accept([(gbr.plan.code, second.bytes)], at: coalition.time)
        let refresh = try one.accept([(gbr.plan.code, first.bytes)], at: coalition.time)
        #expect(refresh.refused[gbr.plan.code]?.code == .older)
        #expect(one.directory.partner(gbr.plan.code)?.version == 2)
    }

    @Test func `sheets that contradict each other change nothing`() throws {
        let sheets = try open(given: [gbr.plan.code: try gbr.signedSheet().bytes])
        let twin = try fra.signedSheet { draft in
            // France lists the key of a British log as its own.
            draft.nodes = try draft.nodes.map { node in
                PartnerSheet.Node(
                    name: node.name,
                    endpoint: node.endpoint,
                    log: try LogVerifierKey(
                        origin: node.log.origin,
                        publicKey: try self.gbr.node("gbr-1").logKey.publicKey
                    )
                )
            }
        }
        guard
            case .conflict(let cause) = error({
                _ = try sheets.accept([(fra.plan.code, twin.bytes)], at: coalition.time)
            })
        else {
            Issue.record("expected a conflict")
            return
        }
        #expect(cause.code == .duplicateLogKey)
        #expect(sheets.directory.partner(fra.plan.code) == nil)
        #expect((try open()).directory.partner(fra.plan.code) == nil)
    }
}
