import AccessPolicy
import PolicySupport
import StrictYAML
import Testing

/// Policies that are refused. Each vector changes one line of a good policy and says the place and the message.
@Suite struct PolicyRejectTests {
    static let good = """
        format: 1
        name: SMALL
        ladders:
          levels: [LOW, HIGH]
          equivalents:
            AAA: {OPEN: LOW, SHUT: HIGH}
            NO: {APEN: LOW}
        compartments: [SI]
        caveats: [EYES ONLY]
        types: [SITREP, INTREP]
        partners:
          AAA: {kind: nation, ceiling: HIGH, compartments: [SI]}
          NO: {kind: nation, ceiling: LOW}
        groups:
          BOTH: [AAA, NO]
        nodes:
          a-1: {partner: AAA, accreditation: HIGH, realm: live}
          n-1: {partner: NO, accreditation: LOW, realm: winter-26}
        communities:
          SEA:
            AAA: {from: 2026-01-01}
            NO: {from: 2026-01-01, until: 2026-12-31}
        guardrails:
          stay:
            says: it stays
            deny: {caveat: EYES ONLY, recipient: not owner}
        agreements:
          share:
            to: BOTH
            from: 2026-01-01
            until: 2026-12-31
            review: 2026-06-01
            ref: Letter 1
        """

    @Test func `the good policy is good, and NO is Norway`() throws {
        let policy = try Policy.parse(yaml: Self.good, file: "p.yaml")
        #expect(policy.partners.keys.sorted() == [PolicyPartner("AAA"), PolicyPartner("NO")])
        #expect(policy.groups[GroupName("BOTH")] == [PolicyPartner("AAA"), PolicyPartner("NO")])
    }

    static let conditionKeys = Dimension.allCases.reversed().filter { $0 != .standing }.flatMap(\.keys)
        .map { "`\($0)`" }.joined(separator: ", ")

    /// What is replaced, by what, and the error without the file's name.
    static let vectors: [(String, String, String)] = [
        // The file as a whole
        ("format: 1", "format: 2", "1:9: expected format `1`, got `2`: this release reads no other"),
        ("format: 1\n", "", "1:1: the policy has no `format`: add it"),
        (
            "name: SMALL", "name: small",
            "2:7: `small` cannot be a label policy: expected an upper-case letter at column 1, got `s` (U+0073)"
        ),
        ("name: SMALL", "name:", "2:6: expected the policy's name, got nothing"),
        (
            "caveats: [EYES ONLY]", "caveat: [EYES ONLY]",
            "9:1: unknown key `caveat` in a policy: expected one of `format`, `name`, `label-policies`, `ladders`, `compartments`, "
                + "`caveats`, `types`, `partners`, `groups`, `nodes`, `communities`, `guardrails`, `agreements`, "
                + "`invariants`; correct or remove it"
        ),
        (
            "types: [SITREP, INTREP]", "types: []",
            "10:8: expected a list of message types, got an empty list: leave the key out where it is not needed"
        ),
        ("types: [SITREP, INTREP]", "types: {SITREP: 1}", "10:8: expected a list of message types, got a mapping"),
        (
            "types: [SITREP, INTREP]", "types: [SITREP, [INTREP]]",
            "10:17: expected one of the message types, got a list"
        ),
        ("types: [SITREP, INTREP]", "types: [SITREP, SITREP]", "10:17: `SITREP` stands twice: remove one"),
        (
            "types: [SITREP, INTREP]", "types: [SITREP, SI]",
            "10:17: `SI` is a compartment already and cannot be a message type too, for markings could be read in two "
                + "ways: rename one"
        ),
        (
            "caveats: [EYES ONLY]", "caveats: [REL TO ME, EYES ONLY]",
            "9:11: `REL TO ME` would be read as a releasability list in markings: choose another word"
        ),
        // YAML that says something else than it shows
        (
            "types: [SITREP, INTREP]", "types: &t [SITREP, INTREP]",
            "10:8: anchors and aliases are not accepted, got `&t`: write the value out"
        ),
        ("name: SMALL", "name: &n SMALL", "2:7: anchors and aliases are not accepted, got `&n`: write the value out"),
        ("types: [SITREP, INTREP]", "types: *t", "10:8: not readable as YAML: found undefined alias"),
        (
            "format: 1", "format: !!int 1",
            "1:9: tags are not accepted, got `tag:yaml.org,2002:int`: remove it, every value is text"
        ),
        (
            "types: [SITREP, INTREP]", "types: !!set [SITREP, INTREP]",
            "10:8: tags are not accepted, got `tag:yaml.org,2002:set`: remove it, every value is text"
        ),
        (
            "name: SMALL", "name: SMALL\nname: OTHER",
            "2:1: the key `name` stands more than once in one mapping: keep one"
        ),
        (
            "name: SMALL", "name: SMALL\n\"name\": OTHER",
            "2:1: the key `name` stands more than once in one mapping: keep one"
        ),
        (
            "  stay:\n", "  stay:\n    <<: {deny: {caveat: EYES ONLY}}\n",
            "25:5: unknown key `<<` in guardrail stay: expected one of `says`, `deny`; correct or remove it"
        ),
        ("name: SMALL", "name: SMALL\n[a]: b", "3:1: expected a word as key, got a list or a mapping"),
        (
            "ref: Letter 1", "ref: 'Letter 1",
            "33:19: not readable as YAML: while scanning a quoted scalar, found unexpected end of stream"
        ),
        ("name: SMALL", "name: SMALL: X", "2:12: not readable as YAML: mapping values are not allowed in this context"),
        ("name: SMALL", "name: SM\u{7}ALL", "2:9: not readable as YAML: control characters are not allowed"),
        // Ladders
        ("levels: [LOW, HIGH]", "levels: [LOW, LOW]", "4:17: the level `LOW` stands twice: remove one"),
        (
            "{OPEN: LOW, SHUT: HIGH}", "{OPEN: HIGH, SHUT: LOW}",
            "6:23: `SHUT` stands after `OPEN` but is equivalent to a lower level: write AAA's classifications lowest first"
        ),
        (
            "{APEN: LOW}", "{APEN: MIDDLE}",
            "7:16: unknown level `MIDDLE`: expected one of `LOW`, `HIGH`; correct it, or declare it under `ladders`"
        ),
        (
            "    NO: {APEN: LOW}", "    ZZZ: {APEN: LOW}",
            "7:5: `ZZZ` is neither a partner nor a group: declare it, or remove its ladder"
        ),
        (
            "    NO: {APEN: LOW}", "    NO: {}",
            "7:9: expected a mapping from NO's classifications to levels, got an empty mapping: leave the key out where it is not needed"
        ),
        // Partners, groups, nodes, communities
        (
            "  NO: {kind: nation, ceiling: LOW}", "  no: {kind: nation, ceiling: LOW}",
            "13:3: expected a partner's code of 2 to 12 capital letters, digits and `-`, a letter first, got `no`"
        ),
        (
            "  NO: {kind: nation, ceiling: LOW}", "  NO: {kind: state, ceiling: LOW}",
            "13:14: expected `nation`, `organisation` or `private`, got `state`"
        ),
        ("  NO: {kind: nation, ceiling: LOW}", "  NO: {kind: nation}", "13:7: partner NO has no `ceiling`: add it"),
        (
            "  NO: {kind: nation, ceiling: LOW}", "  NO: {kind: nation, ceiling: LOW, suspended: yes}",
            "13:47: expected `true` or `false`, got `yes`"
        ),
        (
            "  NO: {kind: nation, ceiling: LOW}", "  NO: {kind: nation, ceiling: LOW, compartments: TK}",
            "13:50: unknown compartment `TK`: expected one of `SI`; correct it, or declare it under `compartments`"
        ),
        (
            "  NO: {kind: nation, ceiling: LOW}", "  NO: nation",
            "13:7: expected partner NO with the keys `kind`, `ceiling`, `compartments`, `suspended`, got `nation`"
        ),
        (
            "  BOTH: [AAA, NO]", "  BOTH: [AAA, XX]",
            "15:15: unknown partner or group `XX`: expected one of `AAA`, `NO`, `BOTH`; correct it, or declare it under "
                + "`partners` or `groups`"
        ),
        (
            "  BOTH: [AAA, NO]", "  BOTH: []",
            "15:9: expected a list of partners and groups, got an empty list: leave the key out where it is not needed"
        ),
        ("  BOTH: [AAA, NO]", "  NO: [AAA]", "15:3: `NO` is a partner already: give the group another name"),
        (
            "  n-1:", "  N-1:",
            "18:3: expected a node's name of 1 to 63 lower-case letters, digits and inner `-`, got `N-1`"
        ),
        (
            "realm: winter-26", "realm: Winter",
            "18:49: expected `live` or an exercise's name of lower-case letters, digits and inner `-`, got `Winter`"
        ),
        (
            "partner: NO,", "partner: NA,",
            "18:18: unknown partner `NA`: expected one of `AAA`, `NO`; correct it, or declare it under `partners`"
        ),
        ("    AAA: {from: 2026-01-01}", "    AAA: {until: 2026-01-01}", "21:10: the membership has no `from`: add it"),
        (
            "    AAA: {from: 2026-01-01}", "    AAA: {from: 2026-02-30}",
            "21:17: expected a day such as `2026-12-31`, got `2026-02-30`: write year, month and day"
        ),
        (
            "    AAA: {from: 2026-01-01}", "    AAA: {from: 1 Jan 2026}",
            "21:17: expected a day such as `2026-12-31`, got `1 Jan 2026`: write year, month and day"
        ),
        (
            "NO: {from: 2026-01-01, until: 2026-12-31}", "NO: {from: 2026-01-01, until: 2025-12-31}",
            "22:35: expected a day not before 2026-01-01, got `2025-12-31`: exchange the two dates"
        ),
        // Rules
        ("  stay:", "  ceiling:", "24:3: `ceiling` is the name of a built-in rule: choose another name"),
        ("  stay:", "  no-agreement:", "24:3: `no-agreement` is the name of a built-in rule: choose another name"),
        (
            "  stay:", "  share:",
            "28:3: `share` is the name of a guardrail already: reports could not tell them apart, rename one"
        ),
        (
            "  stay:", "  Stay:",
            "24:3: expected a rule's name of 1 to 63 lower-case letters, digits and inner `-`, got `Stay`"
        ),
        ("    says: it stays\n", "", "25:5: guardrail stay has no `says`: add it"),
        (
            "deny: {caveat: EYES ONLY, recipient: not owner}", "deny: {}",
            "26:11: expected at least one condition, got none: a rule without conditions denies everything"
        ),
        (
            "caveat: EYES ONLY", "caveat: EYES",
            "26:20: unknown caveat `EYES`: expected one of `EYES ONLY`; correct it, or declare it under `caveats`"
        ),
        (
            "caveat: EYES ONLY", "caveat: not EYES",
            "26:20: unknown caveat `EYES`: expected one of `EYES ONLY`; correct it, or declare it under `caveats`"
        ),
        (
            "caveat: EYES ONLY", "caveat: [EYES ONLY, not EYES ONLY]",
            "26:32: `not EYES ONLY` is decided in this list already: name it once"
        ),
        (
            "caveat: EYES ONLY", "caveat: {never: EYES ONLY}",
            "26:21: unknown key `never` in the condition on caveats: expected one of `any`, `all`, `not`, `only`; correct or remove it"
        ),
        (
            "caveat: EYES ONLY", "caveat: EYES ONLY, caveats: EYES ONLY",
            "26:31: `caveats` says again what `caveat` says: keep one of them"
        ),
        (
            "recipient: not owner", "recipient: not owners",
            "26:42: unknown partner or group `owners`: expected one of `AAA`, `NO`, `BOTH`; correct it, or declare it under `partners` or `groups`"
        ),
        (
            "recipient: not owner", "recipients: []",
            "26:43: expected a list of partners and groups, got an empty list: leave the key out where it is not needed"
        ),
        (
            "recipient: not owner", "receiver: AAA",
            "26:31: unknown key `receiver` in the conditions of guardrail stay: expected one of \(conditionKeys); correct or remove it"
        ),
        (
            "recipient: not owner", "owner: owner",
            "26:38: expected a partner or group, got `owner`: the label's owner is always its owner"
        ),
        (
            "recipient: not owner", "recipient-kind: firm",
            "26:47: expected `nation`, `organisation` or `private`, got `firm`"
        ),
        (
            "recipient: not owner", "level: over LOW",
            "26:38: unknown `over LOW` among the levels: expected one of `LOW`, `HIGH`, alone or after `up-to`, `above`, `below`, `at-least` or `exactly`, or two of them as `A..B`"
        ),
        (
            "recipient: not owner", "level: above HIGH",
            "26:38: `above HIGH` is none of the levels: nothing is above it, change one of the words"
        ),
        (
            "recipient: not owner", "up-to: LOW, level: above LOW",
            "26:50: `above LOW` leaves nothing within `up-to` LOW: change one of them"
        ),
        (
            "recipient: not owner", "up-to: LOW, level: up-to LOW",
            "26:50: `up-to` takes nothing away from `up-to LOW`: keep one of them"
        ),
        (
            "NO: {from: 2026-01-01, until: 2026-12-31}",
            "NO: [{from: 2026-01-01, until: 2026-06-30}, {from: 2026-06-30}]",
            "22:49: the membership overlaps one before it: join the two, or correct a date"
        ),
        (
            "recipient: not owner", "community: LAND",
            "26:42: unknown community `LAND`: expected one of `SEA`; correct it, or declare it under `communities`"
        ),
        (
            "recipient: not owner", "precedence: URGENT",
            "26:43: unknown `URGENT` among the precedences: expected one of `DEFERRED`, `ROUTINE`, `PRIORITY`, `IMMEDIATE`, `FLASH`, `OVERRIDE`, alone or after `up-to`, `above`, `below`, `at-least` or `exactly`, or two of them as `A..B`"
        ),
        (
            "recipient: not owner", "realm: summer-26",
            "26:38: unknown realm `summer-26`: expected one of `live`, `winter-26`; correct it, or declare it under `nodes`"
        ),
        (
            "recipient: not owner", "action: send",
            "26:39: expected one of `originate`, `release`, `relay`, `accept`, `deliver`, got `send`"
        ),
        // Comparisons, lengths, sets
        (
            "recipient: not owner", "level: HIGH..LOW",
            "26:38: `HIGH..LOW` runs downwards: write the lower of the levels first"
        ),
        (
            "recipient: not owner", "level: below LOW",
            "26:38: `below LOW` is none of the levels: nothing is below it, change one of the words"
        ),
        ("recipient: not owner", "level: [LOW, not LOW]", "26:38: a list leaves nothing: name what is meant"),
        (
            "recipient: not owner", "link: tls13",
            "26:37: unknown `tls13` among the link strengths: expected one of `standard`, `cnsa`, `post-quantum`, alone or after `up-to`, `above`, `below`, `at-least` or `exactly`, or two of them as `A..B`"
        ),
        (
            "recipient: not owner", "age: 30d",
            "26:36: expected `over` or `within` and a length such as `30d`, or two lengths as `1h..2d`, got `30d`"
        ),
        (
            "recipient: not owner", "age: over 30",
            "26:36: expected a length from 1 to 36500 minutes, hours or days, such as `30m`, `12h` or `30d`, got `30`"
        ),
        (
            "recipient: not owner", "expires: within 0h",
            "26:40: expected a length from 1 to 36500 minutes, hours or days, such as `30m`, `12h` or `30d`, got `0h`"
        ),
        ("recipient: not owner", "expires: 2d..1h", "26:40: `2d..1h` runs downwards: write the shorter length first"),
        ("recipient: not owner", "age: [within 1h, not within 2h]", "26:36: a list leaves nothing: name what is meant"),
        ("recipient: not owner", "releasable: maybe", "26:43: expected one of `named`, `unstated`, got `maybe`"),
        (
            "recipient: not owner", "classification: SECRET",
            "26:47: unknown classification `SECRET`: expected one of `APEN`, `OPEN`, `SHUT`; correct it, or declare it under `ladders`"
        ),
        (
            "recipient: not owner", "recipient-node: b-1",
            "26:47: unknown node `b-1`: expected one of `a-1`, `n-1`; correct it, or declare it under `nodes`"
        ),
        (
            "recipient: not owner", "recipient-mailbox: desk",
            "26:50: expected a partner's code, `/` and a mailbox, such as `UN/situation-room`, got `desk`"
        ),
        (
            "recipient: not owner", "recipient-mailbox: BB/desk",
            "26:50: unknown partner `BB`: expected one of `AAA`, `NO`; correct it, or declare it under `partners`"
        ),
        (
            "recipient: not owner", "recipient-mailbox: NO/Desk",
            "26:50: expected a mailbox's name of 1 to 63 lower-case letters, digits and inner `-`, got `Desk`"
        ),
        (
            "recipient: not owner", "recipient: [ANY, AAA]",
            "26:43: `ANY` makes the other entries idle: keep `ANY` or the others"
        ),
        (
            "recipient: not owner", "recipient: not ANY",
            "26:42: `not ANY` leaves nothing: name what is meant, or remove the rule"
        ),
        (
            "recipient: not owner", "compartments: [none, SI]",
            "26:46: `none` stands alone in a condition on compartments: write a rule for each case"
        ),
        (
            "recipient: not owner", "compartments: {}",
            "26:45: expected `any`, `all`, `not` or `only` with a list of compartments, got an empty mapping"
        ),
        (
            "recipient: not owner", "compartments: {all: SI, not: SI}",
            "26:45: `SI` is asked for and ruled out at once: remove one"
        ),
        // Groups of groups, equivalents with days, further label policies
        (
            "  BOTH: [AAA, NO]", "  BOTH: [AAA, PAIR]\n  PAIR: [NO, BOTH]",
            "16:14: the groups hold each other: `BOTH` in `PAIR` in `BOTH`; take one out of the circle"
        ),
        ("  BOTH: [AAA, NO]", "  BOTH: [AAA, not AAA]", "15:15: `AAA` stands twice in group BOTH: remove one"),
        (
            "  BOTH: [AAA, NO]", "  BOTH: [AAA, not PAIR]\n  PAIR: [NO, AAA]",
            "15:9: group BOTH has no partner left: name one, or remove the group"
        ),
        (
            "NO: {APEN: LOW}", "NO: {APEN: [{level: LOW, until: 2026-01-02}, {level: HIGH, from: 2026-01-02}]}",
            "7:50: `APEN` has two levels on one day: let one end with `until` before the other's `from`"
        ),
        ("NO: {APEN: LOW}", "NO: {APEN: {from: 2026-01-02}}", "7:16: the level of `APEN` has no `level`: add it"),
        (
            "name: SMALL", "name: SMALL\nlabel-policies: [TALL, SMALL]",
            "3:24: `SMALL` is accepted already: name it once"
        ),
        (
            "    until: 2026-12-31\n", "    until: 2026-12-31\n    suspended: maybe\n",
            "32:16: expected `true` or `false`, got `maybe`"
        ),
        // Agreements
        (
            "    to: BOTH\n", "",
            "29:5: agreement share has no `to`: name the recipients, `ANY` where everybody is meant"
        ),
        (
            "    to: BOTH\n", "    to: BOTH\n    recipient: AAA\n",
            "30:5: `recipient` says again what `to` says: keep one of them"
        ),
        ("    until: 2026-12-31\n", "", "29:5: agreement share has no `until`: add it"),
        (
            "    ref: Letter 1", "    reference: Letter 1",
            "33:5: unknown key `reference` in agreement share: expected one of \(conditionKeys), `says`, `ref`, `review`, `suspended`; correct or remove it"
        ),
        (
            "review: 2026-06-01", "review: 2027-06-01",
            "32:13: expected a day from 2026-01-01 to 2026-12-31, got `2027-06-01`: review it while it is in force"
        ),
        (
            "    to: BOTH\n", "    to: BOTH\n    action: originate\n",
            "30:13: expected `release`, `relay` or `accept`, got `originate`: to originate needs no agreement"
        ),
    ]

    @Test(arguments: vectors)
    func `a bad policy is refused with its place, what was expected and what came`(
        original: String,
        replacement: String,
        message: String
    ) throws {
        let range = try #require(Self.good.firstRange(of: original), "the vector does not fit the good policy")
        var yaml = Self.good
        yaml.replaceSubrange(range, with: replacement)
        let error = #expect(throws: PolicyError.self) { try Policy.parse(yaml: yaml, file: "p.yaml") }
        #expect(error?.description == "p.yaml:" + message)
    }

    @Test func `a second document is refused where it begins`() {
        let error = #expect(throws: PolicyError.self) {
            try Policy.parse(yaml: Self.good + "\n---\nformat: 1\n", file: "p.yaml")
        }
        #expect(
            error?.description
                == "p.yaml:34:1: a second document begins here: expected one document, put the other into a file of "
                + "its own"
        )
    }

    @Test(arguments: [
        ("", "p.yaml:1:1: the file is empty: expected a mapping"),
        ("# only a comment\n", "p.yaml:1:1: the file is empty: expected a mapping"),
        (
            "- a",
            "p.yaml:1:1: expected a policy with the keys `format`, `name`, `label-policies`, `ladders`, `compartments`, `caveats`, "
                + "`types`, `partners`, `groups`, `nodes`, `communities`, `guardrails`, `agreements`, "
                + "`invariants`, got a list"
        ),
    ])
    func `a file that holds no policy is refused`(yaml: String, message: String) {
        let error = #expect(throws: PolicyError.self) { try Policy.parse(yaml: yaml, file: "p.yaml") }
        #expect(error?.description == message)
    }

    @Test(arguments: ["[", "{a: ", "- ", "? ", "a: {b: "])
    func `deep nesting is refused without harm`(opening: String) {
        let yaml = String(repeating: opening, count: 20_000)
        #expect(throws: PolicyError.self) { try Policy.parse(yaml: yaml, file: "p.yaml") }
    }

    @Test func `aliases that would grow without end are refused before they do`() {
        var lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
        for level in 1...30 {
            let aliases = [String](repeating: "*a\(level - 1)", count: 9).joined(separator: ", ")
            lines.append("a\(level): &a\(level) [\(aliases)]")
        }
        #expect(throws: PolicyError.self) { try Policy.parse(yaml: lines.joined(separator: "\n"), file: "p.yaml") }
    }

    @Test func `no prefix of a policy is read as a policy unless it is one`() {
        let yaml = Self.good
        var read = 0
        for length in stride(from: 0, through: yaml.count, by: 3) {
            do throws(PolicyError) {
                _ = try Policy.parse(yaml: String(yaml.prefix(length)), file: "p.yaml")
                read += 1
            } catch {
                #expect(error.line >= 1 && error.column >= 1)
            }
        }
        // Only from the last key on is the rest optional, or shorter and still right: `ref: Le`.
        #expect(read < 10)
    }

    @Test(arguments: 0..<4)
    func `no damage to a policy does harm to the reader`(seed: UInt64) {
        var random = SplitMix64(state: seed)
        let marks = Array("[]{}:,&*!|>'\"%@`#-? \t\n~<NO0\u{0}\u{85}\u{FEFF}\u{1F600}".unicodeScalars)
        var refused = 0
        for _ in 0..<150 {
            var scalars = Array(Self.good.unicodeScalars)
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let place = Int.random(in: 0..<scalars.count, using: &random)
                switch Int.random(in: 0...3, using: &random) {
                case 0: scalars.remove(at: place)
                case 1: scalars[place] = marks[Int.random(in: 0..<marks.count, using: &random)]
                case 2: scalars.insert(marks[Int.random(in: 0..<marks.count, using: &random)], at: place)
                default: scalars.removeSubrange(place..<min(place + 20, scalars.count))
                }
            }
            var yaml = String.UnicodeScalarView()
            yaml.append(contentsOf: scalars)
            do throws(PolicyError) {
                _ = try Policy.parse(yaml: String(yaml), file: "p.yaml")
            } catch {
                #expect(error.line >= 1 && error.column >= 1 && !error.message.isEmpty)
                refused += 1
            }
        }
        #expect(refused > 75)
    }
}
