import CanonicalEncoding
import CoalitionDirectory
import OpenSSLCrypto
import TestSupport

/// The coalitions that most tests look at; made once, because keys and signatures cost time.
enum SharedCoalition {
    private static let p256 = Result { try CoalitionFixture(["GBR", "FRA", "DEU"]) }
    private static let p384 = Result { try CoalitionFixture(["GBR", "FRA", "DEU"], algorithm: .p384) }
    private static let exercise = Result {
        try CoalitionFixture(["GBR", "FRA"], realm: .exercise(ExerciseName("northern-wall")))
    }

    static func get(_ algorithm: KeyAlgorithm = .p256) throws -> CoalitionFixture {
        try (algorithm == .p384 ? p384 : p256).get()
    }

    static func getExercise() throws -> CoalitionFixture { try exercise.get() }
}
