import Hummingbird
import NIOCore

/// What is known of one request at the operators' socket.
struct OperatorContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    let channel: any Channel
    private var identified: OperatorPerson?

    init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        channel = source.channel
    }

    /// The context once the caller is known.
    func identified(as person: OperatorPerson) -> OperatorContext {
        var context = self
        context.identified = person
        return context
    }

    /// Who asks.
    ///
    /// - Throws: ``OperatorProblem`` when a route is reached without ``CallerMiddleware``.
    func person() throws(OperatorProblem) -> OperatorPerson {
        guard let identified else { throw .notIdentified("nobody asked the kernel") }
        return identified
    }
}
