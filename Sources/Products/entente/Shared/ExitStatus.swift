/// The exit statuses of the command; scripts rely on them, so that a number never changes its meaning.
///
/// 64 (usage) is what the argument parser exits with, and 130 (interrupted) what a shell sees after a SIGINT.
enum ExitStatus: Int32, Sendable, CaseIterable {
    case success = 0
    case failed = 1
    /// Policy denies it.
    case denied = 3
    /// The node refuses the caller's certificate, or the caller the node's.
    case notAuthenticated = 4
    /// Nothing answers at the endpoint or socket.
    case unreachable = 5
    /// An audit log does not verify.
    case auditBroken = 10
    case badConfiguration = 11
    case usage = 64
    case interrupted = 130
}
