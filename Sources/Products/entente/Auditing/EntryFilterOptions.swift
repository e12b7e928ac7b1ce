import ArgumentParser
import CanonicalEncoding
import CoalitionDirectory
import MessageEnvelope
import RelayStorage
import Relaying

extension AuditEntryKind: ExpressibleByArgument {}
extension AuditOutcome: ExpressibleByArgument {}

/// The options that say which entries to list.
struct EntryFilterOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Only entries of this kind; may be repeated.", valueName: "kind"))
    var kind: [AuditEntryKind] = []

    @Option(
        name: [.customLong("outcome"), .customLong("decision")],
        help: ArgumentHelp("Only entries that ended so; may be repeated.", valueName: "outcome")
    )
    var outcome: [AuditOutcome] = []

    @Option(
        help: ArgumentHelp(
            "Only entries about this peer, such as fra.example/node/fra-hub, or all of a trust domain, such as fra.example.",
            valueName: "identity"
        ),
        transform: PeerArgument.init
    )
    var peer: PeerArgument?

    @Option(
        help: ArgumentHelp("Only entries about this mailbox, such as GBR/j2-fusion.", valueName: "mailbox"),
        transform: Self.mailbox
    )
    var mailbox: MailboxAddress?

    @Option(help: ArgumentHelp("Only entries with this reason: a rule of the policy, or a code.", valueName: "rule"))
    var rule: String?

    @Option(help: ArgumentHelp("Only entries about messages whose marking holds this text.", valueName: "text"))
    var label: String?

    @Option(help: ArgumentHelp("Only entries that hold this text, themselves or in their details.", valueName: "text"))
    var grep: String?

    @Option(
        help: ArgumentHelp("Only entries about this message.", valueName: "id"),
        transform: MessageID.init(argument:)
    )
    var message: MessageID?

    @Option(
        help: ArgumentHelp(
            "Only entries of this time or later: 2026-11-22, 2026-11-22T14:30:00Z, or 90m, 24h, 7d ago.",
            valueName: "time"
        ),
        transform: TimeArgument.init
    )
    var since: TimeArgument?

    @Option(help: ArgumentHelp("Only entries before this time.", valueName: "time"), transform: TimeArgument.init)
    var until: TimeArgument?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Only entries after this index, the oldest first.", valueName: "index")
    )
    var after: UInt64?

    @Option(parsing: .unconditional, help: ArgumentHelp("Only entries before this index.", valueName: "index"))
    var before: UInt64?

    func validate() throws {
        for (name, text) in [("--rule", rule), ("--label", label), ("--grep", grep)] where text == "" {
            throw ValidationError("expected a text behind \(name), got an empty one, which is part of every text")
        }
        if let after, let before, before == 0 || after >= before - 1 {
            throw ValidationError(
                "no index lies after \(after) and before \(before): expected --after to be the smaller one"
            )
        }
        let now = Timestamp.now()
        if let since, let until, since.time(at: now) >= until.time(at: now) {
            throw ValidationError("no time lies between --since and --until: expected --since to be the earlier one")
        }
    }

    /// The filter, without order and limit.
    func filter(at now: Timestamp) -> EntryFilter {
        EntryFilter(
            kinds: Set(kind),
            outcomes: Set(outcome),
            peer: peer?.identity,
            domain: peer?.domain,
            message: message,
            rule: rule,
            mailbox: mailbox,
            label: label,
            text: grep,
            since: since?.time(at: now),
            until: until?.time(at: now),
            after: after,
            before: before
        )
    }

    static func identity(_ text: String) throws -> SPIFFEID {
        do {
            return try SPIFFEID(text.hasPrefix("spiffe://") ? text : "spiffe://\(text)")
        } catch {
            throw ValidationError("\(error)")
        }
    }

    /// The identity of a node: streams are between nodes.
    static func node(_ text: String) throws -> SPIFFEID {
        let id = try identity(text)
        guard id.kind == .node else {
            throw ValidationError("expected a node, such as fra.example/node/fra-hub, got `\(text)`")
        }
        return id
    }

    private static func mailbox(_ text: String) throws -> MailboxAddress {
        do {
            return try MailboxAddress(text)
        } catch {
            throw ValidationError("\(error)")
        }
    }
}

/// One identity, with or without its scheme, or a trust domain.
enum PeerArgument: Hashable, Sendable {
    case one(SPIFFEID)
    case all(TrustDomain)

    init(_ text: String) throws {
        do {
            let name = text.hasPrefix("spiffe://") ? String(text.dropFirst("spiffe://".count)) : text
            self = name.contains("/") ? .one(try SPIFFEID("spiffe://\(name)")) : .all(try TrustDomain(name))
        } catch {
            throw ValidationError("\(error)")
        }
    }

    var identity: SPIFFEID? { if case .one(let identity) = self { identity } else { nil } }

    var domain: TrustDomain? { if case .all(let domain) = self { domain } else { nil } }
}

/// A time as people type it: a day, a time in UTC, or so long ago.
enum TimeArgument: Hashable, Sendable {
    case at(Timestamp)
    /// Milliseconds.
    case ago(Int64)

    init(_ text: String) throws {
        let expected = "expected a time such as 2026-11-22, 2026-11-22T14:30:00Z or 24h (s, m, h, d), got `\(text)`"
        let units: [Character: Int64] = ["s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000]
        if let unit = text.last.flatMap({ units[$0] }), let count = UInt32(text.dropLast()) {
            self = .ago(Int64(count) * unit)
            return
        }
        do {
            if text.utf8.count == 10 {
                self = .at(try Timestamp(date: text))
            } else {
                let isWhole = text.utf8.count == 20 && text.hasSuffix("Z")
                self = .at(try Timestamp(rfc3339: isWhole ? "\(text.dropLast()).000Z" : text))
            }
        } catch {
            throw ValidationError(expected)
        }
    }

    func time(at now: Timestamp) -> Timestamp {
        switch self {
        case .at(let time): time
        case .ago(let milliseconds): now.adding(milliseconds: -milliseconds)
        }
    }
}
