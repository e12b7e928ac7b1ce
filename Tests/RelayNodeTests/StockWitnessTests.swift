import CanonicalEncoding
import CoalitionDirectory
import Foundation
import NodeSupport
import OpenSSLCrypto
import RelayNode
import RelayStorage
import Relaying
import TestSupport
import Testing
import TransparencyLog

/// The log of a node, read and judged with `curl`, `openssl` and a shell.
@Suite struct StockWitnessTests {
    /// Fetches the checkpoint and the level-0 tile of a log of up to 255 entries, makes the root anew, and verifies a
    /// cosignature; the last line of output is what `openssl` says. Arguments: port, certificate, key, witness, its raw key.
    private static let script = """
        set -eu
        get() { curl -sS --fail --http1.1 --insecure --cert "$2" --key "$3" "https://127.0.0.1:$1/v1/log/$4" -o "$5"; }
        get "$1" "$2" "$3" checkpoint checkpoint
        size=$(sed -n 2p checkpoint)
        get "$1" "$2" "$3" "tile/0/000.p/$size" tile
        test "$(wc -c <tile)" -eq $((32 * size))
        root() (
            first=$1 count=$2 left=1
            if [ "$count" -eq 1 ]; then tail -c +$((32 * first + 1)) tile | head -c 32; exit; fi
            while [ $((left * 2)) -lt "$count" ]; do left=$((left * 2)); done
            { printf '\\001'; root "$first" "$left"; root $((first + left)) $((count - left)); } |
                openssl dgst -sha256 -binary
        )
        test "$(root 0 "$size" | openssl base64 -A)" = "$(sed -n 3p checkpoint)"
        sed '/^$/,$d' checkpoint >text
        sed -n "s|^— $4 ||p" checkpoint | openssl base64 -d -A >line
        test "$(wc -c <line)" -eq 76
        time=$(od -An -tu1 -j4 -N8 line | awk '{ for (i = 1; i <= 8; i++) t = t * 256 + $i; printf "%d", t }')
        { printf 'cosignature/v1\\ntime %s\\n' "$time"; cat text; } >signed
        tail -c 64 line >signature
        { printf '\\060\\052\\060\\005\\006\\003\\053\\145\\160\\003\\041\\000'; cat "$5"; } |
            openssl pkey -pubin -inform DER -out witness.pem
        openssl pkeyutl -verify -rawin -pubin -inkey witness.pem -in signed -sigfile signature
        """

    @Test(.timeLimit(.minutes(10)))
    func `checkpoint, tiles and cosignature hold with curl, openssl and a shell`() async throws {
        let coalition = try RunningCoalition()
        try coalition.witness("GBR", by: ["FRA"])
        try await coalition.start("FRA", "GBR")
        let stable = try await coalition.cosigned("GBR", index: 0, by: ["FRA"])
        let credential = try coalition.nodeCredential("DEU")
        try coalition.write(credential.chain.flatMap { $0.pem() }, "stock.pem")
        try coalition.write(try credential.key.pem(), "stock.key")
        let witness = try #require(coalition.fixture.directory.witness(coalition.nodeID("FRA")))
        try coalition.write(try #require(witness.publicKey.rawEd25519), "witness.raw")
        let folder = coalition.folder.path
        let arguments = ["-c", Self.script, "sh", "\(coalition.port(of: "GBR"))", "stock.pem", "stock.key"]
        let output = try await withCheckedThrowingContinuation {
            (continuation: CheckedContinuation<String, any Error>) in
            DispatchQueue.global().async {
                continuation.resume(
                    with: Result { try Self.run(arguments + [witness.name.rawValue, "witness.raw"], in: folder) }
                )
            }
        }
        #expect(output.contains("Signature Verified Successfully"), "\(output)")
        #expect(String(decoding: stable.signed.bytes, as: UTF8.self).contains("\(witness.name) "))
        try await coalition.stopAll()
    }

    private static func run(_ arguments: [String], in folder: String) throws -> String {
        let process = Process()
        process.executableURL = URL(filePath: "/bin/sh")
        process.arguments = arguments
        process.currentDirectoryURL = URL(filePath: folder)
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let output = try pipe.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return String(decoding: output, as: UTF8.self)
    }
}
