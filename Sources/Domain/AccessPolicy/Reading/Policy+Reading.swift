public import StrictYAML

extension Policy {
    /// Reads a policy from YAML, or says where it is wrong and what was expected there.
    /// - Parameter file: The file's name as errors are to show it.
    /// - Throws: `PolicyError` for the first thing that is wrong; nothing is guessed and nothing passed over.
    public static func parse(yaml: String, file: String) throws(PolicyError) -> Policy {
        var reader = PolicyReader()
        return try reader.read(YAMLFile.read(yaml, file: file))
    }
}
