import ArgumentParser
import CoalitionDirectory
import MessageEnvelope
import SecurityLabels

/// Whom a message is for: a mailbox, `FRA/cni`, or the members of a community, `community:MARITIME`.
enum RecipientArgument: Hashable {
    case mailbox(MailboxAddress)
    case community(CommunityName)

    init(_ text: String) throws {
        let prefix = "community:"
        do {
            self =
                text.hasPrefix(prefix)
                ? .community(try CommunityName(String(text.dropFirst(prefix.count))))
                : .mailbox(try MailboxAddress(text))
        } catch {
            throw ValidationError("\(error); expected `PARTNER/mailbox` or `community:NAME`")
        }
    }
}

/// How long a message lives: a whole number with `m`, `h` or `d` behind it, 30 days at most.
struct LifetimeArgument: Hashable, CustomStringConvertible {
    let seconds: Int64
    let description: String

    init(_ text: String) throws {
        let units: [Character: Int64] = ["m": 60, "h": 3600, "d": 86_400]
        guard let unit = text.last.flatMap({ units[$0] }), let count = Int64(text.dropLast()), count > 0,
            String(count) == text.dropLast()
        else {
            throw ValidationError(
                "expected a time from `1m` to `30d`, a whole number with `m`, `h` or `d` behind it, got `\(text)`"
            )
        }
        guard count <= MessageHeader.longestLife / unit else {
            throw ValidationError("expected a time from `1m` to `30d`, got `\(text)`")
        }
        seconds = count * unit
        description = text
    }
}

extension MessageID {
    init(argument text: String) throws {
        guard let id = MessageID(text) else {
            if MessageID(text.lowercased()) != nil {
                throw ValidationError("expected the id in small letters, `\(text.lowercased())`, got `\(text)`")
            }
            throw ValidationError("expected a message id, as `entente inbox` shows them, got `\(text)`")
        }
        self = id
    }
}

extension MailboxAddress {
    init(argument text: String) throws {
        do {
            try self.init(text)
        } catch {
            throw ValidationError("\(error)")
        }
    }
}

extension Precedence {
    init(argument text: String) throws {
        guard let precedence = Precedence(name: text.uppercased()) else {
            let known = Precedence.allCases.reversed().map(\.name).joined(separator: ", ")
            throw ValidationError("expected one of \(known), got `\(text)`")
        }
        self = precedence
    }
}
