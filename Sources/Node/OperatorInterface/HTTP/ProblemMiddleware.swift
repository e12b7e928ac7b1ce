import Hummingbird
import HummingbirdCore
import Logging
import RelayStorage

/// Turns whatever a route throws into problem details, so that each refusal has a reason code.
struct ProblemMiddleware: RouterMiddleware {
    typealias Context = OperatorContext

    let logger: Logger

    func handle(
        _ request: Request,
        context: OperatorContext,
        next: (Request, OperatorContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let problem as OperatorProblem {
            return problem.response
        } catch let error as StoreError {
            // What cannot be done as it was asked is no fault of the node.
            let level: Logger.Level = error.problem == .refused ? .info : .error
            logger.log(level: level, "operator request failed", metadata: [OperatorLogKey.error: "\(error)"])
            return OperatorProblem(error).response
        } catch let error as any HTTPResponseError where error.status == .notFound || error.status == .methodNotAllowed
        {
            return OperatorProblem.noSuchRoute(method: request.method.rawValue, path: request.uri.path).response
        } catch {
            logger.error("operator request failed", metadata: [OperatorLogKey.error: "\(error)"])
            return OperatorProblem.internalError("\(error)").response
        }
    }
}
