public import StrictYAML

/// A label policy as data, in the spirit of an XML SPIF: whose words there are, what they mean, and how they are written.
///
/// What a classification is worth under another policy is a row of a dated table (``equivalents``), never arithmetic on
/// ranks; ranks order the words of this policy alone.
public struct LabelPolicy: Hashable, Sendable {
    /// The name that labels carry as their policy.
    public let name: LabelPolicyName
    /// The version of this file.
    public let version: String
    /// The policy's object identifier or other registered name, where there is one.
    public let identifier: String?
    /// What the policy is, in words for people.
    public let title: String
    /// Whether other policies' words may be compared through this one, as national words are through those of an alliance.
    public let isReference: Bool
    /// Whether a marking leaves the owner out, so that whoever reads it has to say whose information it is.
    public let leavesOwnerOut: Bool
    public let ladders: [ClassificationLadder]
    /// In the order in which markings write them.
    public let categories: [CategorySet]
    public let syntax: MarkingSyntax
    public let equivalents: [LabelEquivalence]

    /// Reads a label policy file strictly.
    /// - Throws: `YAMLError` with file, line and column, what was expected and what to do.
    public static func parse(yaml: String, file: String) throws(YAMLError) -> LabelPolicy {
        var reader = try LabelPolicyReader(yaml: yaml, file: file)
        return try reader.read()
    }
}

/// Classification words that are marked in one form, such as the nation's own or those of foreign information.
public struct ClassificationLadder: Hashable, Sendable {
    public let name: String
    /// The owners whose information is marked with these words.
    public let owners: CodeSelection
    public let form: HeadForm
    /// Lowest first.
    public let words: [ClassificationWord]
    /// The category that names the owners when their information goes into a document of the policy's first ladder.
    public let mergesAs: String?
}

/// One classification of a policy.
public struct ClassificationWord: Hashable, Sendable {
    public let classification: Classification
    /// Orders the words of one policy; says nothing about any other policy's.
    public let rank: Int
    public let phrase: MarkingPhrase
    public let validity: DayRange
    /// The word that took this one's place when its validity ended.
    public let successor: Classification?
}

/// How one word or phrase stands in markings.
public struct MarkingPhrase: Hashable, Sendable {
    public let banner: String
    public let portion: String
    /// Further spellings that are read, and never written.
    public let also: [String]
    /// Earlier spellings that are read with a note, and never written.
    public let formerly: [String]

    /// Every spelling that is read, each once.
    var spellings: [String] {
        var seen: Set<String> = []
        return ([banner, portion] + also + formerly).filter { seen.insert($0).inserted }
    }
}

/// Which owners or codes may stand in a place.
public struct CodeSelection: Hashable, Sendable {
    /// Whether every country and group that the code list knows is meant.
    public let everyCode: Bool
    public let codes: [String]
    public let excluded: [String]

    /// The codes meant, given the list of all.
    func resolved(among all: [String]) -> [String] {
        let named = codes.filter { !all.contains($0) || !everyCode }
        return ((everyCode ? all : []) + named).filter { !excluded.contains($0) }
    }
}
