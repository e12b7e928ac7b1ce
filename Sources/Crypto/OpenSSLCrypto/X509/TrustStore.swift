import COpenSSL

/// The roots, intermediates and revocation lists of one `ChainVerifier`, as libcrypto wants them.
// `@unchecked Sendable`: the store and the stack are filled in `init` and only read afterwards; libcrypto locks the store's look-ups.
final class TrustStore: @unchecked Sendable {
    /// What one run checks, beside the chain itself.
    struct Checks {
        var time: Int64
        var checksRevocation: Bool
        var ignoresCertificateValidity = false
    }

    private let store: OpaquePointer
    private let roots: [Certificate]
    private let intermediates: [Certificate]

    init(
        roots: [Certificate],
        intermediates: [Certificate],
        revocationLists: [CertificateRevocationList]
    ) throws(OpenSSLError) {
        try Self.requireAuthorities(roots: roots, intermediates: intermediates)
        let store = try makeOpenSSL("make trust store") { X509_STORE_new() }
        do throws(OpenSSLError) {
            // The store takes references of its own, also to a duplicate, which it answers as success.
            for root in roots {
                try callOpenSSL("trust \(root)") { X509_STORE_add_cert(store, root.pointer) }
            }
            for list in revocationLists {
                try callOpenSSL("add \(list)") { X509_STORE_add_crl(store, list.pointer) }
            }
        } catch {
            X509_STORE_free(store)
            throw error
        }
        self.store = store
        self.roots = roots
        self.intermediates = intermediates
    }

    deinit {
        X509_STORE_free(store)
    }

    private static func requireAuthorities(roots: [Certificate], intermediates: [Certificate]) throws(OpenSSLError) {
        for root in roots {
            ERR_clear_error()
            guard root.isCertificateAuthority, root.keyUsage?.contains(.keyCertSign) == true,
                X509_self_signed(root.pointer, 1) == 1
            else {
                throw OpenSSLError("trust \(root)", because: "expected a self-signed authority")
            }
        }
        for intermediate in intermediates where !intermediate.isCertificateAuthority {
            throw OpenSSLError("use \(intermediate) as intermediate", because: "expected an authority")
        }
    }

    /// Builds and verifies a chain from the leaf to one of the roots.
    func verify(_ leaf: Certificate, _ presentedChain: [Certificate], _ checks: Checks) -> ChainVerdict {
        ERR_clear_error()
        defer { ERR_clear_error() }
        guard let context = X509_STORE_CTX_new(), let untrusted = shim_sk_X509_new_null() else {
            return Self.outOfMemory
        }
        defer {
            X509_STORE_CTX_free(context)
            shim_sk_X509_free(untrusted)
        }
        // The stack borrows: the certificates outlive the call, because the arguments and this object hold them.
        let others = intermediates + presentedChain
        for certificate in others {
            guard shim_sk_X509_push(untrusted, certificate.pointer) > 0 else { return Self.outOfMemory }
        }
        return withExtendedLifetime((leaf, others, self)) {
            guard X509_STORE_CTX_init(context, store, leaf.pointer, untrusted) == 1,
                Self.set(checks, on: context)
            else { return Self.outOfMemory }
            guard X509_verify_cert(context) == 1 else {
                return .refused(refusal(in: context, about: [leaf] + others + roots))
            }
            return accepted(in: context, among: [leaf] + others + roots)
        }
    }

    private static func set(_ checks: Checks, on context: OpaquePointer) -> Bool {
        guard let parameters = X509_STORE_CTX_get0_param(context) else { return false }
        var flags = UInt(X509_V_FLAG_X509_STRICT)
        if checks.checksRevocation { flags |= UInt(X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL) }
        X509_VERIFY_PARAM_set_time(parameters, time_t(checks.time))
        // Level 3 is 128 bits: P-256 and SHA-256 at least.
        X509_VERIFY_PARAM_set_auth_level(parameters, 3)
        X509_VERIFY_PARAM_set_depth(parameters, 8)
        if checks.ignoresCertificateValidity {
            X509_STORE_CTX_set_verify_cb(context) { ok, context in
                switch X509_STORE_CTX_get_error(context) {
                case X509_V_ERR_CERT_HAS_EXPIRED, X509_V_ERR_CERT_NOT_YET_VALID:
                    X509_STORE_CTX_set_error(context, X509_V_OK)
                    return 1
                default: return ok
                }
            }
        }
        return X509_VERIFY_PARAM_set_flags(parameters, flags) == 1
    }

    private func accepted(in context: OpaquePointer, among known: [Certificate]) -> ChainVerdict {
        guard let stack = X509_STORE_CTX_get0_chain(context) else { return Self.outOfMemory }
        let chain = (0..<shim_sk_X509_num(stack)).compactMap { index in
            let pointer = shim_sk_X509_value(stack, index)
            return known.first { $0.pointer == pointer }
        }
        // INVARIANT: a chain is complete and ends in a root, by the same bytes.
        guard chain.count == Int(shim_sk_X509_num(stack)), let root = chain.last, roots.contains(root) else {
            return .refused(
                ChainRefusal(code: .other, detail: "the chain does not end in a trusted root", openSSLCode: 0)
            )
        }
        return .accepted(chain: chain)
    }

    private func refusal(in context: OpaquePointer, about known: [Certificate]) -> ChainRefusal {
        let error = X509_STORE_CTX_get_error(context)
        let current = X509_STORE_CTX_get_current_cert(context)
        let certificate = known.first { $0.pointer == current }
        let text = X509_verify_cert_error_string(Int(error)).map { String(cString: $0) } ?? "error \(error)"
        let position = "depth \(X509_STORE_CTX_get_error_depth(context))"
        return ChainRefusal(
            code: ChainRefusal.Code(verifyError: error),
            detail: "\(certificate?.description ?? "certificate at \(position)"): \(text)",
            openSSLCode: error
        )
    }

    private static let outOfMemory = ChainVerdict.refused(
        ChainRefusal(code: .other, detail: "out of memory", openSSLCode: X509_V_ERR_OUT_OF_MEM)
    )
}
