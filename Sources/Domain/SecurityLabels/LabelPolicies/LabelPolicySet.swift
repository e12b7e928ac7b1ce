public import StrictYAML

/// All the label policies that are known, ready to read, write and compare markings.
public struct LabelPolicySet: Sendable {
    /// A file of a label policy, or the code list, which is called `codes.yaml`.
    public struct File: Hashable, Sendable {
        public let name: String
        public let yaml: String

        public init(name: String, yaml: String) {
            self.name = name
            self.yaml = yaml
        }
    }

    public static let codesFileName = "codes.yaml"

    public let policies: [LabelPolicy]
    public let codes: LabelCodes
    let grammars: [MarkingGrammar]

    /// Makes the policies ready to be used.
    /// - Parameters:
    ///   - communities: Communities of interest that markings of every policy may name in a field of their own.
    ///   - types: Message types that markings of every policy may name in a field of their own.
    /// - Throws: `LabelError` when two policies have one name, or when a phrase could be read in two ways.
    public init(
        _ policies: [LabelPolicy],
        codes: LabelCodes,
        communities: [CommunityName] = [],
        types: [MessageType] = []
    ) throws(LabelError) {
        guard !policies.isEmpty else { throw .noPolicy }
        var grammars: [MarkingGrammar] = []
        for policy in policies {
            grammars.append(try MarkingGrammar(policy, codes: codes, communities: communities, types: types))
        }
        try self.init(grammars, codes: codes)
    }

    private init(_ grammars: [MarkingGrammar], codes: LabelCodes) throws(LabelError) {
        let names = grammars.map(\.policy.name).sorted()
        for (left, right) in zip(names, names.dropFirst()) where left == right {
            throw .repeated(component: LabelPolicyName.componentName, text: left.rawValue)
        }
        policies = grammars.map(\.policy)
        self.codes = codes
        self.grammars = grammars
    }

    /// Reads a folder's files strictly, in the order given.
    /// - Throws: `YAMLError` with file, line and column, what was expected and what to do.
    public static func parse(files: [File]) throws(YAMLError) -> LabelPolicySet {
        guard let codesFile = files.first(where: { $0.name.split(separator: "/").last ?? "" == codesFileName }) else {
            throw YAMLError(
                file: files.first?.name ?? codesFileName,
                line: 1,
                column: 1,
                message: "the label policies come without `\(codesFileName)`: add the list of countries and groups"
            )
        }
        let codes = try LabelCodes.parse(yaml: codesFile.yaml, file: codesFile.name)
        var grammars: [MarkingGrammar] = []
        for file in files where file.name != codesFile.name {
            let policy = try LabelPolicy.parse(yaml: file.yaml, file: file.name)
            do throws(LabelError) {
                grammars.append(try MarkingGrammar(policy, codes: codes, communities: [], types: []))
                _ = try LabelPolicySet(grammars, codes: codes)
            } catch {
                throw YAMLError(file: file.name, line: 1, column: 1, message: "\(error)")
            }
        }
        do throws(LabelError) {
            guard !grammars.isEmpty else { throw .noPolicy }
            return try LabelPolicySet(grammars, codes: codes)
        } catch {
            throw YAMLError(file: codesFile.name, line: 1, column: 1, message: "\(error)")
        }
    }

    /// The same policies, or those named, with communities and message types that markings may name.
    /// - Throws: `LabelError` when a policy is not known, or when a word could be read in two ways.
    public func with(
        policies names: [LabelPolicyName]? = nil,
        communities: [CommunityName] = [],
        types: [MessageType] = []
    ) throws(LabelError) -> LabelPolicySet {
        var chosen: [LabelPolicy] = []
        for name in names ?? policies.map(\.name) {
            guard let policy = self[name] else {
                throw .unknown(component: LabelPolicyName.componentName, text: name.rawValue)
            }
            chosen.append(policy)
        }
        return try LabelPolicySet(chosen, codes: codes, communities: communities, types: types)
    }

    /// The policy of that name, or nil.
    public subscript(name: LabelPolicyName) -> LabelPolicy? { grammar(name)?.policy }

    func grammar(_ name: LabelPolicyName) -> MarkingGrammar? { grammars.first { $0.policy.name == name } }
}
