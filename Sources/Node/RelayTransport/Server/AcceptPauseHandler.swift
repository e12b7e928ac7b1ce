import NIOCore

/// Lets a listener that has no file descriptor left for a connection pause for a moment, and says so.
///
/// Without it the system goes on reporting the waiting connection, and the event loop does nothing else.
final class AcceptPauseHandler: ChannelInboundHandler {
    typealias InboundIn = any Channel

    private static let pause = TimeAmount.seconds(1)
    private static let reportInterval = TimeAmount.seconds(10)

    private let onPause: (IOError) -> Void
    private var lastReport: NIODeadline?
    private var isPausing = false

    /// - Parameter onPause: called at most once in ten seconds.
    init(onPause: @escaping (IOError) -> Void) {
        self.onPause = onPause
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.fireErrorCaught(error)
        guard let error = error as? IOError, !self.isPausing else { return }
        self.isPausing = true
        let now = context.eventLoop.now
        if self.lastReport.map({ now - $0 >= Self.reportInterval }) ?? true {
            self.lastReport = now
            self.onPause(error)
        }
        self.setReading(false, context: context)
        context.eventLoop.assumeIsolated().scheduleTask(in: Self.pause) {
            self.isPausing = false
            guard context.channel.isActive else { return }
            self.setReading(true, context: context)
        }
    }

    private func setReading(_ isReading: Bool, context: ChannelHandlerContext) {
        context.channel.setOption(.autoRead, value: isReading).whenFailure { _ in
            // The listener is closed: there is nothing to pause.
        }
    }
}
