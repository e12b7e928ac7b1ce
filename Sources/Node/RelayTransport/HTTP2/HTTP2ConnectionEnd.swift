import NIOCore

/// Ends a server's HTTP/2 connection some time after its GOAWAY, should the peer not do it: it need not acknowledge
/// anything for that. Requests that are running are waited for; they have clocks of their own.
final class HTTP2ConnectionEnd {
    private let streams: HTTP2StreamCount
    private let grace: TimeAmount
    private var isBegun = false

    init(streams: HTTP2StreamCount, grace: TimeAmount) {
        self.streams = streams
        self.grace = grace
    }

    func goAwaySent(on channel: any Channel) {
        guard !self.isBegun else { return }
        self.isBegun = true
        self.wait(channel)
    }

    private func wait(_ channel: any Channel) {
        channel.eventLoop.assumeIsolated().scheduleTask(in: self.grace) {
            guard channel.isActive else { return }
            if self.streams.count == 0 {
                channel.close(promise: nil)
            } else {
                self.wait(channel)
            }
        }
    }
}
