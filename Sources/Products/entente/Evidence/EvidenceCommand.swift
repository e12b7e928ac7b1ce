import ArgumentParser

/// `entente evidence`: one file for a dispute.
struct EvidenceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evidence",
        abstract: "Put all that is signed about a message into one file, and verify such a file offline.",
        discussion: """
            A file of evidence holds the signed header and the encrypted body, the log's entries with their proofs and \
            cosignatures, what other nodes' logs have shown, delivery receipts, and the sheets, certificates, revocation lists \
            and policies of then. Whoever has it needs no node and no network; README.txt in it says how to verify it with \
            `openssl` alone.

            EXAMPLES
              entente evidence export 019aab12-7c3d-7e4f-8a5b-6c7d8e9f0a1b
              entente evidence verify evidence-019aab12-7c3d-7e4f-8a5b-6c7d8e9f0a1b.tar --root GBR=gbr-root.pem
            """,
        subcommands: [EvidenceExportCommand.self, EvidenceVerifyCommand.self]
    )
}
