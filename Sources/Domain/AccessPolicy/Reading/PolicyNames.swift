import SecurityLabels
import StrictYAML

/// The spelling of names that policies declare, checked where they are declared.
enum PolicyNames {
    static func partner(_ text: String, at item: YAMLItem) throws(PolicyError) -> PolicyPartner {
        let bytes = text.utf8
        guard (2...12).contains(bytes.count), bytes.first.map(isCapital) == true,
            bytes.allSatisfy({ isCapital($0) || isDigit($0) || $0 == UInt8(ascii: "-") })
        else {
            throw item.error(
                "expected a partner's code of 2 to 12 capital letters, digits and `-`, a letter first, got `\(text)`"
            )
        }
        return PolicyPartner(text)
    }

    static func node(_ text: String, at item: YAMLItem) throws(PolicyError) -> PolicyNode {
        guard isHostLabel(text) else {
            throw item.error(
                "expected a node's name of 1 to 63 lower-case letters, digits and inner `-`, got `\(text)`"
            )
        }
        return PolicyNode(text)
    }

    static func mailbox(_ text: String, at item: YAMLItem) throws(PolicyError) -> String {
        guard isHostLabel(text) else {
            throw item.error(
                "expected a mailbox's name of 1 to 63 lower-case letters, digits and inner `-`, got `\(text)`"
            )
        }
        return text
    }

    static func officer(_ text: String, at item: YAMLItem) throws(PolicyError) -> String {
        guard isHostLabel(text) else {
            throw item.error(
                "expected an officer's name of 1 to 63 lower-case letters, digits and inner `-`, got `\(text)`"
            )
        }
        return text
    }

    static func realm(_ text: String, at item: YAMLItem) throws(PolicyError) -> PolicyRealm {
        guard isHostLabel(text) else {
            throw item.error(
                "expected `live` or an exercise's name of lower-case letters, digits and inner `-`, got `\(text)`"
            )
        }
        return PolicyRealm(text)
    }

    static func rule(_ text: String, at item: YAMLItem) throws(PolicyError) -> RuleName {
        guard isHostLabel(text) else {
            throw item.error(
                "expected a rule's name of 1 to 63 lower-case letters, digits and inner `-`, got `\(text)`"
            )
        }
        guard BuiltInGuardrail(rawValue: text) == nil, text != RuleName.noAgreement.rawValue else {
            throw item.error("`\(text)` is the name of a built-in rule: choose another name")
        }
        return RuleName(text)
    }

    static func component<Component: LabelComponent>(
        _ type: Component.Type,
        _ text: String,
        at item: YAMLItem
    ) throws(PolicyError) -> Component {
        do {
            return try Component(text)
        } catch {
            throw item.error(error.description)
        }
    }

    private static func isHostLabel(_ text: String) -> Bool {
        let bytes = text.utf8
        let hyphen = UInt8(ascii: "-")
        return (1...63).contains(bytes.count) && bytes.first != hyphen && bytes.last != hyphen
            && bytes.allSatisfy {
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) || isDigit($0) || $0 == hyphen
            }
    }

    private static func isCapital(_ byte: UInt8) -> Bool { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) }
    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
}
