/// How urgent a message is; the more urgent compares greater.
public enum Precedence: Int, Hashable, Comparable, Sendable, CaseIterable, CustomStringConvertible {
    case deferred
    case routine
    case priority
    case immediate
    case flash
    case override

    /// The precedence whose name in capitals is the text, or nil.
    public init?(name: String) {
        guard let match = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = match
    }

    /// The name in capitals, as it stands in headers and on paper.
    public var name: String {
        switch self {
        case .deferred: "DEFERRED"
        case .routine: "ROUTINE"
        case .priority: "PRIORITY"
        case .immediate: "IMMEDIATE"
        case .flash: "FLASH"
        case .override: "OVERRIDE"
        }
    }

    public var description: String { name }

    public static func < (left: Precedence, right: Precedence) -> Bool { left.rawValue < right.rawValue }
}
