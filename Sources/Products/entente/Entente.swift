import ArgumentParser
import Relaying

/// The command line of Entente.
struct Entente: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "entente",
        abstract: "Send, receive and account for intelligence messages between the partners of a coalition.",
        discussion: """
            Data goes to standard output, messages to standard error. Exit status: 0 done, 1 failed, 3 denied by \
            policy, 4 not authenticated, 5 unreachable, 10 audit log broken, 11 bad configuration, 64 usage, \
            130 interrupted.
            """,
        version: "entente \(ProductVersion.text)",
        subcommands: [
            SendCommand.self,
            InboxCommand.self,
            OpenCommand.self,
            StatusCommand.self,
            MetricsCommand.self,
            TraceCommand.self,
            AuditCommand.self,
            ReportCommand.self,
            EvidenceCommand.self,
            PolicyCommand.self,
            LabelCommand.self,
            PKICommand.self,
            PartnerCommand.self,
        ]
    )
}
