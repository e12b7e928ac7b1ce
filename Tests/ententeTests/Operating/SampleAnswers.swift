import CanonicalEncoding
import CoalitionDirectory
import MessageEnvelope
import OpenSSLCrypto
import Relaying
import TransparencyLog

@testable import entente

/// Answers of a node, as the commands get them.
enum SampleAnswers {
    static let start = Timestamp(millisecondsSinceEpoch: 1_795_348_800_000)
    static let message = MessageID(time: start, randomness: [UInt8](repeating: 7, count: 10))
    static let envelope = SHA256Digest.hash([9])

    static func time(_ milliseconds: Int64) -> String { start.adding(milliseconds: milliseconds).rfc3339 }

    static let status: JSONValue = [
        "time": .string(time(65_000)),
        "node": [
            "id": "spiffe://gbr.example/node/gbr-1", "partner": "GBR", "realm": "live", "endpoint": "127.0.0.1:8441",
            "log": "gbr.example/node/gbr-1", "log-key": "gbr.example/node/gbr-1+01020304+key", "policy": "aa11",
            "directory": "bb22",
        ],
        "log": ["size": 1234, "root": "cc33", "checkpoint-time": .string(time(0))],
        "storage": ["database": 12_902_400, "write-ahead-log": 512, "available": 53_687_091_200],
        "links": [
            ["next-hop": "spiffe://deu.example/node/deu-1", "failures": 0],
            [
                "next-hop": "spiffe://fra.example/node/fra-hub", "failures": 3, "next-attempt": .string(time(69_500)),
                "last-error": "connection refused\u{1b}[2J",
            ],
        ],
        "queues": [
            queue("fra-hub", "FLASH", 1, 900, accepted: 62_600),
            queue("fra-hub", "ROUTINE", 12, 3_145_728, accepted: 0),
        ],
        "mailboxes": [["mailbox": "j2-fusion", "count": 7, "unreceipted": 2]],
        "holds": [
            [
                "authority": "Court order 7/26", "entry": 512, "message": "019a9e5c-8d1f-7c3e-a5b1-0f6d2c4e8a90",
                "persons": [], "reason": "evidence", "time": "2026-11-22T12:00:00.000Z",
            ],
            [
                "authority": "IG\u{1b}[2J", "entries": [[1, 2]], "entry": 700, "persons": [], "reason": "inquiry",
                "time": "2026-11-22T12:00:00.000Z",
            ],
        ],
        "alarms": [
            ["code": "policy-refused", "detail": "policy.yaml:3:1: unknown key `surprise`"],
            [
                "partner": "FRA", "code": "sheet-older",
                "detail": "FRA.cms: expected version 2\u{1b}[2J; version 2 stays",
            ],
        ],
    ]

    private static func queue(
        _ node: String,
        _ precedence: String,
        _ count: Int64,
        _ size: Int64,
        accepted: Int64
    ) -> JSONValue {
        [
            "next-hop": .string("spiffe://fra.example/node/\(node)"), "precedence": .string(precedence),
            "count": .integer(count), "size": .integer(size), "oldest-due": .string(time(0)),
            "oldest-accepted": .string(time(accepted)),
        ]
    }

    /// A message to two destinations: one has it and has answered, one was given up.
    static func trace(givenUp reason: String = "expired") throws -> JSONValue {
        let first = "spiffe://jpn.example/node/jpn-1"
        let second = "spiffe://un.example/node/un-1"
        return [
            "message": .string(message.description),
            "time": .string(time(90_000)),
            "entries": [
                try entry(0, .release, .allowed, at: 0, to: first, sequence: 41),
                try entry(1, .release, .allowed, at: 0, to: second, sequence: 8),
                try entry(2, .transfer, .done, at: 350, to: first),
                try entry(3, .receipt, .done, at: 2400),
                try entry(4, .void, .failed, at: 60_000, to: second, sequence: 8, reasons: [reason]),
            ],
            "messages": [
                [
                    "originator": "GBR/j2-fusion", "envelope": .string(envelope.hex), "precedence": "FLASH",
                    "accepted": .string(time(0)), "expires": .string(time(60_000)),
                    "transfers": [
                        transfer(
                            to: first,
                            entry: 0,
                            [
                                "state": "transferred", "attempts": 0, "closing-entry": 2,
                                "custody": [
                                    "log": "fra.example/node/fra-hub", "index": 88, "time": .string(time(312)),
                                    "kind": "relay", "proof": ["state": "proven", "size": 89],
                                ],
                                "onward-custody": [
                                    [
                                        "log": "jpn.example/node/jpn-1", "index": 6, "time": .string(time(377)),
                                        "kind": "acceptance", "proof": ["state": "proven", "size": 7],
                                    ]
                                ],
                            ]
                        ),
                        transfer(
                            to: second,
                            entry: 1,
                            [
                                "state": "void", "attempts": 4, "closing-entry": 4, "last-error": "connection refused",
                            ]
                        ),
                    ],
                    "mailboxes": [
                        [
                            "mailbox": "maritime-desk", "sequence": 5, "received": .string(time(0)), "receipted": false,
                        ]
                    ],
                    "receipts": [
                        [
                            "recipient": "JPN/maritime-ops", "digest": "dd", "entry": 3,
                            "received": .string(time(2400)),
                            "release": [
                                "log": "jpn.example/node/jpn-1", "index": 7, "time": .string(time(2100)),
                                "kind": "release", "proof": ["state": "proven", "size": 9],
                            ],
                        ]
                    ],
                    "non-deliveries": [
                        [
                            "destination": .string(second), "reason": .string(reason), "entry": 4,
                            "received": .string(time(60_000)),
                        ]
                    ],
                ]
            ],
        ]
    }

    private static func transfer(to destination: String, entry: Int64, _ more: [String: JSONValue]) -> JSONValue {
        let members: [String: JSONValue] = [
            "object": "message", "destination": .string(destination),
            "next-hop": "spiffe://fra.example/node/fra-hub", "due": .string(time(0)), "entry": .integer(entry),
        ]
        return .object(members.merging(more) { $1 })
    }

    /// One entry as the node answers it, proven in a tree of five.
    static func entry(
        _ index: UInt64,
        _ kind: AuditEntryKind,
        _ outcome: AuditOutcome,
        at milliseconds: Int64,
        to destination: String? = nil,
        sequence: UInt64? = nil,
        reasons: [String] = []
    ) throws -> JSONValue {
        let details = AuditDetails(salt: [UInt8](repeating: 1, count: 32), json: ["number": .integer(Int64(index))])
        let draft = AuditEntryDraft(
            kind,
            outcome,
            realm: .live,
            peer: try SPIFFEID("spiffe://fra.example/node/fra-hub"),
            message: message,
            envelope: envelope,
            destination: try destination.map { try SPIFFEID($0) },
            reasons: reasons
        )
        let entry = AuditEntry(
            draft,
            log: try LogOrigin("gbr.example/node/gbr-1"),
            index: index,
            time: start.adding(milliseconds: milliseconds),
            nonce: [UInt8](repeating: 2, count: 32),
            sequence: sequence,
            details: details.commitment
        )
        return [
            "entry": entry.json, "bytes": .string(Base64.encode(entry.canonicalBytes)),
            "details": ["salt": .string(Hex.encode(details.salt)), "bytes": .string(Base64.encode(details.bytes))],
            "proof": ["state": "proven", "size": 5],
        ]
    }
}

extension Terminal {
    /// A person's terminal without colours.
    static let plain = Terminal(isDataTerminal: true, isMessageTerminal: true, environment: ["NO_COLOR": "1"])
    /// A pipe.
    static let pipe = Terminal(isDataTerminal: false, isMessageTerminal: false, environment: [:])
}
