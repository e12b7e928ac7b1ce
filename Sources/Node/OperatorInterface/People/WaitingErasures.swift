import CanonicalEncoding
import Relaying

/// Orders to erase that wait for a second operator; gone with the process, and then given again.
struct WaitingErasures {
    /// Seconds for which an order waits.
    static let patience: Int64 = 86_400

    private struct Waiting {
        let order: ErasureOrder
        let user: UInt32
        let until: Timestamp
    }

    private var orders: [UInt64: Waiting] = [:]

    /// Keeps an order under the index of the entry that records it.
    mutating func add(_ order: ErasureOrder, by person: OperatorPerson, as index: UInt64, at time: Timestamp) {
        orders = orders.filter { $0.value.until > time }
        orders[index] = Waiting(order: order, user: person.user, until: time.adding(seconds: Self.patience))
    }

    /// The order, which waits no more, with the person who confirms it.
    /// - Throws: when none waits under the index, or the person is the one who gave it.
    mutating func confirm(
        _ index: UInt64,
        by person: OperatorPerson,
        at time: Timestamp
    ) throws(OperatorProblem) -> ErasureOrder {
        guard let waiting = orders[index], waiting.until > time else { throw .noSuchErasure(index) }
        guard waiting.user != person.user else { throw .samePerson(person) }
        orders[index] = nil
        var order = waiting.order
        order.persons.append(person.json)
        return order
    }
}
