import CoalitionDirectory
import StrictYAML
import Testing

@testable import entente

/// The command's configuration file.
@Suite struct `The context file` {
    static let whole = """
        default: gbr
        contexts:
          gbr:
            partner: GBR
            node: 127.0.0.1:8441
            roots: {GBR: certs/GBR.pem, FRA: /etc/entente/FRA.pem}
            directory: sheets
            sheets: {GBR: certs/GBR.cms}
            policy: policy.yaml
            mailboxes:
              j2-fusion: {signing: s.pem, signing-key: s.key, encryption: [e2.pem, e1.pem], encryption-key: [e2.key, e1.key]}
              maritime-desk: {signing: m.pem, signing-key: m.key, encryption: me.pem, encryption-key: me.key}
            operator-socket: ../run/operator.sock
          exercise:
            partner: GBR
            realm: northern-light
            operator-socket: /run/exercise.sock
        """

    private func read(_ text: String) throws -> ContextFile {
        try ContextFile.parse(text, path: "/home/user/.config/entente/config.yaml")
    }

    @Test func `paths are relative to the file`() throws {
        let context = try read(Self.whole).context(nil)
        let messaging = try context.requireMessaging()
        #expect(context.name == "gbr")
        #expect(context.realm == .live)
        #expect(messaging.node.port == 8441)
        #expect(messaging.roots[try PartnerCode("GBR")] == "/home/user/.config/entente/certs/GBR.pem")
        #expect(messaging.roots[try PartnerCode("FRA")] == "/etc/entente/FRA.pem")
        #expect(messaging.directory == "/home/user/.config/entente/sheets")
        #expect(try context.requirePolicy() == "/home/user/.config/entente/policy.yaml")
        #expect(try context.requireOperatorSocket() == "/home/user/.config/run/operator.sock")
    }

    @Test func `older encryption keys stand behind the current one`() throws {
        let (address, keys) = try read(Self.whole).context("gbr").mailbox(try MailboxName("j2-fusion"))
        #expect(address.description == "GBR/j2-fusion")
        #expect(keys.encryption.map(\.certificate).map { $0.suffix(6) } == ["e2.pem", "e1.pem"])
        #expect(keys.encryption.map(\.key).map { $0.suffix(6) } == ["e2.key", "e1.key"])
    }

    @Test func `a context for operators needs no mailboxes, and says so when messages are asked for`() throws {
        let context = try read(Self.whole).context("exercise")
        #expect(context.realm.rawValue == "northern-light")
        #expect(context.messaging == nil)
        let failure = #expect(throws: CommandFailure.self) { try context.requireMessaging() }
        #expect(failure?.status == .badConfiguration)
        #expect(failure?.message.contains("config.yaml:14") == true)
    }

    @Test func `where several could be meant, one must be named`() throws {
        let file = try read(Self.whole.replacing("default: gbr\n", with: ""))
        #expect(throws: CommandFailure.self) { try file.context(nil) }
        #expect(throws: CommandFailure.self) { try file.context("fra") }
        let context = try file.context("gbr")
        let failure = #expect(throws: CommandFailure.self) { try context.mailbox(nil) }
        #expect(failure?.next == "name one with --as")
        #expect(throws: CommandFailure.self) { try context.mailbox(try MailboxName("nobody")) }
    }

    @Test func `one context and one mailbox need no naming`() throws {
        let text = """
            contexts:
              fra:
                partner: FRA
                node: fra.example:8441
                roots: {FRA: root.pem}
                directory: sheets
                mailboxes: {cni: {signing: s.pem, signing-key: s.key, encryption: e.pem, encryption-key: e.key}}
            """
        #expect(try read(text).context(nil).mailbox(nil).address.description == "FRA/cni")
    }

    @Test(
        arguments: [
            ("{}", 1, "no `contexts`"),
            ("contexts: {}", 1, "empty"),
            ("default: x\ncontexts:\n  gbr: {partner: GBR}", 1, "expected a context"),
            ("contexts:\n  gbr: {partner: gbr}", 2, "capital letters"),
            ("contexts:\n  gbr:\n    realm: live", 3, "no `partner`"),
            ("contexts:\n  gbr:\n    partner: GBR\n    nodes: x", 4, "unknown key `nodes`"),
            ("contexts:\n  gbr:\n    partner: GBR\n    node: x:1", 3, "no `roots`"),
            ("contexts:\n  gbr:\n    partner: GBR\n    roots: {FRA: x}", 4, "own partner"),
            ("contexts:\n  gbr:\n    partner: GBR\n    roots: {GBR: x}\n    sheets: {FRA: y}", 5, "no root"),
            (
                "contexts:\n  gbr:\n    partner: GBR\n    roots: {GBR: x}\n    mailboxes: {a: {signing: s}}", 5,
                "signing-key"
            ),
            (
                "contexts:\n  gbr:\n    partner: GBR\n    roots: {GBR: x}\n    mailboxes:\n      a:\n        signing: s\n"
                    + "        signing-key: k\n        encryption: [a, b]\n        encryption-key: [a]",
                10, "as many keys"
            ),
            ("contexts:\n  gbr: {partner: GBR}\n  gbr: {partner: GBR}", 2, "more than once"),
            ("contexts:\n  gbr:\n    partner: GBR\n    operator-socket: [a]", 4, "a path"),
            ("contexts: [", 2, "YAML"),
        ]
    )
    func `what is wrong is refused with its line`(text: String, line: Int, words: String) {
        do {
            _ = try read(text)
            Issue.record("expected `\(text)` to be refused")
        } catch {
            let error = error as? YAMLError
            #expect(error?.line == line, "\(error?.description ?? "")")
            #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
        }
    }

    @Test(
        arguments: [
            (["ENTENTE_CONFIG": "/a", "HOME": "/h"], "/a"), (["HOME": "/h"], "/h/.config/entente/config.yaml"),
            (["HOME": "/h", "XDG_CONFIG_HOME": "/x"], "/x/entente/config.yaml"),
            (["HOME": "/h", "XDG_CONFIG_HOME": "x"], "/h/.config/entente/config.yaml"),
        ]
    )
    func `the environment says where the file is`(environment: [String: String], path: String) {
        #expect(ContextFile.defaultPath(environment: environment) == path)
    }
}
