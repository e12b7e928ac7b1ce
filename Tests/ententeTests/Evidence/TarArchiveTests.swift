import Foundation
import Testing

@testable import entente

/// Archives that every `tar` reads, and that no hostile one gets through.
@Suite struct TarArchiveTests {
    private static let files = [
        TarArchive.File(name: "folder/empty", bytes: []),
        TarArchive.File(name: "folder/one", bytes: [1]),
        TarArchive.File(name: "folder/block", bytes: [UInt8](repeating: 2, count: 512)),
        TarArchive.File(name: "folder/more", bytes: (0..<1500).map { UInt8($0 % 251) }),
        TarArchive.File(
            name:
                "folder-of-many-letters/\(String(repeating: "a", count: 64))/\(String(repeating: "b", count: 64)).json",
            bytes: Array("deep".utf8)
        ),
    ]

    @Test func `what was written is read again, and the same files make the same bytes`() throws {
        let archive = TarArchive.write(Self.files, time: 1_795_348_800)
        #expect(try TarArchive.read(archive) == Self.files)
        #expect(TarArchive.write(Self.files, time: 1_795_348_800) == archive)
        #expect(archive.count % 512 == 0)
    }

    @Test func `the stock tar lists and unpacks it, and what it packs is read`() async throws {
        let folder = try TemporaryFolder()
        try Data(TarArchive.write(Self.files, time: 1_795_348_800))
            .write(to: URL(filePath: "\(folder.path)/archive.tar"))
        let listed = try await ProgramRun(shell: "tar -tf archive.tar && tar -xf archive.tar", in: folder.path)
        #expect(listed.status == 0, "\(listed.messages)")
        #expect(listed.text.split(separator: "\n").map(String.init) == Self.files.map(\.name))
        for file in Self.files {
            #expect(try Array(Data(contentsOf: URL(filePath: "\(folder.path)/\(file.name)"))) == file.bytes)
        }
        for format in ["ustar", "gnu"] {
            let packed = try await ProgramRun(
                shell: "tar --format=\(format) -cf packed.tar folder && cat packed.tar",
                in: folder.path
            )
            let read = try TarArchive.read(packed.output)
            let expected = Self.files.filter { $0.name.hasPrefix("folder/") }
            #expect(read.sorted { $0.name < $1.name } == expected.sorted { $0.name < $1.name })
        }
    }

    @Test(arguments: [
        ("symbolic link", "ln -s /etc/passwd f/link"), ("hard link", "echo a >f/a && ln f/a f/b"),
        ("named pipe", "mkfifo f/pipe"), ("name with a blank", "echo a >'f/a b'"),
    ])
    func `what is no plain file with a plain name is refused`(what: String, command: String) async throws {
        let folder = try TemporaryFolder()
        let run = try await ProgramRun(
            shell: "mkdir f && \(command) && tar --format=ustar -cf - f",
            in: folder.path
        )
        #expect(run.status == 0, "\(run.messages)")
        #expect(throws: TarArchive.Malformed.self, "\(what)") { try TarArchive.read(run.output) }
    }

    @Test(arguments: ["/etc/passwd", "../outside", "a/../../outside", "a//b", "./a", "a/", "a\nb"])
    func `a name that leaves the folder is refused`(name: String) throws {
        // The same length, so that only the checksum has to be put right.
        let harmless = String(repeating: "x", count: name.utf8.count)
        var archive = TarArchive.write([TarArchive.File(name: harmless, bytes: [1])], time: 0)
        archive.replaceSubrange(0..<name.utf8.count, with: name.utf8)
        Self.sealHeader(of: &archive)
        #expect(throws: TarArchive.Malformed.self) { try TarArchive.read(archive) }
    }

    @Test func `a file that is there twice is refused`() {
        let archive = TarArchive.write([Self.files[1], Self.files[1]], time: 0)
        #expect(throws: TarArchive.Malformed(description: "`folder/one` is there twice")) {
            try TarArchive.read(archive)
        }
    }

    @Test func `what is no file of evidence is no broken one`() async throws {
        let folder = try TemporaryFolder()
        let archive = TarArchive.write([.init(name: "evidence-x/one", bytes: [1])], time: 0)
        var broken = archive
        broken[300] ^= 1
        var renamed = archive
        renamed[0] ^= 1
        let files: [(String, [UInt8], Int32)] = [
            ("text", Array("A text.\n".utf8), 1), ("empty", [], 1), ("zeros", [UInt8](repeating: 0, count: 2048), 1),
            ("whole", archive, 10), ("broken", broken, 10), ("renamed", renamed, 10),
            ("cut-off", Array(archive.prefix(600)), 10), ("scrap", Array(archive.prefix(20)), 10),
        ]
        for (name, bytes, status) in files {
            let file = folder.path + "/" + name
            try Data(bytes).write(to: URL(fileURLWithPath: file))
            let run = try await ProgramRun(["evidence", "verify", file])
            #expect(run.status == status, "\(name): \(run.messages)")
            #expect(run.messages.contains(status == 1 ? "is no file of evidence" : "get the file again"), "\(name)")
        }
    }

    @Test func `an archive that is cut off anywhere is refused`() {
        let archive = TarArchive.write(Array(Self.files.prefix(4)), time: 0)
        for count in stride(from: 0, to: archive.count - 1024, by: 64) {
            #expect(throws: TarArchive.Malformed.self, "\(count)") { try TarArchive.read(Array(archive[..<count])) }
        }
    }

    @Test func `a changed header and bytes behind the end are refused`() {
        let archive = TarArchive.write([Self.files[3]], time: 0)
        for place in [0, 20, 100, 130, 150, 156, 257, 300, 511] {
            var changed = archive
            changed[place] ^= 1
            #expect(throws: TarArchive.Malformed.self, "\(place)") { try TarArchive.read(changed) }
        }
        #expect(throws: TarArchive.Malformed.self) { try TarArchive.read(archive + [1]) }
        // More zeros are what `tar` itself pads with.
        #expect(throws: Never.self) { try TarArchive.read(archive + [UInt8](repeating: 0, count: 512)) }
    }

    @Test func `random changes are refused or read without harm`() {
        var random = SystemRandomNumberGenerator()
        let archive = TarArchive.write(Self.files, time: 0)
        for _ in 0..<2000 {
            var changed = archive
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                changed[Int.random(in: 0..<changed.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            do {
                #expect(try TarArchive.read(changed).count <= Self.files.count)
            } catch {
                #expect(!error.description.isEmpty)
            }
        }
    }

    private static func sealHeader(of archive: inout [UInt8]) {
        archive.replaceSubrange(148..<156, with: [UInt8](repeating: 32, count: 8))
        let digits = String(archive[..<512].reduce(0) { $0 + Int($1) }, radix: 8)
        let field = String(repeating: "0", count: 6 - digits.count) + digits + "\u{0} "
        archive.replaceSubrange(148..<156, with: Array(field.utf8))
    }
}
