import CanonicalEncoding
import CoalitionDirectory
import OpenSSLCrypto
import TestSupport
import Testing

@Suite struct `Succession of sheets` {
    let coalition: CoalitionFixture
    let gbr: PartnerFixture
    let first: SignedSheet

    init() throws {
        coalition = try SharedCoalition.get()
        gbr = try coalition.partner("GBR")
        first = try gbr.signedSheet()
    }

    private func refusal(
        of bytes: [UInt8],
        after previous: SignedSheet,
        at time: Timestamp? = nil
    ) -> SheetError? {
        do {
            _ = try gbr.verify(bytes, previous: previous, at: time)
            return nil
        } catch {
            return error
        }
    }

    @Test func `the same bytes again change nothing`() throws {
        #expect(try gbr.verify(first.bytes, previous: first).digest == first.digest)
    }

    @Test func `the next version follows the one before`() throws {
        let second = try gbr.signedSheet(after: first)
        #expect(second.sheet.version == 2)
        #expect(second.sheet.previous == first.digest)
        #expect(try gbr.signedSheet(after: second).sheet.version == 3)
    }

    @Test func `a lower version is refused, however fresh or stale it is`() throws {
        let second = try gbr.signedSheet(after: first)
        #expect(refusal(of: first.bytes, after: second)?.code == .older)
        let late = coalition.time.adding(seconds: 60 * 86_400)
        #expect(refusal(of: first.bytes, after: second, at: late)?.code == .older)
    }

    @Test func `two sheets of one version are a fork, and both are kept`() throws {
        let other = try gbr.sign(gbr.draft(at: coalition.time.adding(milliseconds: 1)))
        let error = refusal(of: other, after: first)
        #expect(error?.code == .forked)
        #expect(error?.evidence == [first.bytes, other])
    }

    @Test func `the next version of another history is a fork`() throws {
        let twin = try gbr.verify(gbr.sign(gbr.draft()))
        let second = try gbr.sign(gbr.draft(after: twin))
        let error = refusal(of: second, after: first)
        #expect(error?.code == .forked)
        #expect(error?.evidence == [first.bytes, second])
    }

    @Test func `a version before that the accepted one does not follow is a fork`() throws {
        let twin = try gbr.verify(gbr.sign(gbr.draft(at: coalition.time.adding(milliseconds: 1))))
        let third = try gbr.signedSheet(after: gbr.signedSheet(after: twin))
        // Nothing shows yet: the version in between may never have arrived.
        let accepted = try gbr.verify(third.bytes, previous: first)
        let second = try gbr.sign(gbr.draft(after: first, at: coalition.time.adding(milliseconds: 2)))
        let error = refusal(of: second, after: accepted)
        #expect(error?.code == .forked)
        #expect(error?.evidence == [third.bytes, second])
    }

    @Test func `a fork that the partner did not sign is no fork`() throws {
        let stranger = try PartnerFixture(gbr.plan, at: coalition.time)
        #expect(refusal(of: try stranger.sign(stranger.draft()), after: first)?.code == .unpinned)
    }

    @Test func `versions in between may be missing`() throws {
        let second = try gbr.signedSheet(after: first)
        let third = try gbr.signedSheet(after: second)
        #expect(try gbr.verify(third.bytes, previous: first).sheet.version == 3)
    }

    @Test func `a revocation list never goes back, and no number is used twice`() throws {
        let second = try gbr.signedSheet(after: first)
        var draft = try gbr.draft(after: second)
        draft.revocationLists = try gbr.revocationLists(number: 1)
        #expect(refusal(of: try gbr.sign(draft), after: second)?.code == .revocationListOlder)
        draft.revocationLists = second.sheet.revocationLists
        #expect(refusal(of: try gbr.sign(draft), after: second) == nil)
        draft.revocationLists = try gbr.revocationLists(
            number: 2,
            revoking: [gbr.mailbox("j2-fusion").signing.certificate]
        )
        #expect(refusal(of: try gbr.sign(draft), after: second)?.code == .revocationListOlder)
    }

    @Test func `roots change only in a sheet signed under an old one`() throws {
        let successor = try PartnerFixture(gbr.plan, at: coalition.time)
        // A sheet under a new root alone is refused,
        #expect(refusal(of: try successor.sign(successor.draft(after: first)), after: first)?.code == .unpinned)
        // one under the old root that brings the new one in is accepted,
        let both = try gbr.signedSheet(after: first) { draft in
            draft.roots.append(successor.root.certificate)
            draft.revocationLists.append(try successor.root.revocationList(at: coalition.time))
        }
        // and then one under the new root alone, although the pin still names the old one.
        let changed = try gbr.verify(successor.sign(successor.draft(after: both)), previous: both)
        #expect(changed.sheet.roots == [successor.root.certificate])
        #expect(throws: SheetError.self) { try gbr.verify(changed.bytes) }
    }
}
