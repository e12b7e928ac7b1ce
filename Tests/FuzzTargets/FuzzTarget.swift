/// A reader that is given any bytes: it must read or refuse them, and what it reads must survive being written.
public struct FuzzTarget: Sendable {
    public let name: String
    /// Folders under `Tests` with inputs to begin from.
    public let seeds: [String]
    /// Says whether the bytes were read, and stops the program where a promise is broken.
    public let run: @Sendable ([UInt8]) -> Bool

    init(_ name: String, seeds: [String], run: @escaping @Sendable ([UInt8]) -> Bool) {
        self.name = name
        self.seeds = seeds + ["FuzzTargetsTests/Corpus/\(name)"]
        self.run = run
    }

    /// In the order of `Tests/FuzzTargets/README.md`.
    public static let all = labels + policies + logs + messages

    /// The value of `body`, or nil when it refuses: refused is as good as read.
    static func accepted<Value, Failure: Error>(_ body: () throws(Failure) -> Value) -> Value? {
        do {
            return try body()
        } catch {
            return nil
        }
    }

    /// The value of `body`, which holds because something was read.
    static func promised<Value, Failure: Error>(_ promise: String, _ body: () throws(Failure) -> Value) -> Value {
        do {
            return try body()
        } catch {
            preconditionFailure("\(promise): \(error)")
        }
    }
}
