import CanonicalEncoding
import CoalitionDirectory
import OpenSSLCrypto
import RelayStorage
import SecurityLabels
import TransparencyLog

extension StoreStatus {
    var members: [String: JSONValue] {
        [
            "log": [
                "size": .integer(Int64(clamping: logSize)),
                "root": .string(checkpoint.checkpoint.head.root.hex),
                "checkpoint-time": .string(checkpointTime.rfc3339),
            ],
            "queues": .array(queues.map(\.json)),
            "mailboxes": .array(mailboxes.map(\.json)),
            "storage": [
                "database": .integer(Int64(databaseSize)), "write-ahead-log": .integer(Int64(writeAheadLogSize)),
                "available": .integer(Int64(availableSize)), "failed-commits": .integer(Int64(failedCommitCount)),
                "failed-reads": .integer(Int64(failedReadCount)),
            ],
        ]
    }
}

extension StoreStatus.Queue {
    fileprivate var json: JSONValue {
        [
            "next-hop": .string(nextHop.description),
            "precedence": .string(precedence.name),
            "count": .integer(Int64(count)),
            "size": .integer(Int64(size)),
            "oldest-due": .string(oldestDue.rfc3339),
            "oldest-accepted": .string(oldestAccepted.rfc3339),
        ]
    }
}

extension StoreStatus.Mailbox {
    fileprivate var json: JSONValue {
        [
            "mailbox": .string(mailbox.description),
            "count": .integer(Int64(count)),
            "unreceipted": .integer(Int64(unreceipted)),
        ]
    }
}

extension NodeDescription.Link {
    var json: JSONValue {
        var members: [String: JSONValue] = [
            "next-hop": .string(nextHop.description), "failures": .integer(Int64(failures)),
        ]
        members["next-attempt"] = nextAttempt.map { .string($0.rfc3339) }
        members["last-error"] = lastError.map { .string($0) }
        return .object(members)
    }
}

extension NodeDescription.Alarm {
    var json: JSONValue {
        var members: [String: JSONValue] = ["code": .string(code), "detail": .string(detail)]
        members["partner"] = partner.map { .string($0.rawValue) }
        return .object(members)
    }
}
