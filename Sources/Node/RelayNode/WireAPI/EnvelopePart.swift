import MessageEnvelope

/// What a mailbox fetches of a message: the envelope, or one of its two CMS objects for stock tools.
enum EnvelopePart: Hashable, Sendable {
    case whole
    case header
    case body

    var mediaType: String {
        switch self {
        case .whole: Envelope.mediaType
        case .header, .body: "application/cms"
        }
    }

    func bytes(of envelope: Envelope) -> [UInt8] {
        switch self {
        case .whole: envelope.bytes
        case .header: envelope.header
        case .body: envelope.body
        }
    }
}
