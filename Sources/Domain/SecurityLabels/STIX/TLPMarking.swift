public import CanonicalEncoding

/// A marking of the Traffic Light Protocol with the version that gives it its meaning; the more restrictive is greater.
///
/// AMBER of version 1 and of version 2 are different markings: in version 1 the source could add limits of its own, for
/// which version 2 has AMBER+STRICT. So AMBER of version 1 stands between the two of version 2. Where nothing but the
/// version differs, the later one is greater.
public enum TLPMarking: Int, Hashable, Comparable, Sendable, CaseIterable, CustomStringConvertible {
    case white1
    case clear2
    case green1
    case green2
    case amber2
    case amber1
    case amberStrict2
    case red1
    case red2

    /// The protocol's versions.
    public enum Version: Int, Hashable, Sendable, CaseIterable {
        /// As STIX 2.1 has it built in.
        case one = 1
        /// FIRST's version 2.0 of 2022.
        case two = 2
    }

    public var version: Version {
        switch self {
        case .white1, .green1, .amber1, .red1: .one
        case .clear2, .green2, .amber2, .amberStrict2, .red2: .two
        }
    }

    /// The marking as people write it, such as `TLP:AMBER+STRICT`.
    public var word: String { "TLP:\(colour.uppercased())" }

    /// The word and the version, for people: `TLP:AMBER (TLP 1)`.
    public var description: String { "\(word) (TLP \(version.rawValue))" }

    /// The colour as STIX writes it.
    var colour: String {
        switch self {
        case .white1: "white"
        case .clear2: "clear"
        case .green1, .green2: "green"
        case .amber1, .amber2: "amber"
        case .amberStrict2: "amber+strict"
        case .red1, .red2: "red"
        }
    }

    public static func < (left: TLPMarking, right: TLPMarking) -> Bool { left.rawValue < right.rawValue }
}

// MARK: - Marking definitions

extension TLPMarking {
    /// The extension by which STIX 2.1 carries version 2.
    static let extensionID = "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d"

    /// The identifier of the marking's definition, which is the same in every file (STIX 2.1, 7.2.1.4; OASIS's
    /// definitions of TLP 2.0).
    public var markingDefinitionID: String {
        let uuid =
            switch self {
            case .white1: "613f2e26-407d-48c7-9eca-b8e91df99dc9"
            case .green1: "34098fce-860f-48ae-8e50-ebd3cc5e41da"
            case .amber1: "f88d31f6-486f-44da-b317-01333bde0b82"
            case .red1: "5e57c739-391a-4eb3-b6be-7d15ca92d5ed"
            case .clear2: "94868c89-83c2-464b-929b-a1a8aa3c8487"
            case .green2: "bab4a63c-aed9-4cf5-a766-dfca5abac2bb"
            case .amber2: "55d920b0-5e8b-4f79-9ee9-91f868d9b421"
            case .amberStrict2: "939a9414-2ddd-4d32-a0cd-375ea402b003"
            case .red2: "e828b379-4e03-4974-9ac4-e53a884c97c1"
            }
        return "marking-definition--\(uuid)"
    }

    /// The marking with that definition; nil for an identifier that is none of the nine.
    public init?(markingDefinitionID: String) {
        guard let marking = Self.allCases.first(where: { $0.markingDefinitionID == markingDefinitionID }) else {
            return nil
        }
        self = marking
    }

    /// The marking's definition, to be put into bundles that refer to it.
    public var markingDefinition: JSONValue {
        var members: [String: JSONValue] = [
            "type": .string("marking-definition"),
            "spec_version": .string("2.1"),
            "id": .string(markingDefinitionID),
            "name": .string(word),
        ]
        switch version {
        case .one:
            members["created"] = .string("2017-01-20T00:00:00.000Z")
            members["definition_type"] = .string("tlp")
            members["definition"] = .object(["tlp": .string(colour)])
        case .two:
            members["created"] = .string("2022-10-01T00:00:00.000Z")
            members["extensions"] = .object([
                Self.extensionID: .object([
                    "extension_type": .string("property-extension"), "tlp_2_0": .string(colour),
                ])
            ])
        }
        return .object(members)
    }
}
