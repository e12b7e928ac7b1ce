import Foundation

/// What a command says: data on stdout, messages on stderr.
enum Output {
    static func data(_ line: String) {
        FileHandle.standardOutput.write(Data((line + "\n").utf8))
    }

    static func message(_ line: String) {
        FileHandle.standardError.write(Data((line + "\n").utf8))
    }
}
