import COpenSSL
import OpenSSLCrypto

/// The `SSL_CTX` behind a context, with every setting made once.
final class ContextStorage: @unchecked Sendable {
    // Unchecked, as the compiler knows nothing of the pointer: the object is not changed after `init`, and OpenSSL
    // lets threads make connections from one `SSL_CTX` at the same time.

    let settings: TLSSettings
    let pointer: OpaquePointer

    init(settings: TLSSettings, certificateChain: [Certificate], privateKey: PrivateKey) throws(OpenSSLError) {
        OpenSSLErrorQueue.clear()
        guard let pointer = SSL_CTX_new(settings.side == .server ? TLS_server_method() : TLS_client_method()) else {
            throw OpenSSLError(operation: "SSL_CTX_new", reasons: OpenSSLErrorQueue.drain())
        }
        self.settings = settings
        self.pointer = pointer
        try self.setProtocol()
        try self.setIdentity(certificateChain: certificateChain, privateKey: privateKey)
        try self.setCallbacks()
    }

    deinit {
        SSL_CTX_free(self.pointer)
    }

    private func setProtocol() throws(OpenSSLError) {
        let profile = self.settings.profile
        try self.require("minimum version", shim_SSL_CTX_set_min_proto_version(self.pointer, TLS1_3_VERSION))
        try self.require("maximum version", shim_SSL_CTX_set_max_proto_version(self.pointer, TLS1_3_VERSION))
        SSL_CTX_set_security_level(self.pointer, profile.securityLevel)
        try self.require("cipher suites", SSL_CTX_set_ciphersuites(self.pointer, profile.cipherSuites))
        let groups = profile.groups.filter { shim_SSL_CTX_set1_groups_list(self.pointer, $0) == 1 }
        OpenSSLErrorQueue.clear()
        try self.require("groups", shim_SSL_CTX_set1_groups_list(self.pointer, groups.joined(separator: ":")))
        try self.require(
            "signature algorithms",
            shim_SSL_CTX_set1_sigalgs_list(self.pointer, profile.signatureAlgorithms)
        )

        // A resumed session would skip the look at the certificates.
        try self.require("tickets", SSL_CTX_set_num_tickets(self.pointer, 0))
        try self.require("early data", SSL_CTX_set_max_early_data(self.pointer, 0))
        _ = shim_SSL_CTX_set_session_cache_mode(self.pointer, Int(SSL_SESS_CACHE_OFF))
        SSL_CTX_set_options(
            self.pointer,
            shim_SSL_OP_NO_TICKET() | shim_SSL_OP_NO_COMPRESSION() | shim_SSL_OP_NO_RENEGOTIATION()
        )
        _ = shim_SSL_CTX_set_mode(
            self.pointer,
            Int(SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_NO_AUTO_CHAIN)
        )
    }

    private func setIdentity(certificateChain: [Certificate], privateKey: PrivateKey) throws(OpenSSLError) {
        guard let leaf = certificateChain.first else {
            throw OpenSSLError(operation: "certificate chain", reasons: ["expected at least the leaf, got none"])
        }
        do {
            try self.settings.profile.check(certificateChain)
        } catch {
            throw OpenSSLError(operation: "certificate chain", reasons: [error.detail])
        }
        try self.require("certificate", SSL_CTX_use_certificate(self.pointer, leaf.pointer))
        try self.require("private key", SSL_CTX_use_PrivateKey(self.pointer, privateKey.pointer))
        try self.require("private key of the certificate", SSL_CTX_check_private_key(self.pointer))
        for issuer in certificateChain.dropFirst() {
            try self.require("certificate chain", shim_SSL_CTX_add1_chain_cert(self.pointer, issuer.pointer))
        }
    }

    private func setCallbacks() throws(OpenSSLError) {
        SSL_CTX_set_verify(self.pointer, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nil)
        SSL_CTX_set_cert_verify_callback(
            self.pointer,
            { storeContext, _ in
                guard let storeContext,
                    let ssl = X509_STORE_CTX_get_ex_data(storeContext, SSL_get_ex_data_X509_STORE_CTX_idx()),
                    let connection = TLSConnection.of(OpaquePointer(ssl))
                else { return 0 }
                return connection.verifyPeer(storeContext: storeContext)
            },
            nil
        )
        let protocols = self.settings.applicationProtocols
        guard !protocols.isEmpty else { return }
        guard protocols.allSatisfy({ (1...255).contains($0.utf8.count) }) else {
            throw OpenSSLError(operation: "application protocols", reasons: ["expected names of 1 to 255 bytes"])
        }
        switch self.settings.side {
        case .client:
            let wire = protocols.flatMap { [UInt8($0.utf8.count)] + Array($0.utf8) }
            // The one call here that returns 0 for success.
            try self.require(
                "application protocols",
                SSL_CTX_set_alpn_protos(self.pointer, wire, UInt32(wire.count)) == 0 ? 1 : 0
            )
        case .server:
            SSL_CTX_set_alpn_select_cb(
                self.pointer,
                { ssl, selected, selectedCount, offered, offeredCount, _ in
                    guard let ssl, let connection = TLSConnection.of(ssl), let offered,
                        let range = connection.selectProtocol(
                            offered: UnsafeBufferPointer(start: offered, count: Int(offeredCount))
                        )
                    else { return SSL_TLSEXT_ERR_ALERT_FATAL }
                    selected?.pointee = offered + range.lowerBound
                    selectedCount?.pointee = UInt8(range.count)
                    return SSL_TLSEXT_ERR_OK
                },
                nil
            )
            SSL_CTX_set_client_hello_cb(
                self.pointer,
                { ssl, alert, _ in
                    guard let ssl, let connection = TLSConnection.of(ssl) else { return SSL_CLIENT_HELLO_ERROR }
                    guard connection.lacksProtocols(hello: ssl) else { return SSL_CLIENT_HELLO_SUCCESS }
                    alert?.pointee = SSL_AD_NO_APPLICATION_PROTOCOL
                    return SSL_CLIENT_HELLO_ERROR
                },
                nil
            )
        }
    }

    private func require(_ operation: String, _ result: Int32) throws(OpenSSLError) {
        guard result == 1 else {
            throw OpenSSLError(operation: "set the \(operation)", reasons: OpenSSLErrorQueue.drain())
        }
    }
}
