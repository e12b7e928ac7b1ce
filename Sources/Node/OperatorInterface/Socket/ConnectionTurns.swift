import NIOCore
import Synchronization

/// Whose connection is served next: some of an account at the same time, further ones in the order in which they came.
///
/// INVARIANT: each connection that ``begin(for:on:patience:)`` lets through is counted until ``end(for:)``, and no others are.
final class ConnectionTurns: Sendable {
    private struct Waiting {
        let ticket: UInt64
        let continuation: CheckedContinuation<Bool, Never>
    }

    private struct State {
        var lastTicket: UInt64 = 0
        /// By account.
        var served: [UInt32: Int] = [:]
        /// By account, the first to come first; no account has an empty list.
        var waiting: [UInt32: [Waiting]] = [:]

        mutating func stopWaiting(_ ticket: UInt64, for account: UInt32) -> CheckedContinuation<Bool, Never>? {
            guard let place = waiting[account]?.firstIndex(where: { $0.ticket == ticket }) else { return nil }
            let continuation = waiting[account]?.remove(at: place).continuation
            if waiting[account]?.isEmpty == true { waiting[account] = nil }
            return continuation
        }
    }

    private let state = Mutex(State())
    /// Connections of one account that are served at the same time.
    private let limit: Int

    init(limit: Int) {
        self.limit = limit
    }

    /// Waits until the connection's turn has come; ``end(for:)`` must follow where it has.
    ///
    /// - Returns: whether it has; false when the time is up, or the task is cancelled, while others are served.
    func begin(for account: UInt32, on eventLoop: any EventLoop, patience: TimeAmount) async -> Bool {
        let ticket = state.withLock { state in
            state.lastTicket += 1
            return state.lastTicket
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let answer: Bool? = state.withLock { state in
                    guard state.served[account, default: 0] >= limit else {
                        state.served[account, default: 0] += 1
                        return true
                    }
                    // A task that is cancelled later finds what is noted here.
                    guard !Task.isCancelled else { return false }
                    state.waiting[account, default: []].append(Waiting(ticket: ticket, continuation: continuation))
                    return nil
                }
                guard let answer else {
                    _ = eventLoop.scheduleTask(in: patience) { self.giveUp(ticket, for: account) }
                    return
                }
                continuation.resume(returning: answer)
            }
        } onCancel: {
            giveUp(ticket, for: account)
        }
    }

    /// Gives the turn of a connection that has ended to the next one of the account.
    func end(for account: UInt32) {
        let next: CheckedContinuation<Bool, Never>? = state.withLock { state in
            if let first = state.waiting[account]?.first { return state.stopWaiting(first.ticket, for: account) }
            state.served[account] = state.served[account].flatMap { $0 > 1 ? $0 - 1 : nil }
            return nil
        }
        next?.resume(returning: true)
    }

    /// How many connections of an account wait.
    func waiting(for account: UInt32) -> Int {
        state.withLock { $0.waiting[account]?.count ?? 0 }
    }

    private func giveUp(_ ticket: UInt64, for account: UInt32) {
        state.withLock { $0.stopWaiting(ticket, for: account) }?.resume(returning: false)
    }
}
