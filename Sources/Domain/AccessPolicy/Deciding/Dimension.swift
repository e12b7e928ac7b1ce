/// One thing that rules look at in a request.
///
/// The order is how readily the side that sends can change it, which is the order in which advice names it.
enum Dimension: Int, Hashable, Comparable, Sendable, CaseIterable {
    case precedence
    case type
    case community
    case caveats
    case compartments
    case level
    case date
    case recipient
    case recipientKind
    case holder
    case owner
    case realm
    case action

    static func < (left: Dimension, right: Dimension) -> Bool { left.rawValue < right.rawValue }
}
