/// What a witness does with a request, and the HTTP answer to it (C2SP tlog-witness, "add-checkpoint").
public enum WitnessDecision: Hashable, Sendable {
    /// The checkpoint becomes the latest of its log: persist it, in the transaction that read the one before it, and
    /// only then send the response.
    case cosigned(latest: SignedCheckpoint, response: AddCheckpointResponse)
    case refused(WitnessRefusal)

    /// The HTTP status.
    public var status: Int {
        switch self {
        case .cosigned: 200
        case .refused(let refusal): refusal.status
        }
    }

    /// The HTTP body.
    public var body: [UInt8] {
        switch self {
        case .cosigned(_, let response): response.bytes
        case .refused(let refusal): refusal.body
        }
    }

    /// The HTTP content type.
    public var contentType: String {
        switch self {
        case .cosigned: "text/plain; charset=utf-8"
        case .refused(let refusal): refusal.contentType
        }
    }
}

/// Why a witness does not cosign.
public enum WitnessRefusal: Error, Hashable, Sendable {
    /// The request is malformed, or goes from a larger size to a smaller one.
    case badRequest(reason: String)
    /// None of the witness's keys of the log has signed the checkpoint.
    case notSigned(LogOrigin)
    /// The witness does not witness the log.
    case unknownLog(LogOrigin)
    /// The witness has cosigned another size last.
    case otherSize(latest: UInt64)
    /// The log has signed another tree of the size that the witness has cosigned: proof that it has forked.
    case fork(Fork)
    /// The consistency proof does not lead from the latest checkpoint to this one.
    case inconsistent(ProofError)
    /// There is evidence against the key from before: this witness cosigns nothing by it any more.
    case convicted(Fork)

    /// The HTTP status.
    public var status: Int {
        switch self {
        case .badRequest: 400
        case .notSigned, .convicted: 403
        case .unknownLog: 404
        case .otherSize, .fork: 409
        case .inconsistent: 422
        }
    }

    /// The HTTP content type: that of a size where the body is one.
    public var contentType: String {
        switch self {
        case .otherSize, .fork: "text/x.tlog.size"
        case .badRequest, .notSigned, .unknownLog, .inconsistent, .convicted: "text/plain; charset=utf-8"
        }
    }

    /// The HTTP body: the latest size in a conflict, otherwise the reason in words.
    public var body: [UInt8] {
        switch self {
        case .otherSize(let latest): Array("\(latest)\n".utf8)
        case .fork(let fork): Array("\(fork.first.checkpoint.head.size)\n".utf8)
        case .badRequest, .notSigned, .unknownLog, .inconsistent, .convicted: Array("\(self)\n".utf8)
        }
    }
}

extension WitnessRefusal: CustomStringConvertible {
    public var description: String {
        switch self {
        case .badRequest(let reason): reason
        case .notSigned(let origin): "expected a checkpoint signed by a known key of `\(origin)`, got none"
        case .unknownLog(let origin): "expected a log that is witnessed here, got `\(origin)`"
        case .otherSize(let latest): "expected the old size to be \(latest), which was cosigned last"
        case .fork(let fork): "\(fork)"
        case .inconsistent(let error): "\(error)"
        case .convicted(let fork):
            "expected a log key without evidence against it: \(fork); begin a new log under a new key"
        }
    }
}
