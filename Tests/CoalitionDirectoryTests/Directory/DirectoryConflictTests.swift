import CoalitionDirectory
import OpenSSLCrypto
import TestSupport
import Testing

@Suite struct `Conflicts between sheets` {
    let coalition: CoalitionFixture
    let gbr: PartnerFixture
    let fra: PartnerFixture

    init() throws {
        coalition = try SharedCoalition.get()
        gbr = try coalition.partner("GBR")
        fra = try coalition.partner("FRA")
    }

    private func conflict(_ sheets: [SignedSheet]) throws -> DirectoryError? {
        do {
            _ = try Directory(sheets: sheets, realm: .live)
            return nil
        } catch {
            return error
        }
    }

    @Test func `two sheets of one partner and realm conflict`() throws {
        let again = try PartnerFixture(
            PartnerPlan(
                code: "GBR",
                trustDomain: "other.example",
                nodes: ["gbr-1": "127.0.0.1:1"],
                mailboxes: ["j2": "gbr-1"]
            ),
            at: coalition.time
        )
        #expect(try conflict(coalition.sheets + [again.signedSheet()])?.code == .duplicateCode)
    }

    @Test func `two partners with one trust domain conflict, and both are named`() throws {
        let usurper = try PartnerFixture(
            PartnerPlan(
                code: "XXX",
                trustDomain: "gbr.example",
                nodes: ["gbr-1": "127.0.0.1:1"],
                mailboxes: ["j2": "gbr-1"]
            ),
            at: coalition.time
        )
        let error = try #require(try conflict(coalition.sheets + [usurper.signedSheet()]))
        #expect(error.description == "duplicate-trust-domain: `gbr.example` is claimed by `GBR` and by `XXX`")
    }

    @Test func `a partner that certifies another one's key is found, and both are named`() throws {
        let stolen = try coalition.mailbox("GBR/j2-fusion").signing.certificate.publicKey
        let sheet = try fra.signedSheet { draft in
            let cni = try #require(draft.mailboxes.first)
            let squatting = try fra.credential(.mailboxSigning, for: .mailbox(cni.name)) { $0.publicKey = stolen }
            draft.mailboxes = [
                PartnerSheet.Mailbox(
                    name: cni.name,
                    homeNode: cni.homeNode,
                    signingCertificates: [squatting.certificate],
                    encryptionCertificates: cni.encryptionCertificates
                )
            ]
        }
        let error = try #require(try conflict([gbr.signedSheet(), sheet]))
        #expect(error.code == .duplicateKey)
        #expect(error.detail.contains("`GBR/j2-fusion`") && error.detail.contains("`FRA/cni`"))
    }

    @Test func `two nodes with one log key conflict`() throws {
        let stolen = try gbr.node("gbr-1").logKey.publicKey
        let sheet = try fra.signedSheet { draft in
            let hub = try #require(draft.nodes.first)
            draft.nodes = [
                PartnerSheet.Node(
                    name: hub.name,
                    endpoint: hub.endpoint,
                    log: try LogVerifierKey(origin: hub.log.origin, publicKey: stolen)
                )
            ]
        }
        #expect(try conflict([gbr.signedSheet(), sheet])?.code == .duplicateLogKey)
    }

    @Test func `the state is named by the sheets and not by their order`() throws {
        let forward = try Directory(sheets: coalition.sheets, realm: .live)
        let backward = try Directory(sheets: coalition.sheets.reversed(), realm: .live)
        #expect(forward.stateHash == backward.stateHash)
        let next = try gbr.signedSheet(after: coalition.sheets[0])
        let updated = try Directory(sheets: [next, coalition.sheets[1]], realm: .live)
        #expect(updated.stateHash != forward.stateHash)
    }
}
