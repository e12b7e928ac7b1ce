import COpenSSL

/// A failure reported by libcrypto or libssl, with every reason that stood in this thread's error queue.
///
/// OpenSSL keeps its errors in a queue per thread. Whoever calls into it clears the queue before
/// the operation and drains it right after, on the same thread, so that no stale error fails or explains the next call.
public struct OpenSSLError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What was being done, lowercase, without a full stop: `parse certificate`.
    public let operation: String
    /// The reasons, earliest (deepest) first; empty when the library gave none.
    public let reasons: [String]

    /// An error with reasons of the caller's own.
    public init(operation: String, reasons: [String]) {
        self.operation = operation
        self.reasons = reasons
    }

    /// An error with one reason of the caller's own; this thread's queue is emptied.
    package init(_ operation: String, because reason: String) {
        ERR_clear_error()
        self.init(operation: operation, reasons: [reason])
    }

    /// An error with the reasons of this thread's queue, which is empty afterwards.
    package init(draining operation: String) {
        self.init(operation: operation, reasons: OpenSSLErrorQueue.drain())
    }

    public var description: String {
        reasons.isEmpty ? "\(operation) failed" : "\(operation) failed: \(reasons.joined(separator: "; "))"
    }
}

/// This thread's queue of OpenSSL errors.
package enum OpenSSLErrorQueue {
    /// Empties the queue; to be called before an operation whose errors will be read.
    package static func clear() {
        ERR_clear_error()
    }

    /// Takes every entry out of the queue, earliest first, as `reason (library): data`.
    package static func drain() -> [String] {
        var reasons: [String] = []
        while true {
            var data: UnsafePointer<CChar>?
            var flags: Int32 = 0
            let code = ERR_get_error_all(nil, nil, nil, &data, &flags)
            guard code != 0 else { return reasons }
            var reason =
                ERR_reason_error_string(code).map { String(cString: $0) } ?? "error \(shim_ERR_GET_REASON(code))"
            if let library = ERR_lib_error_string(code) {
                reason += " (\(String(cString: library)))"
            }
            if flags & ERR_TXT_STRING != 0, let data, data.pointee != 0 {
                reason += ": \(String(cString: data))"
            }
            reasons.append(reason)
        }
    }
}

/// Runs an operation that answers a positive number on success, with a clean error queue before it.
///
/// - Throws: `OpenSSLError` with the drained reasons when the answer is zero or negative.
@discardableResult
package func callOpenSSL(_ operation: String, _ body: () -> Int32) throws(OpenSSLError) -> Int32 {
    ERR_clear_error()
    let result = body()
    guard result > 0 else { throw OpenSSLError(draining: operation) }
    return result
}

/// Runs an operation that answers an object on success and nil on failure, with a clean error queue before it.
///
/// - Throws: `OpenSSLError` with the drained reasons when the answer is nil.
package func makeOpenSSL<Value>(_ operation: String, _ body: () -> Value?) throws(OpenSSLError) -> Value {
    ERR_clear_error()
    guard let value = body() else { throw OpenSSLError(draining: operation) }
    return value
}
