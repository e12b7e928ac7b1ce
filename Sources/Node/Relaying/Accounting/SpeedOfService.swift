package import SecurityLabels

extension Precedence {
    /// Within how many milliseconds a message of this precedence is to be delivered; nil where nothing is promised.
    package var deliveryTarget: Int64? {
        let minute: Int64 = 60_000
        return switch self {
        case .override, .flash: 10 * minute
        case .immediate: 30 * minute
        case .priority: 180 * minute
        case .routine: 360 * minute
        case .deferred: nil
        }
    }
}
