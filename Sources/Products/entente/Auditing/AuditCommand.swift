import ArgumentParser

/// `entente audit`: the log of a node.
struct AuditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit",
        abstract: "Read a node's audit log, verify it, and prove what stands in it.",
        discussion: """
            Asks a running node through its operator socket, or reads a copied database. A copy is made with \
            `sqlite3 entente.sqlite ".backup copy.sqlite"`.

            EXAMPLES
              entente audit log --outcome denied --since 24h
              entente audit stats --since 30d
              entente audit show 1234
              entente audit verify copy.sqlite --vkey-file gbr-1.vkey
              entente audit prove 1234 --out receipt.tlog-proof
              entente audit forks
              entente audit acknowledge-fork 1 --authority 'incident 26/14' --reason 'new log key since 22 November'
              entente audit replay --since 30d
              entente audit gaps
              entente audit erase --message ID --authority 'GDPR, article 17' --reason 'request 26/118'
              entente audit hold --message ID --authority 'Court order 7/26' --reason 'evidence'
            """,
        subcommands: [
            AuditLogCommand.self, AuditStatsCommand.self, AuditShowCommand.self, AuditVerifyCommand.self,
            AuditProveCommand.self,
            AuditForksCommand.self, AuditAcknowledgeForkCommand.self, AuditWitnessPolicyCommand.self,
            AuditRecoverCommand.self,
            AuditReplayCommand.self, AuditGapsCommand.self, AuditCloseGapCommand.self, AuditExportCommand.self,
            AuditReconcileCommand.self,
            AuditEraseCommand.self, AuditHoldCommand.self, AuditReleaseHoldCommand.self, AuditBackupCommand.self,
            AuditArchiveCommand.self,
        ]
    )
}
