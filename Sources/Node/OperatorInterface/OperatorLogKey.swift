/// The keys of structured log metadata of the operators' listener, so that one thing has one name in every line.
enum OperatorLogKey {
    static let socket = "operator.socket"
    static let person = "operator.name"
    static let user = "operator.uid"
    static let role = "operator.role"
    static let process = "operator.pid"
    static let method = "http.method"
    static let path = "http.path"
    static let status = "http.status"
    static let error = "error"
}
