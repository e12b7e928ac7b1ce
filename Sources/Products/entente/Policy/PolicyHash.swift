import CanonicalEncoding

/// The hash of a policy that has been in force, as people give it.
enum PolicyHash {
    /// The one hash of the history that begins so.
    static func full(_ beginning: String, by client: OperatorClient) async throws(CommandFailure) -> String {
        let answer = try await client.get("/v1/policies", query: [("limit", "1000")])
        let known = Set((answer["policies"]?.arrayValue ?? []).compactMap { $0["policy"]?.stringValue })
        let found = known.filter { $0.hasPrefix(beginning.lowercased()) }
        guard let one = found.first, beginning.count >= 4 else {
            throw CommandFailure(
                "expected at least 4 digits of the hash of a policy that has been in force, got `\(beginning)`",
                next: "`entente policy history` lists them"
            )
        }
        guard found.count == 1 else {
            throw CommandFailure(
                "`\(beginning)` is the beginning of \(found.count) hashes",
                next: "give more of it: \(found.sorted().joined(separator: ", "))"
            )
        }
        return one
    }
}
