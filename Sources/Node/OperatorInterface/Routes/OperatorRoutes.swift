import CanonicalEncoding
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import RelayStorage
import Synchronization

/// The routes of the operators' interface, version 1.
///
/// `GET` reads and is open to everyone who can open the socket. `POST` changes something and takes an operator, apart
/// from the verification, which changes nothing and is a `POST` because it costs much.
final class OperatorRoutes: Sendable {
    let store: RelayStore
    let describe: @Sendable () -> NodeDescription
    let reload: @Sendable (_ cause: String) async -> ReloadReport
    let policyActions: OperatorPolicies
    let erasures: OperatorErasures
    let acknowledged: @Sendable () async -> Void
    let clock: @Sendable () -> Timestamp
    let logger: Logger
    let isVerifying = Mutex(false)
    let isCopying = Mutex(false)
    let waitingErasures = Mutex(WaitingErasures())

    init(
        store: RelayStore,
        describe: @escaping @Sendable () -> NodeDescription,
        reload: @escaping @Sendable (_ cause: String) async -> ReloadReport,
        policies: OperatorPolicies,
        erasures: OperatorErasures,
        acknowledged: @escaping @Sendable () async -> Void,
        clock: @escaping @Sendable () -> Timestamp,
        logger: Logger
    ) {
        self.store = store
        self.describe = describe
        self.reload = reload
        policyActions = policies
        self.erasures = erasures
        self.acknowledged = acknowledged
        self.clock = clock
        self.logger = logger
    }

    func responder(roles: @escaping @Sendable () -> OperatorRoles) -> some HTTPResponder<OperatorContext> {
        let router = Router(context: OperatorContext.self)
        router.add(middleware: CallerMiddleware(roles: roles, logger: logger))
        router.add(middleware: ProblemMiddleware(logger: logger))
        router.get("v1/status") { _, _ in try await self.status() }
        router.get("v1/metrics") { _, _ in try await self.metrics() }
        router.get("v1/messages/{id}/trace") { _, context in try await self.trace(context.parameters) }
        router.get("v1/messages/{id}/evidence") { _, context in try await self.evidence(context.parameters) }
        router.get("v1/messages/{id}/bodies/{envelope}") { _, context in try await self.body(context.parameters) }
        router.get("v1/audit/entries") { request, _ in try await self.entries(QueryFields(request)) }
        router.get("v1/audit/entries/{index}") { _, context in try await self.entry(context.parameters) }
        router.get("v1/audit/entries/{index}/proof") { _, context in try await self.proof(context.parameters) }
        router.get("v1/audit/tally") { request, _ in try await self.tally(QueryFields(request)) }
        router.get("v1/partners") { _, _ in try await self.partners() }
        router.get("v1/audit/streams") { _, _ in try await self.streams() }
        router.get("v1/audit/streams/entries") { request, _ in try await self.streamEntries(QueryFields(request)) }
        router.post("v1/audit/gaps/close") { try await self.closeGaps($0, by: $1.person()) }
        router.get("v1/audit/checkpoint") { _, _ in try await self.checkpoint() }
        router.get("v1/audit/forks") { _, _ in try await self.forks() }
        router.post("v1/audit/forks/{number}/acknowledge") { request, context in
            try await self.acknowledgeFork(context.parameters, request, by: context.person())
        }
        router.get("v1/audit/witness-policy") { _, _ in try self.witnessPolicy() }
        router.post("v1/audit/recovery") { try await self.recover($0, by: $1.person()) }
        router.post("v1/audit/verify") { request, _ in try await self.verify(request) }
        router.post("v1/reload") { _, context in try await self.reload(by: context.person()) }
        router.get("v1/policies") { request, _ in try await self.policies(QueryFields(request)) }
        router.get("v1/policies/{hash}") { _, context in try await self.policy(context.parameters) }
        router.post("v1/policies") { try await self.activate($0, by: $1.person()) }
        router.post("v1/policies/{hash}/rollback") { _, context in
            try await self.rollBack(context.parameters, by: context.person())
        }
        router.post("v1/erasures") { try await self.orderErasure($0, by: $1.person()) }
        router.post("v1/erasures/{order}/confirm") { _, context in
            try await self.confirmErasure(context.parameters, by: context.person())
        }
        router.post("v1/audit/backup") { try await self.backUp($0, by: $1.person()) }
        router.post("v1/audit/archive") { try await self.archive($0, by: $1.person()) }
        router.get("v1/holds") { _, _ in try await self.holds() }
        router.post("v1/holds") { try await self.placeHold($0, by: $1.person()) }
        router.post("v1/holds/{hold}/release") { request, context in
            try await self.releaseHold(context.parameters, request, by: context.person())
        }
        return router.buildResponder()
    }
}

extension Response {
    /// The value as canonical JSON on one line.
    init(json: JSONValue) {
        self.init(
            status: .ok,
            headers: [.contentType: "application/json"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: json.canonicalBytes + [UInt8(ascii: "\n")]))
        )
    }
}
