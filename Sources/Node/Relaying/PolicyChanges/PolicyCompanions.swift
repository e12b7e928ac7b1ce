/// What stands beside a policy, or beside an addition to one, by name.
package enum PolicyCompanions {
    /// The tests: `policy.tests.yaml` beside `policy.yaml`.
    package static func tests(of policy: String) -> String {
        let (stem, ending) = split(policy)
        return "\(stem).tests\(ending)"
    }

    /// The folder with the officers' statements: `policy.approvals` beside `policy.yaml`.
    package static func approvals(of policy: String) -> String { "\(split(policy).stem).approvals" }

    /// The ending of a statement's file.
    package static let statementEnding = ".cms"

    private static func split(_ path: String) -> (stem: Substring, ending: Substring) {
        let name = path.split(separator: "/", omittingEmptySubsequences: false).last ?? ""
        guard let stop = name.lastIndex(of: "."), stop != name.startIndex else { return (path[...], "") }
        return (path[..<stop], path[stop...])
    }
}
