import ArgumentParser

/// `entente partner`: the signed sheets in which partners say who they are.
struct PartnerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "partner",
        abstract: "Make, verify and show the signed sheets of partners.",
        discussion: """
            A sheet holds a partner's roots, intermediates, revocation lists, nodes, log keys and mailboxes. Its
            registrar signs it, and the others verify it under the root that they have pinned.

            EXAMPLE
              entente partner sheet --config Config/directory/GBR.yaml --certs Certs/GBR
              entente partner verify Certs/GBR/sheet.cms --partner GBR --root Certs/GBR/root/certificate.pem
            """,
        subcommands: [PartnerSheetCommand.self, PartnerVerifyCommand.self, PartnerShowCommand.self]
    )
}
