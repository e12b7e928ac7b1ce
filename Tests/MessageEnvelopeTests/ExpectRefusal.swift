import MessageEnvelope
import Testing

/// Expects that `body` throws an ``EnvelopeError`` with the code; the words of the error are not looked at.
func expectRefusal<Value>(
    _ code: EnvelopeError.Code,
    _ comment: Comment? = nil,
    sourceLocation: SourceLocation = #_sourceLocation,
    _ body: () throws -> Value
) {
    let error = #expect(throws: EnvelopeError.self, comment, sourceLocation: sourceLocation) { _ = try body() }
    if let error {
        #expect(error.code == code, comment ?? Comment(rawValue: error.detail), sourceLocation: sourceLocation)
    }
}
