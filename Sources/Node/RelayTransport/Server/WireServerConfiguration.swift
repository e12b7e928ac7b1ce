public import NIOCore

/// Where a ``WireServer`` listens, and what it bounds.
public struct WireServerConfiguration: Hashable, Sendable {
    /// An address or a name of this machine.
    public var host: String
    /// 0 lets the system choose one; see ``WireServer/port``.
    public var port: Int
    public var limits: WireLimits

    public init(host: String, port: Int, limits: WireLimits = WireLimits()) {
        self.host = host
        self.port = port
        self.limits = limits
    }
}

/// The bounds on what peers can take of the server.
public struct WireLimits: Hashable, Sendable {
    /// From the TCP connection to the end of the TLS handshake.
    public var handshakeTimeout = TimeAmount.seconds(10)
    /// How long a connection may carry no request.
    public var idleTimeout = TimeAmount.seconds(120)
    /// How long an HTTP/2 connection that we want no more of has to end by itself.
    public var closeGrace = TimeAmount.seconds(10)
    /// How long a request may take to arrive, from its first byte; see ``minimumBytesPerSecond``.
    public var requestTimeout = TimeAmount.seconds(30)
    /// How long a peer may take to read on, when it does not take our answer.
    public var stallTimeout = TimeAmount.seconds(60)
    /// The pace at which a long body must come: it may go on for another ``requestTimeout`` behind its last byte each
    /// time that the last one has brought as many bytes a second. What came faster before counts for nothing.
    public var minimumBytesPerSecond = 4096
    /// All names and values of a request's header together.
    public var headerBytes = 16 << 10
    /// Requests at the same time on one connection.
    public var streamsPerConnection = 100
    /// Connections of one peer, by the server's `peerKey`.
    public var connectionsPerPeer = 16
    /// All connections together, those in the handshake among them.
    public var connections = 4096
    /// Connections in the handshake; beyond it, the oldest gives way.
    public var handshakes = 1024
    /// Connections in the handshake from one address; beyond it, the oldest of that address gives way.
    public var handshakesPerAddress = 256
    /// All bodies from their first byte to the answer, and all answers until they are written; over it, requests get
    /// 503.
    public var bufferedBytes = 512 << 20
    /// The part of ``bufferedBytes`` that one peer may take.
    public var bufferedBytesPerPeer = 64 << 20
    /// A body or answer up to this size is small.
    public var smallBytes = 64 << 10
    /// The part of ``bufferedBytes`` that is kept for what is small.
    public var bufferedBytesForSmall = 64 << 20
    /// What one peer may take on top of its share for what is small.
    public var smallBytesPerPeer = 8 << 20
    /// What is taken for an answer before it is known how large it becomes.
    public var expectedAnswerBytes = 16 << 10
    /// The flow-control window of one HTTP/2 stream.
    public var streamWindow = 1 << 20
    /// The flow-control window of an HTTP/2 connection.
    public var connectionWindow = 8 << 20

    public init() {}
}
