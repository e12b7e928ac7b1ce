import NIOCore
import NIOPosix

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

extension Error {
    /// Why no connection to that place came about, as people say it: `connection refused (127.0.0.1:8442)`.
    func inWords(at place: String) -> String {
        switch self {
        case let error as NIOConnectionError:
            if let cause = error.connectionErrors.first?.error { return cause.inWords(at: place) }
            return "no address is known for the host (\(place))"
        case let error as IOError:
            return "\(String(cString: strerror(error.errnoCode)).lowercased()) (\(place))"
        case let error as ChannelError where error.isConnectTimeout: return "no answer in time (\(place))"
        default: return "\(self) (\(place))"
        }
    }
}

extension ChannelError {
    fileprivate var isConnectTimeout: Bool {
        if case .connectTimeout = self { true } else { false }
    }
}
