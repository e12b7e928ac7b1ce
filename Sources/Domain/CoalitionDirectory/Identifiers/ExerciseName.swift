/// The name of an exercise, which is the realm of everything that belongs to it: `winter-26`. Never `live`.
public struct ExerciseName: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The name as it was read.
    public let rawValue: String

    /// Accepts 1 to 63 of `a-z`, `0-9` and `-`, a letter or digit first and last, but not `live`.
    public init(_ text: String) throws(IdentifierError) {
        rawValue = try NameSyntax.checked(text, subject: "exercise name")
        guard rawValue != Realm.liveText else {
            throw IdentifierError("exercise name", text, "expected a name of its own, `live` is the other realm")
        }
    }

    public var description: String { rawValue }

    public static func < (left: ExerciseName, right: ExerciseName) -> Bool { left.rawValue < right.rawValue }
}
