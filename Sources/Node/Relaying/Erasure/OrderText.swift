/// The authority or the reason of an operator's order, for those who read the log later.
package enum OrderText {
    /// The most characters that it may have.
    package static let limit = 500

    package static func isValid(_ text: String) -> Bool {
        text.count <= limit && text.contains { !$0.isWhitespace }
    }
}
