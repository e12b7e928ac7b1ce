/// A folder of files as one file: the `ustar` interchange format of POSIX (IEEE Std 1003.1, `pax`), which every `tar`
/// reads.
///
/// The same files always make the same bytes. Reading is strict, as an archive comes from the other side in a dispute:
/// regular files only, with plain relative names, each once.
enum TarArchive {
    struct File: Hashable, Sendable {
        /// Relative, with `/` between folders.
        let name: String
        let bytes: [UInt8]
    }

    /// What is wrong with an archive.
    struct Malformed: Error, Hashable, Sendable, CustomStringConvertible {
        let description: String
    }

    private static let blockSize = 512
    private static let longestName = 100
    private static let longestPrefix = 155

    // The fields of a header, as offset and length.
    private static let name = 0..<100
    private static let mode = 100..<108
    private static let user = 108..<116
    private static let group = 116..<124
    private static let size = 124..<136
    private static let time = 136..<148
    private static let checksum = 148..<156
    private static let type = 156
    private static let magic = 257..<265
    private static let prefix = 345..<500

    /// - Parameter time: what the files are dated with, in seconds since 1970.
    /// - Precondition: the names are fit for ``read(_:)``, and no file has 8 GiB.
    static func write(_ files: [File], time: Int64) -> [UInt8] {
        var archive: [UInt8] = []
        for file in files {
            archive += header(of: file, time: time)
            archive += file.bytes
            archive += padding(behind: file.bytes.count)
        }
        // Two blocks of zeros end an archive.
        return archive + [UInt8](repeating: 0, count: 2 * blockSize)
    }

    private static func header(of file: File, time seconds: Int64) -> [UInt8] {
        guard let (folder, base) = split(file.name) else { preconditionFailure("no name for ustar: `\(file.name)`") }
        var block = [UInt8](repeating: 0, count: blockSize)
        func put(_ text: String, in field: Range<Int>) {
            block.replaceSubrange(field.lowerBound..<field.lowerBound + text.utf8.count, with: text.utf8)
        }
        func put(octal number: Int64, in field: Range<Int>) {
            let digits = String(number, radix: 8)
            put(String(repeating: "0", count: field.count - 1 - digits.count) + digits, in: field)
        }
        put(base, in: name)
        put(octal: 0o644, in: mode)
        put(octal: 0, in: user)
        put(octal: 0, in: group)
        put(octal: Int64(file.bytes.count), in: size)
        put(octal: max(0, seconds), in: time)
        block[type] = UInt8(ascii: "0")
        put("ustar\u{0}00", in: magic)
        put(folder, in: prefix)
        let digits = String(sum(of: block), radix: 8)
        put(String(repeating: "0", count: 6 - digits.count) + digits + "\u{0} ", in: checksum)
        return block
    }

    /// The sum of a header's bytes, those of the checksum itself as blanks.
    private static func sum(of block: some Collection<UInt8>) -> Int {
        block.enumerated().reduce(0) { $0 + (checksum.contains($1.offset) ? 32 : Int($1.element)) }
    }

    private static func padding(behind count: Int) -> [UInt8] {
        [UInt8](repeating: 0, count: (blockSize - count % blockSize) % blockSize)
    }

    /// A name in the two fields that a header has for it; nil when it does not fit.
    private static func split(_ full: String) -> (folder: String, base: String)? {
        if full.utf8.count <= longestName { return ("", full) }
        let parts = full.split(separator: "/", omittingEmptySubsequences: false)
        for count in (1..<max(1, parts.count)).reversed() {
            let folder = parts[..<count].joined(separator: "/")
            let base = parts[count...].joined(separator: "/")
            if folder.utf8.count <= longestPrefix, base.utf8.count <= longestName { return (folder, base) }
        }
        return nil
    }
}

extension TarArchive {
    /// Whether bytes begin as an archive does, whatever comes then.
    static func isOne(_ bytes: [UInt8]) -> Bool {
        bytes.count >= blockSize && bytes[magic.prefix(5)].elementsEqual("ustar".utf8)
    }

    /// The regular files of an archive, in its order; folders are passed over.
    static func read(_ archive: [UInt8]) throws(Malformed) -> [File] {
        var files: [File] = []
        var names: Set<String> = []
        var position = 0
        while true {
            guard position + blockSize <= archive.count else {
                throw Malformed(
                    description: "cut off at byte \(archive.count): expected a header, or the end of the archive"
                )
            }
            let block = archive[position..<position + blockSize]
            if block.allSatisfy({ $0 == 0 }) { break }
            guard let (name, kind, count) = try header(block, at: position) else { break }
            position += blockSize
            guard kind != UInt8(ascii: "5") else { continue }
            guard count <= archive.count - position else {
                throw Malformed(description: "`\(name)`: cut off, expected \(count) bytes")
            }
            guard names.insert(name).inserted else { throw Malformed(description: "`\(name)` is there twice") }
            files.append(File(name: name, bytes: Array(archive[position..<position + count])))
            let end = min(archive.count, position + count + padding(behind: count).count)
            guard archive[(position + count)..<end].allSatisfy({ $0 == 0 }) else {
                throw Malformed(description: "`\(name)`: expected zeros behind it, up to byte \(end)")
            }
            position = end
        }
        guard archive[position...].allSatisfy({ $0 == 0 }) else {
            throw Malformed(description: "expected nothing behind the end of the archive at byte \(position)")
        }
        return files
    }

    private static func header(
        _ block: ArraySlice<UInt8>,
        at position: Int
    ) throws(Malformed) -> (name: String, kind: UInt8, count: Int)? {
        func text(_ field: Range<Int>) -> String {
            let start = block.startIndex
            let bytes = block[start + field.lowerBound..<start + field.upperBound]
            return String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
        func number(_ field: Range<Int>) -> Int? {
            let digits = text(field).drop { $0 == " " }.prefix { $0 != " " }
            return digits.isEmpty || digits.utf8.count > 11 ? nil : Int(digits, radix: 8)
        }
        guard number(checksum) == sum(of: block), text(magic.lowerBound..<magic.lowerBound + 5) == "ustar" else {
            throw Malformed(description: "expected a header of a tar archive (ustar) at byte \(position)")
        }
        let folder = text(prefix)
        let full = folder.isEmpty ? text(name) : "\(folder)/\(text(name))"
        let kind = block[block.startIndex + type]
        guard [0, UInt8(ascii: "0"), UInt8(ascii: "5")].contains(kind) else {
            throw Malformed(description: "`\(full)`: expected a regular file or a folder, got type \(kind)")
        }
        let path = kind == UInt8(ascii: "5") && full.hasSuffix("/") ? String(full.dropLast()) : full
        guard isPlain(path) else {
            throw Malformed(
                description: "`\(full)`: expected a relative name of letters, digits, `.`, `_` and `-`, without `..`"
            )
        }
        guard let count = number(size), count >= 0, kind != UInt8(ascii: "5") || count == 0 else {
            throw Malformed(description: "`\(full)`: expected a size")
        }
        return (path, kind, count)
    }

    private static func isPlain(_ path: String) -> Bool {
        path.split(separator: "/", omittingEmptySubsequences: false).allSatisfy { part in
            !part.isEmpty && part != "." && part != ".."
                && part.utf8.allSatisfy { byte in
                    switch byte {
                    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"),
                        UInt8(ascii: "-"):
                        true
                    default: false
                    }
                }
        }
    }
}
