import CanonicalEncoding
public import OpenSSLCrypto

/// What an officer approves: a policy or a partner's addition to it, and the tests that it was judged by.
public struct ApprovedText: Hashable, Sendable {
    /// What kind of text it is. Raw values stand in signed statements and never change.
    public enum Kind: String, Sendable, CaseIterable {
        /// The coalition's policy.
        case policy
        /// What one partner adds to it.
        case addition = "national-addition"
    }

    public let kind: Kind
    /// The digest of the text's meaning in canonical form.
    public let hash: SHA256Digest
    /// The digest of the test file's bytes; nil when there is none.
    public let tests: SHA256Digest?

    public init(_ kind: Kind, hash: SHA256Digest, tests: SHA256Digest?) {
        self.kind = kind
        self.hash = hash
        self.tests = tests
    }
}
