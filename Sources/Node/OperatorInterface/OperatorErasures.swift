package import RelayStorage
package import Relaying

/// What operators can do about what is kept.
package struct OperatorErasures: Sendable {
    /// How many operators an order takes.
    let persons: @Sendable () -> Int
    /// Erases what an order names; nil when nothing of it is left.
    let erase: @Sendable (ErasureOrder) async throws -> Erasure?

    package init(
        persons: @escaping @Sendable () -> Int,
        erase: @escaping @Sendable (ErasureOrder) async throws -> Erasure?
    ) {
        self.persons = persons
        self.erase = erase
    }
}
