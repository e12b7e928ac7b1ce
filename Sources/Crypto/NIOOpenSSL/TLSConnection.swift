import COpenSSL
import NIOCore
import OpenSSLCrypto

/// One `SSL` object with its two BIOs, and the state that its callbacks collect.
///
/// Not thread-safe and not tied to a thread: whoever calls it has it alone for that time. Every call leaves the
/// thread's OpenSSL error queue empty.
final class TLSConnection {
    /// How far a handshake came.
    enum Progress: Sendable {
        /// The peer has to send more.
        case incomplete
        case complete
        case failed(TLSFailure)
    }

    /// What stands after the plaintext that `read` gave.
    enum ReadOutcome {
        /// More plaintext may be at hand at once.
        case more
        /// The peer has to send more.
        case needsInput
        /// The peer said that it sends no more.
        case closeNotify
        case failed(TLSFailure)
    }

    /// How much may arrive without any plaintext in it: a peer has no use for more than a few key updates, each of which
    /// costs us an answer.
    private static let fruitlessByteLimit = 256 << 10

    let ssl: OpaquePointer
    private let inbound: CiphertextBIO
    private let outbound: CiphertextBIO
    private let settings: TLSSettings
    /// Returns nil for a peer that is accepted.
    private let judge: ([Certificate]) -> PeerRefusal?

    private(set) var presentedChain: [Certificate] = []
    private var isPeerAccepted = false
    private var refusal: PeerRefusal?
    private var hasNoCommonProtocol = false
    private var alertSent: TLSAlert?
    private var alertReceived: TLSAlert?
    private var bytesSincePlaintext = 0

    init(
        context: OpaquePointer,
        settings: TLSSettings,
        judge: @escaping ([Certificate]) -> PeerRefusal?
    ) throws(OpenSSLError) {
        OpenSSLErrorQueue.clear()
        guard let ssl = SSL_new(context) else {
            throw OpenSSLError(operation: "SSL_new", reasons: OpenSSLErrorQueue.drain())
        }
        guard let inbound = CiphertextBIO() else {
            SSL_free(ssl)
            throw OpenSSLError(operation: "BIO_new", reasons: OpenSSLErrorQueue.drain())
        }
        SSL_set0_rbio(ssl, inbound.pointer)
        guard let outbound = CiphertextBIO() else {
            SSL_free(ssl)
            throw OpenSSLError(operation: "BIO_new", reasons: OpenSSLErrorQueue.drain())
        }
        SSL_set0_wbio(ssl, outbound.pointer)
        self.ssl = ssl
        self.inbound = inbound
        self.outbound = outbound
        self.settings = settings
        self.judge = judge
        SSL_set_ex_data(ssl, Self.exDataIndex, Unmanaged.passUnretained(self).toOpaque())
        SSL_set_info_callback(ssl) { ssl, place, value in
            guard let ssl, place & SSL_CB_ALERT != 0 else { return }
            TLSConnection.of(ssl)?.noteAlert(
                TLSAlert(rawValue: UInt8(value & 0xff)),
                isWrite: place & SSL_CB_WRITE != 0
            )
        }
        switch settings.side {
        case .server: SSL_set_accept_state(ssl)
        case .client: SSL_set_connect_state(ssl)
        }
    }

    deinit {
        SSL_free(self.ssl)
        OpenSSLErrorQueue.clear()
    }

    // MARK: Bytes

    /// Takes bytes from the network. Returns false when memory is exhausted.
    func receive(_ buffer: ByteBuffer) -> Bool {
        defer { OpenSSLErrorQueue.clear() }
        self.bytesSincePlaintext += buffer.readableBytes
        return self.inbound.append(buffer)
    }

    /// The bytes that have to go to the network, nil when there are none.
    func takeOutput(allocator: ByteBufferAllocator) -> ByteBuffer? {
        self.outbound.take(allocator: allocator)
    }

    var pendingOutputBytes: Int { self.outbound.readableBytes }

    // MARK: Steps

    /// Works on the handshake as far as the bytes at hand allow.
    func handshake() -> Progress {
        OpenSSLErrorQueue.clear()
        let result = SSL_do_handshake(self.ssl)
        guard result == 1 else {
            switch SSL_get_error(self.ssl, result) {
            case SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE:
                OpenSSLErrorQueue.clear()
                return .incomplete
            case let code:
                return .failed(self.failure(code: code))
            }
        }
        OpenSSLErrorQueue.clear()
        // INVARIANT: nobody gets past here without a verdict of acceptance on certificates of this very handshake.
        guard self.isPeerAccepted, SSL_session_reused(self.ssl) == 0 else {
            let refusal = PeerRefusal(
                code: "not-verified",
                detail: "the handshake ended without a verdict on the peer",
                alert: .internalError
            )
            return .failed(TLSFailure(.refusedPeer(refusal)))
        }
        if !self.settings.applicationProtocols.isEmpty {
            guard let name = self.negotiatedProtocol, self.settings.applicationProtocols.contains(name) else {
                return .failed(TLSFailure(.noApplicationProtocol))
            }
        }
        return .complete
    }

    /// Decrypts up to 64 KiB of what has arrived.
    func read(allocator: ByteBufferAllocator) -> (plaintext: ByteBuffer?, outcome: ReadOutcome) {
        OpenSSLErrorQueue.clear()
        let expected = self.inbound.readableBytes + Int(SSL_pending(self.ssl))
        guard expected > 0 else { return (nil, .needsInput) }
        var plaintext = allocator.buffer(capacity: min(expected, 65536))
        while plaintext.writableBytes > 0 {
            var count = 0
            let result = plaintext.withUnsafeMutableWritableBytes { target in
                SSL_read_ex(self.ssl, target.baseAddress, target.count, &count)
            }
            guard result == 1 else {
                let outcome: ReadOutcome
                switch SSL_get_error(self.ssl, result) {
                case SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE:
                    outcome =
                        self.bytesSincePlaintext <= Self.fruitlessByteLimit
                        ? .needsInput : .failed(TLSFailure(.protocolViolation(["too many records without data"])))
                case SSL_ERROR_ZERO_RETURN: outcome = .closeNotify
                case let code: outcome = .failed(self.failure(code: code))
                }
                OpenSSLErrorQueue.clear()
                return (plaintext.readableBytes > 0 ? plaintext : nil, outcome)
            }
            plaintext.moveWriterIndex(forwardBy: count)
            self.bytesSincePlaintext = 0
        }
        return (plaintext, .more)
    }

    /// Encrypts `bytes` into one record. Returns why it could not.
    ///
    /// - Parameter bytes: 1 to 16,384 bytes.
    func write(_ bytes: UnsafeRawBufferPointer) -> TLSFailure? {
        OpenSSLErrorQueue.clear()
        var written = 0
        let result = SSL_write_ex(self.ssl, bytes.baseAddress, bytes.count, &written)
        guard result == 1, written == bytes.count else {
            return self.failure(code: SSL_get_error(self.ssl, result))
        }
        return nil
    }

    /// Puts a `close_notify` into the output.
    func shutdown() {
        OpenSSLErrorQueue.clear()
        SSL_shutdown(self.ssl)
        OpenSSLErrorQueue.clear()
    }

    // MARK: What was negotiated

    var negotiatedProtocol: String? {
        var name: UnsafePointer<UInt8>?
        var count: UInt32 = 0
        SSL_get0_alpn_selected(self.ssl, &name, &count)
        guard let name, count > 0 else { return nil }
        return String(decoding: UnsafeBufferPointer(start: name, count: Int(count)), as: UTF8.self)
    }

    var negotiated: NegotiatedParameters {
        defer { OpenSSLErrorQueue.clear() }
        let group = shim_SSL_get_negotiated_group(self.ssl)
        return NegotiatedParameters(
            version: SSL_get_version(self.ssl).map { String(cString: $0) } ?? "",
            cipher: SSL_CIPHER_get_name(SSL_get_current_cipher(self.ssl)).map { String(cString: $0) } ?? "",
            group: shim_SSL_group_to_name(self.ssl, group).map { String(cString: $0) } ?? "",
            applicationProtocol: self.negotiatedProtocol
        )
    }

    // MARK: Failures

    private func failure(code: Int32) -> TLSFailure {
        var reasons = OpenSSLErrorQueue.drain()
        if reasons.isEmpty { reasons = ["ssl error \(code)"] }
        let reason: TLSFailure.Reason
        if let refusal = self.refusal {
            reason = .refusedPeer(refusal)
        } else if let alert = self.alertReceived {
            reason = alert == .noApplicationProtocol ? .noApplicationProtocol : .alertReceived(alert)
        } else if self.hasNoCommonProtocol {
            reason = .noApplicationProtocol
        } else {
            reason = .protocolViolation(reasons)
        }
        return TLSFailure(reason, alertSent: self.alertSent, alertReceived: self.alertReceived)
    }

    private func noteAlert(_ alert: TLSAlert, isWrite: Bool) {
        guard alert != .closeNotify, alert != .userCanceled else { return }
        if isWrite {
            self.alertSent = alert
        } else {
            self.alertReceived = alert
        }
    }
}

// MARK: - Callbacks

extension TLSConnection {
    /// The slot that OpenSSL leaves to the application (`SSL_set_app_data`).
    private static let exDataIndex: Int32 = 0

    /// The connection of an `SSL` object; valid as long as a call on that connection runs.
    static func of(_ ssl: OpaquePointer) -> TLSConnection? {
        guard let data = SSL_get_ex_data(ssl, Self.exDataIndex) else { return nil }
        return Unmanaged<TLSConnection>.fromOpaque(data).takeUnretainedValue()
    }

    /// Decides on the certificates that the peer presented; the answer of `SSL_CTX_set_cert_verify_callback`.
    func verifyPeer(storeContext: OpaquePointer) -> Int32 {
        let refusal: PeerRefusal?
        do throws(PeerRefusal) {
            let chain = try Self.certificates(of: storeContext)
            self.presentedChain = chain
            try self.settings.profile.check(chain)
            refusal = self.judge(chain)
        } catch {
            refusal = error
        }
        guard let refusal else {
            self.isPeerAccepted = true
            X509_STORE_CTX_set_error(storeContext, X509_V_OK)
            return 1
        }
        self.isPeerAccepted = false
        self.refusal = refusal
        X509_STORE_CTX_set_error(storeContext, refusal.alert.verificationResult)
        return 0
    }

    /// Picks the first of our protocols that the client offers too (RFC 7301 section 3.2).
    func selectProtocol(offered: UnsafeBufferPointer<UInt8>) -> Range<Int>? {
        for wanted in self.settings.applicationProtocols {
            var index = 0
            while index < offered.count {
                let start = index + 1
                let end = start + Int(offered[index])
                guard end <= offered.count else { break }
                if offered[start..<end].elementsEqual(wanted.utf8) { return start..<end }
                index = end
            }
        }
        self.hasNoCommonProtocol = true
        return nil
    }

    /// Whether a client's hello lacks the protocols that we insist on.
    ///
    /// A hello without TLS 1.3 is let through, so that the client learns of the version first.
    func lacksProtocols(hello ssl: OpaquePointer) -> Bool {
        guard !self.settings.applicationProtocols.isEmpty else { return false }
        func has(_ type: Int32) -> Bool {
            var data: UnsafePointer<UInt8>?
            var count = 0
            return SSL_client_hello_get0_ext(ssl, UInt32(type), &data, &count) == 1
        }
        guard has(TLSEXT_TYPE_supported_versions) else { return false }
        guard !has(TLSEXT_TYPE_application_layer_protocol_negotiation) else { return false }
        self.hasNoCommonProtocol = true
        return true
    }

    private static func certificates(of storeContext: OpaquePointer) throws(PeerRefusal) -> [Certificate] {
        // For a TLS peer this is what it sent, in its order, the leaf first.
        let stack = X509_STORE_CTX_get0_untrusted(storeContext)
        var chain: [Certificate] = []
        for index in 0..<max(0, shim_sk_X509_num(stack)) {
            guard let x509 = shim_sk_X509_value(stack, index) else { break }
            var der = [UInt8](repeating: 0, count: Int(max(0, i2d_X509(x509, nil))))
            let written = der.withUnsafeMutableBufferPointer { target in
                var cursor = target.baseAddress
                return i2d_X509(x509, &cursor)
            }
            guard written > 0, Int(written) == der.count else {
                throw PeerRefusal(
                    code: "unreadable-certificate",
                    detail: "certificate \(index) of the chain cannot be encoded",
                    alert: .badCertificate
                )
            }
            do {
                chain.append(try Certificate(der: der))
            } catch {
                throw PeerRefusal(
                    code: "unreadable-certificate",
                    detail: "certificate \(index) of the chain: \(error)",
                    alert: .badCertificate
                )
            }
        }
        guard !chain.isEmpty else {
            throw PeerRefusal(
                code: "no-certificate",
                detail: "the peer presented no certificate",
                alert: .certificateUnknown
            )
        }
        return chain
    }
}

extension PeerRefusal.Alert {
    /// The result of a verification for which OpenSSL sends this alert.
    fileprivate var verificationResult: Int32 {
        switch self {
        case .badCertificate: X509_V_ERR_CERT_REJECTED
        case .unsupportedCertificate: X509_V_ERR_INVALID_PURPOSE
        case .certificateRevoked: X509_V_ERR_CERT_REVOKED
        case .certificateExpired: X509_V_ERR_CERT_HAS_EXPIRED
        case .certificateUnknown: X509_V_ERR_INVALID_NON_CA
        case .unknownCA: X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT
        case .handshakeFailure: X509_V_ERR_APPLICATION_VERIFICATION
        case .internalError: X509_V_ERR_UNSPECIFIED
        }
    }
}
