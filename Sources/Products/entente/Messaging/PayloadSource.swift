import Foundation
import MessageEnvelope

/// What a message carries: the content of a file, or of standard input for `-`.
struct PayloadSource {
    let bytes: [UInt8]
    /// The file's name without its folders; nil for standard input.
    let fileName: String?

    init(_ argument: String) throws(CommandFailure) {
        do {
            if argument == "-" {
                bytes = try WholeFile.read(
                    STDIN_FILENO,
                    path: "standard input",
                    limit: OutgoingMessage.maximumPayloadSize
                )
                fileName = nil
            } else {
                bytes = try WholeFile.read(argument, limit: OutgoingMessage.maximumPayloadSize)
                fileName = WholeFile.name(of: argument)
            }
        } catch {
            throw CommandFailure(
                error.message,
                next: error.next ?? "name a file that can be read, of 16 MiB at most",
                status: error.status
            )
        }
    }

    /// The media type that the name's ending suggests; for others, text when it is text.
    var mediaType: String {
        let ending = fileName?.split(separator: ".").last.map { $0.lowercased() } ?? ""
        if let known = Self.mediaTypes[ending] { return known }
        return PrintableText.text(of: bytes) == nil ? "application/octet-stream" : "text/plain; charset=utf-8"
    }

    private static let mediaTypes = [
        "csv": "text/csv; charset=utf-8", "geojson": "application/geo+json", "gif": "image/gif",
        "jpeg": "image/jpeg", "jpg": "image/jpeg", "json": "application/json", "md": "text/markdown; charset=utf-8",
        "pdf": "application/pdf", "png": "image/png", "tif": "image/tiff", "tiff": "image/tiff",
        "txt": "text/plain; charset=utf-8", "xml": "application/xml", "zip": "application/zip",
    ]
}
