import TestSupport

/// The coalition that most tests look at; made once, because keys and signatures cost time.
enum SharedCoalition {
    private static let made = Result { try CoalitionFixture(["GBR", "FRA", "DEU"]) }

    static func get() throws -> CoalitionFixture { try made.get() }
}
