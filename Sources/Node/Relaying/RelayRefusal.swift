package import MessageEnvelope

/// A refusal as the other side reads it: a reason code, how it maps onto HTTP, and the reason in words.
package struct RelayRefusal: Error, Hashable, Sendable, CustomStringConvertible {
    /// What the other side can do about it.
    package enum Category: Sendable, Hashable {
        /// The request will never do as it is (422).
        case invalid
        /// The caller may not do this (403).
        case forbidden
        /// The id is taken by another message (409).
        case conflict
        case tooLarge
        case notFound
        /// Nothing is wrong with the request; try again later (503).
        case unavailable
        /// No room left to store it (507).
        case storageFull
        /// The node is at fault, and somebody there must see to it (500).
        case failed
    }

    package let category: Category
    /// The reason code, stable, kebab-case.
    package let code: String
    package let detail: String

    package init(_ category: Category, code: String, detail: String) {
        self.category = category
        self.code = code
        self.detail = detail
    }

    package init(_ error: EnvelopeError) {
        let category: Category = error.code == .tooLarge ? .tooLarge : .invalid
        self.init(category, code: error.code.rawValue, detail: error.detail)
    }

    package init(_ error: TransferError) {
        self.init(.invalid, code: error.code.rawValue, detail: error.detail)
    }

    package var description: String { "\(code): \(detail)" }

    /// Whether it is about the request itself, and no fault or want of the node.
    package var judgesRequest: Bool {
        switch category {
        case .invalid, .forbidden, .conflict, .tooLarge: true
        case .notFound, .unavailable, .storageFull, .failed: false
        }
    }

    /// Whether the same request can succeed soon without a change.
    package var isTransient: Bool {
        switch category {
        case .unavailable, .storageFull: true
        case .invalid, .forbidden, .conflict, .tooLarge, .notFound, .failed: false
        }
    }
}
