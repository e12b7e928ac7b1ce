/// Live traffic or one exercise. The two never mix: identities, roots and log keys are separate.
public enum Realm: Hashable, Comparable, Sendable, CustomStringConvertible {
    case live
    case exercise(ExerciseName)

    static let liveText = "live"

    /// Parses `live`, or the name of an exercise.
    public init(_ text: String) throws(IdentifierError) {
        self = text == Self.liveText ? .live : .exercise(try ExerciseName(text))
    }

    /// `live`, or the name of the exercise: the text that `init(_:)` reads.
    public var rawValue: String {
        switch self {
        case .live: Self.liveText
        case .exercise(let name): name.rawValue
        }
    }

    public var description: String { rawValue }
}
