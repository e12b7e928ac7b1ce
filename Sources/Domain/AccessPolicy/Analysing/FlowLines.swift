import SecurityLabels

/// Who sends whose information to whom in few lines: what is alike stands together.
struct FlowLines {
    private struct Way: Hashable {
        let origin: PolicyPartner
        let place: String
    }

    private struct Content: Hashable, Comparable {
        let owners: String
        let detail: String

        static func < (left: Content, right: Content) -> Bool {
            (left.owners, left.detail) < (right.owners, right.detail)
        }
    }

    private var owners: [Way: [String: [LabelOwner]]] = [:]

    /// - Parameters:
    ///   - place: The recipient, or what of it.
    ///   - detail: What it is, such as `up to SECRET`; nothing where the owner says it all.
    mutating func add(_ origin: PolicyPartner, _ place: String, _ owner: LabelOwner, _ detail: String = "") {
        owners[Way(origin: origin, place: place), default: [:]][detail, default: []].append(owner)
    }

    var lines: [String] {
        var fans: [PolicyPartner: [[Content]: [String]]] = [:]
        for (way, details) in owners {
            let contents = details.map { detail, owners in
                let own = owners.map(\.rawValue) == [way.origin.rawValue]
                return Content(
                    owners: own ? "its own information" : "information of \(Self.list(owners.sorted()))",
                    detail: detail
                )
            }.sorted()
            fans[way.origin, default: [:]][contents, default: []].append(way.place)
        }
        // Where everybody sends the same to everybody else, it is said once.
        var circles: [[Content]: [[String]: Set<String>]] = [:]
        for (origin, recipients) in fans {
            for (contents, places) in recipients {
                let circle = (places + [origin.rawValue]).sorted()
                circles[contents, default: [:]][circle, default: []].insert(origin.rawValue)
            }
        }
        var lines: Set<String> = []
        var origins: [[Content]: [[String]: [PolicyPartner]]] = [:]
        for (origin, recipients) in fans {
            for (contents, places) in recipients {
                let circle = (places + [origin.rawValue]).sorted()
                if circles[contents]?[circle] == Set(circle) {
                    lines.insert("among \(Self.list(circle)), \(Self.text(contents))")
                } else {
                    origins[contents, default: [:]][places.sorted(), default: []].append(origin)
                }
            }
        }
        for (contents, ways) in origins {
            for (places, origins) in ways {
                lines.insert("from \(Self.list(origins.sorted())) to \(Self.list(places)), \(Self.text(contents))")
            }
        }
        return lines.sorted()
    }

    private static func text(_ contents: [Content]) -> String {
        contents.map { $0.detail.isEmpty ? $0.owners : "\($0.owners) \($0.detail)" }.joined(separator: "; ")
    }

    static func list(_ names: [some CustomStringConvertible]) -> String {
        names.map(\.description).joined(separator: ", ")
    }
}
