import COpenSSL
import Glibc

/// This thread's context for one-shot SHA-256, made once and reused, so that hashing allocates nothing.
///
/// A synchronous call never changes its thread, so nobody else can use the context between borrowing and returning it.
enum SHA256Context {
    /// The implementation, fetched once: an implicit fetch at each call costs more than the hash of a Merkle node.
    nonisolated(unsafe) static let algorithm: OpaquePointer = {
        // `unsafe` is sound: a fetched EVP_MD is immutable and its reference count atomic.
        guard let algorithm = EVP_MD_fetch(nil, "SHA2-256", nil) else {
            preconditionFailure("\(OpenSSLError(draining: "fetch SHA-256")); check the providers in openssl.cnf")
        }
        return algorithm
    }()

    /// A new context that the caller frees.
    static func make() -> OpaquePointer {
        guard let context = EVP_MD_CTX_new() else {
            preconditionFailure("out of memory: no digest context")
        }
        return context
    }

    private static let threadKey: pthread_key_t = {
        var key = pthread_key_t()
        let status = pthread_key_create(&key) { EVP_MD_CTX_free(OpaquePointer($0)) }
        precondition(status == 0, "no thread-specific key: error \(status)")
        return key
    }()

    /// Lends this thread's context, ready for input, and answers the digest of what `feed` put into it.
    @inline(__always)
    static func digest(_ feed: (_ context: OpaquePointer) -> Int32) -> SHA256Digest {
        let context: OpaquePointer
        if let existing = pthread_getspecific(threadKey) {
            context = OpaquePointer(existing)
        } else {
            context = make()
            pthread_setspecific(threadKey, UnsafeMutableRawPointer(context))
        }
        start(context)
        precondition(feed(context) == 1, "SHA-256 refused input")
        return finish(context)
    }

    /// A context ready for input, never given any.
    nonisolated(unsafe) private static let started: OpaquePointer = {
        // `unsafe` is sound: it is only copied from, and the references that copies take are counted atomically.
        let context = make()
        precondition(EVP_DigestInit_ex2(context, algorithm, nil) == 1, "SHA-256 refused to start")
        return context
    }()

    /// Makes the context ready for input. To copy one that is costs less than to begin anew.
    @inline(__always)
    static func start(_ context: OpaquePointer) {
        precondition(EVP_MD_CTX_copy_ex(context, started) == 1, "SHA-256 refused to start")
    }

    /// The digest of all input; the context must be started again before more.
    @inline(__always)
    static func finish(_ context: OpaquePointer) -> SHA256Digest {
        var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
        var count: UInt32 = 0
        let status = withUnsafeMutableBytes(of: &words) {
            EVP_DigestFinal_ex(context, $0.baseAddress, &count)
        }
        precondition(status == 1 && count == 32, "SHA-256 gave no digest")
        return SHA256Digest(nativeWords: words)
    }
}
