public import CanonicalEncoding
public import CoalitionDirectory
public import MessageEnvelope
public import OpenSSLCrypto
public import SecurityLabels

/// A part of a mailbox's inbox, oldest first.
public struct InboxPage: Sendable {
    public let entries: [InboxEntry]
    /// The number to ask for the next page after; nil on the last page.
    public let next: Int64?
}

/// A message in the inbox, as the node lists it.
///
/// The node's word only: what counts is the envelope itself, once it is verified and opened.
public struct InboxEntry: Hashable, Sendable {
    /// The message's number in the mailboxes of the node; grows, with gaps.
    public let sequence: Int64
    public let message: MessageID
    public let originator: MailboxAddress
    public let precedence: Precedence
    public let marking: String
    /// The size of the encrypted body in bytes.
    public let bodySize: Int64
    /// When it expires.
    public let expires: Timestamp
    /// When the node took the message on.
    public let received: Timestamp
    /// The digest of the envelope.
    public let digest: SHA256Digest
    /// Whether this mailbox has sent its delivery receipt.
    public let isReceipted: Bool
    /// The entry as the node sent it.
    public let json: JSONValue

    /// The date-time of origin, which the message's identifier holds.
    public var dateTime: Timestamp { message.time }
}

extension InboxPage {
    init(json: JSONValue) throws(ClientError) {
        guard let elements = json["messages"]?.arrayValue else {
            throw .malformedAnswer("expected a page of an inbox with `messages`")
        }
        var entries: [InboxEntry] = []
        for element in elements { entries.append(try InboxEntry(json: element)) }
        self.entries = entries
        next = json["next"]?.integerValue
    }
}

extension InboxEntry {
    init(json: JSONValue) throws(ClientError) {
        guard let sequence = json["sequence"]?.integerValue,
            let message = json["message"]?.stringValue.flatMap({ MessageID($0) }),
            let originator = json["originator"]?.stringValue,
            let precedence = json["precedence"]?.stringValue.flatMap({ Precedence(name: $0) }),
            let marking = json["marking"]?.stringValue, let bodySize = json["body-size"]?.integerValue,
            let received = json["received"]?.stringValue, let expires = json["expires"]?.stringValue,
            let digest = json["digest"]?.stringValue.flatMap({ Hex.decode($0) }).flatMap({ SHA256Digest($0) }),
            let isReceipted = json["receipted"]?.boolValue
        else {
            throw .malformedAnswer("an entry of the inbox lacks a field: `\(json.canonicalText.prefix(200))`")
        }
        do {
            self.originator = try MailboxAddress(originator)
            self.received = try Timestamp(rfc3339: received)
            self.expires = try Timestamp(rfc3339: expires)
        } catch {
            throw .malformedAnswer("an entry of the inbox: \(error)")
        }
        self.sequence = sequence
        self.message = message
        self.precedence = precedence
        self.marking = marking
        self.bodySize = bodySize
        self.digest = digest
        self.isReceipted = isReceipted
        self.json = json
    }
}
