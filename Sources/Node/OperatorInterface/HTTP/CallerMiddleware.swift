import Hummingbird
import HummingbirdCore
import Logging

/// Asks the kernel who has connected before anything else, and writes one log line for each request with the person.
struct CallerMiddleware: RouterMiddleware {
    typealias Context = OperatorContext

    let roles: @Sendable () -> OperatorRoles
    let logger: Logger

    func handle(
        _ request: Request,
        context: OperatorContext,
        next: (Request, OperatorContext) async throws -> Response
    ) async throws -> Response {
        let person: OperatorPerson
        do {
            person = OperatorPerson(try await PeerCredentials.read(from: context.channel), roles: roles())
        } catch {
            logger.error("operator not identified", metadata: [OperatorLogKey.error: "\(error)"])
            return error.response
        }
        let response = try await next(request, context.identified(as: person))
        logger.info(
            "operator request",
            metadata: [
                OperatorLogKey.person: "\(person.name ?? "-")", OperatorLogKey.user: "\(person.user)",
                OperatorLogKey.role: "\(person.role.rawValue)", OperatorLogKey.process: "\(person.process)",
                OperatorLogKey.method: "\(request.method.rawValue)", OperatorLogKey.path: "\(request.uri.path)",
                OperatorLogKey.status: "\(response.status.code)",
            ]
        )
        return response
    }
}
