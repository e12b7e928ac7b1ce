public import CanonicalEncoding

/// JSON that is no explanation: what was expected in it.
public struct ExplanationError: Error, Hashable, Sendable, CustomStringConvertible {
    public let expected: String

    public var description: String { "explanation: expected \(expected)" }
}

extension Explanation {
    /// The object as JSON, the same wherever an explanation is written or sent.
    public var json: JSONValue {
        .object([
            "outcome": .string(outcome.rawValue),
            "summary": .string(summary),
            "circumstances": .string(circumstances),
            "denials": .array(
                denials.map { denial in
                    var members: [String: JSONValue] = [
                        "rule": .string(denial.rule.rawValue), "says": .string(denial.says),
                    ]
                    if !denial.unknown.isEmpty { members["unknown"] = .array(denial.unknown.map { .string($0) }) }
                    return .object(members)
                }
            ),
            "agreements": .array(
                agreements.map { cover in
                    var members: [String: JSONValue] = [
                        "rule": .string(cover.rule.rawValue), "reference": .string(cover.reference),
                    ]
                    members["until"] = cover.until.map { .string($0) }
                    members["says"] = cover.says.map { .string($0) }
                    return .object(members)
                }
            ),
            "lacks-agreement": .bool(lacksAgreement),
            "nearest": .array(
                nearest.map { near in
                    .object([
                        "rule": .string(near.rule.rawValue),
                        "reference": .string(near.reference),
                        "misses": .array(
                            near.misses.map { miss in
                                .object([
                                    "subject": .string(miss.subject), "covers": .string(miss.covers),
                                    "got": .string(miss.got), "changed-by": .string(miss.changer.rawValue),
                                ])
                            }
                        ),
                    ])
                }
            ),
            "advice": .array(advice.map { .string($0) }),
        ])
    }

    /// Reads an explanation that a node sent or logged.
    ///
    /// What this release does not know is passed over, and lists that are not there are empty; outcome and summary must be
    /// there.
    public init(json: JSONValue) throws(ExplanationError) {
        func text(_ value: JSONValue?, _ name: String) throws(ExplanationError) -> String {
            guard let text = value?[name]?.stringValue else { throw ExplanationError(expected: "a text `\(name)`") }
            return text
        }
        func read<Value>(
            _ value: JSONValue?,
            _ name: String,
            _ one: (JSONValue) throws(ExplanationError) -> Value
        ) throws(ExplanationError) -> [Value] {
            var values: [Value] = []
            for element in value?[name]?.arrayValue ?? [] { values.append(try one(element)) }
            return values
        }
        guard let outcome = Decision.Outcome(rawValue: try text(json, "outcome")) else {
            throw ExplanationError(expected: "an outcome that is `allowed` or `denied`")
        }
        self.init(
            outcome: outcome,
            summary: try text(json, "summary"),
            circumstances: json["circumstances"]?.stringValue ?? "",
            denials: try read(json, "denials") { denial throws(ExplanationError) in
                Denial(
                    rule: RuleName(try text(denial, "rule")),
                    says: try text(denial, "says"),
                    unknown: (denial["unknown"]?.arrayValue ?? []).compactMap(\.stringValue)
                )
            },
            agreements: try read(json, "agreements") { cover throws(ExplanationError) in
                Cover(
                    rule: RuleName(try text(cover, "rule")),
                    reference: try text(cover, "reference"),
                    until: cover["until"]?.stringValue,
                    says: cover["says"]?.stringValue
                )
            },
            nearest: try read(json, "nearest") { near throws(ExplanationError) in
                NearMiss(
                    rule: RuleName(try text(near, "rule")),
                    reference: try text(near, "reference"),
                    misses: try read(near, "misses") { miss throws(ExplanationError) in
                        Miss(
                            subject: try text(miss, "subject"),
                            covers: try text(miss, "covers"),
                            got: try text(miss, "got"),
                            changer: miss["changed-by"]?.stringValue.flatMap { Changer(rawValue: $0) } ?? .officers
                        )
                    }
                )
            },
            lacksAgreement: json["lacks-agreement"]?.boolValue ?? false,
            advice: (json["advice"]?.arrayValue ?? []).compactMap(\.stringValue)
        )
    }
}
