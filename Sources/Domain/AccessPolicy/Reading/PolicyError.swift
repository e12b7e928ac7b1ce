public import StrictYAML

/// Why a policy or test file is refused: the place, what was expected there, what came, and what to do.
public typealias PolicyError = YAMLError
