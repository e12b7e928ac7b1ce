import ArgumentParser
import CanonicalEncoding
import CoalitionDirectory
import EntenteClient
import Foundation
import MessageEnvelope
import OpenSSLCrypto
import SecurityLabels

/// Drives a running node with messages signed beforehand, and prints what it took as JSON.
@main
struct LoadCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "entente-load",
        abstract: "Measure a node of the example coalition under load.",
        discussion: """
            Signs and encrypts the messages first, then submits them over several connections, and measures from the \
            request to the durable receipt. With --delivery it goes on until the recipient's node has them all, and \
            measures from the request to the time at which that node accepted each. The node must be one that \
            `Scripts/make-example` made, running. Not for shipping: it is a measuring instrument.

            EXAMPLE
              Scripts/bench
              entente-load --example /tmp/example --from GBR/j2-fusion --to FRA/cni --pid 4711 \\
                --messages 20000 --connections 4 --in-flight 256 --delivery
            """
    )

    @Option(help: "The folder that Scripts/make-example made.")
    var example: String

    @Option(help: "The mailbox that submits, such as GBR/j2-fusion.", transform: { try MailboxAddress($0) })
    var from: MailboxAddress

    @Option(help: "The mailbox that receives, such as FRA/cni.", transform: { try MailboxAddress($0) })
    var to: MailboxAddress

    @Option(help: "The marking of every message.")
    var label = "GBR SECRET//INTREP"

    @Option(help: "How many messages, at most a million.")
    var messages = 10_000

    @Option(help: "The payload of each, in bytes.")
    var size = 1024

    @Option(help: "Connections to the node.")
    var connections = 4

    @Option(help: "Requests under way at once, over all connections.")
    var inFlight = 64

    @Option(help: "Messages submitted first that are not counted.")
    var warmup = 500

    @Option(help: "The daemon's process, for its CPU time.")
    var pid: Int32?

    @Flag(help: "Also wait for the messages at the recipient's node.")
    var delivery = false

    func validate() throws {
        guard (1...1_000_000).contains(messages), (0...100_000).contains(warmup), (1...4096).contains(inFlight),
            (1...256).contains(connections), (0...OutgoingMessage.maximumPayloadSize).contains(size)
        else { throw ValidationError("a count is out of range") }
    }

    func run() async throws {
        let coalition = try ExampleCoalition(folder: example)
        let sender = try coalition.member(from)
        FileHandle.standardError.write(Data("signing \(messages + warmup) messages\n".utf8))
        let prepared = try PreparedMessages(
            count: messages + warmup,
            size: size,
            from: sender,
            to: to,
            label: try coalition.label(label),
            directory: coalition.directory
        )
        let load = try LoadRun(coalition: coalition, sender: sender, connections: connections, inFlight: inFlight)
        FileHandle.standardError.write(Data("submitting\n".utf8))
        _ = try await load.submit(prepared.messages.prefix(warmup), daemon: nil)
        let counted = prepared.messages.dropFirst(warmup)
        let submission = try await load.submit(counted, daemon: pid)
        var report: [String: JSONValue] = [
            "algorithm": .string(sender.signer.certificate.publicKey.algorithm.rawValue),
            "connections": .integer(Int64(connections)),
            "in-flight": .integer(Int64(inFlight)),
            "messages": .integer(Int64(messages)),
            "payload-bytes": .integer(Int64(size)),
            "submission": submission.json,
        ]
        if delivery {
            let arrivals = try await load.awaitArrival(of: counted, sentAt: submission.sentAt, at: coalition.member(to))
            report["delivery"] = arrivals.json
        }
        await load.close()
        print(JSONValue.object(report).indentedText)
    }
}
