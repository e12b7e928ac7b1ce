import AccessPolicy
import CanonicalEncoding
import StrictYAML

extension FuzzTarget {
    static let policies: [FuzzTarget] = [
        FuzzTarget("policies", seeds: folders("AccessPolicyTests", "policies")) { policy($0) },
        FuzzTarget("policy-tests", seeds: folders("AccessPolicyTests", "policy-tests")) { policyTests($0) },
    ]

    /// A policy has one canonical form, which is canonical JSON and the same at each reading.
    private static func policy(_ bytes: [UInt8]) -> Bool {
        let yaml = String(decoding: bytes, as: UTF8.self)
        guard let policy = read(yaml) else { return false }
        let canonical = policy.canonicalBytes
        let value = promised("the canonical form is canonical JSON") { () throws(JSONError) in
            try JSONValue.parse(canonical, maximumSize: 64 << 20, maximumDepth: 64)
        }
        precondition(value.canonicalBytes == canonical, "the canonical form is not canonical")
        let again = read(yaml)
        precondition(again == policy && again?.canonicalBytes == canonical, "two readings of one text differ")
        // Comments have no meaning.
        let commented = read("# a comment\n" + yaml)
        precondition(commented == nil || commented?.canonicalBytes == canonical, "a comment changed the meaning")
        return true
    }

    private static func read(_ yaml: String) -> Policy? {
        do {
            return try Policy.parse(yaml: yaml, file: "fuzz.yaml")
        } catch {
            precondition(error.line >= 1 && error.column >= 1 && !error.message.isEmpty)
            return nil
        }
    }

    /// Test files are read against a policy of two partners, and every case that is read gets a decision.
    private static func policyTests(_ bytes: [UInt8]) -> Bool {
        do {
            let text = String(decoding: bytes, as: UTF8.self)
            let suite = try PolicyTestSuite.parse(yaml: text, file: "fuzz.yaml", policy: tested.policy)
            let entries = suite.cases.count + suite.audiences.count + suite.nevers.count
            precondition(suite.run(tested).results.count == entries)
            return true
        } catch {
            precondition(error.line >= 1 && error.column >= 1 && !error.message.isEmpty)
            return false
        }
    }

    private static let tested = CompiledPolicy(
        promised("the policy of the tests is good") { () throws(PolicyError) in
            try Policy.parse(
                yaml: """
                    format: 1
                    name: FUZZ
                    ladders:
                      levels: [LOW, HIGH]
                      equivalents:
                        GBR: {OFFICIAL: LOW, SECRET: HIGH}
                        FRA: {SECRET: HIGH}
                        JPN: {SECRET: LOW}
                    types: [INTREP, TRACK]
                    partners:
                      GBR: {kind: nation, ceiling: HIGH}
                      FRA: {kind: nation, ceiling: HIGH}
                      JPN: {kind: nation, ceiling: LOW}
                    nodes:
                      gbr-1: {partner: GBR, accreditation: HIGH, realm: live}
                      fra-hub: {partner: FRA, accreditation: HIGH, realm: live}
                      jpn-1: {partner: JPN, accreditation: LOW, realm: live}
                    communities:
                      MARITIME: {GBR: {from: 2026-01-01}, JPN: {from: 2026-01-01}}
                    agreements:
                      alliance-intelligence:
                        to: FRA
                        from: 2026-01-01
                        until: 2026-12-31
                        review: 2026-12-31
                        ref: Letter 1
                    """,
                file: "fuzz-policy.yaml"
            )
        }
    )
}
