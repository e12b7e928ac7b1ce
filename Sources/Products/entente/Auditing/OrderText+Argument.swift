import ArgumentParser
import Relaying

extension OrderText {
    /// An authority or a reason as it is given to a command.
    static func parse(_ text: String) throws -> String {
        guard isValid(text) else {
            throw ValidationError(
                "expected words for those who read the log later, 1 to \(limit) characters, got \(text.count)"
            )
        }
        return text
    }
}
