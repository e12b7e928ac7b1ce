package import CanonicalEncoding

/// What a node keeps no longer: bodies of messages that were taken on before a time and are done with, and details of
/// entries of before a time; nil where they are kept.
package struct RetentionRule: Hashable, Sendable {
    package var bodiesBefore: Timestamp?
    package var detailsBefore: Timestamp?

    package init(bodiesBefore: Timestamp?, detailsBefore: Timestamp?) {
        self.bodiesBefore = bodiesBefore
        self.detailsBefore = detailsBefore
    }
}
