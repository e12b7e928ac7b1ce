package import CanonicalEncoding
package import OpenSSLCrypto

/// A policy as the store keeps it: what it was read from, and the statements of the officers who approved it.
package struct PolicyRecord: Hashable, Sendable {
    package let hash: SHA256Digest
    /// The texts in canonical JSON, as `PolicyTexts` has them.
    package let texts: [UInt8]
    /// CMS SignedData each, in the order in which they came.
    package let statements: [[UInt8]]

    package init(hash: SHA256Digest, texts: [UInt8], statements: [[UInt8]]) {
        self.hash = hash
        self.texts = texts
        self.statements = statements
    }
}

/// One line of the history of policies.
package struct PolicyChangeRecord: Hashable, Sendable {
    /// Where a policy came from. Raw values stand in the database and never change.
    package enum Source: String, Sendable, CaseIterable {
        /// The file that the node's configuration names.
        case file
        /// `entente policy activate`.
        case `operator`
        /// `entente policy rollback`.
        case rollback
    }

    /// From 0.
    package let number: UInt64
    package let policy: SHA256Digest
    package let source: Source
    /// The entry of the change in the log.
    package let entry: UInt64
    package let time: Timestamp
}
