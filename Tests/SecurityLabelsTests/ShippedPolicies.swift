import SecurityLabels

/// The label policies that ship, read once for all tests.
enum ShippedPolicies {
    private static let result = Result { try LabelPolicySet.shipped() }

    static func get() throws -> LabelPolicySet { try result.get() }
}
