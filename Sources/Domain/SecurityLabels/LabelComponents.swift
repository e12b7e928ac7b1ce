/// The name of the policy that gives a label's words their meaning, such as `EXAMPLE COALITION`.
public struct LabelPolicyName: LabelComponent {
    public static let componentName = "a label policy"
    public static let alphabet = LabelAlphabet.phrase
    public let rawValue: String

    public init(_ text: String) throws(LabelError) { rawValue = try Self.validated(text) }
}

/// The partner or group whose marking a label is, such as `GBR`.
///
/// The owner is who classified the information, which need not be the partner that sends it.
public struct LabelOwner: LabelComponent {
    public static let componentName = "a label owner"
    public static let alphabet = LabelAlphabet.code
    public let rawValue: String

    public init(_ text: String) throws(LabelError) { rawValue = try Self.validated(text) }
}

/// A classification in its owner's own words, such as `SECRET` or `TRES SECRET`.
///
/// Two owners' words compare only through a policy's table of equivalents, never by themselves.
public struct Classification: LabelComponent {
    public static let componentName = "a classification"
    public static let alphabet = LabelAlphabet.classification
    public let rawValue: String

    public init(_ text: String) throws(LabelError) { rawValue = try Self.validated(text) }
}

/// A compartment that everyone who holds the information must be read in to.
public struct Compartment: LabelComponent {
    public static let componentName = "a compartment"
    public static let alphabet = LabelAlphabet.word
    public let rawValue: String

    public init(_ text: String) throws(LabelError) { rawValue = try Self.validated(text) }
}

/// A handling caveat, such as `EYES ONLY`.
public struct Caveat: LabelComponent {
    public static let componentName = "a caveat"
    public static let alphabet = LabelAlphabet.phrase
    public let rawValue: String

    public init(_ text: String) throws(LabelError) { rawValue = try Self.validated(text) }
}

/// A partner or group that the owner names after `REL TO`.
public struct ReleasabilityCode: LabelComponent {
    public static let componentName = "a releasability code"
    public static let alphabet = LabelAlphabet.code
    public let rawValue: String

    public init(_ text: String) throws(LabelError) { rawValue = try Self.validated(text) }
}

/// A community of interest that the information is meant for, such as `MARITIME`.
public struct CommunityName: LabelComponent {
    public static let componentName = "a community"
    public static let alphabet = LabelAlphabet.word
    public let rawValue: String

    public init(_ text: String) throws(LabelError) { rawValue = try Self.validated(text) }
}

/// What kind of report or data a message is, such as `SITREP`.
public struct MessageType: LabelComponent {
    public static let componentName = "a message type"
    public static let alphabet = LabelAlphabet.word
    public let rawValue: String

    public init(_ text: String) throws(LabelError) { rawValue = try Self.validated(text) }
}
