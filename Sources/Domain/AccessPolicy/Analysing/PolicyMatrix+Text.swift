public import CanonicalEncoding
import SecurityLabels

extension PolicyMatrix {
    /// How many alternatives are written out for one group of flows.
    private static let alternativeLimit = 12

    /// What the matrix is about, in one line.
    public var heading: String {
        var parts = ["\(policy), \(Self.text(time)), realm \(realm)"]
        if filter.isOwnAlone { parts.append("holders' own information") }
        func add(_ what: String, _ names: [some CustomStringConvertible]) {
            if !names.isEmpty { parts.append("\(what) \(FlowLines.list(names))") }
        }
        add("information of", filter.owners)
        add("level", filter.levels)
        add("type", filter.types)
        add("community", filter.communities)
        return parts.joined(separator: "; ")
    }

    /// A day alone where it is its first moment.
    static func text(_ time: Timestamp) -> String {
        time.rfc3339 == "\(time.date)T00:00:00.000Z" ? time.date : time.rfc3339
    }

    /// The matrix as tables under each other, each with as many columns as fit.
    /// - Parameter width: How many characters a line may have; any number when nil.
    public func table(width: Int? = nil) -> String {
        let cells = cells
        let corner = "from \\ to"
        let first = ([corner] + holders.map(\.rawValue)).map(\.count).max() ?? 0
        let columns = recipients.map { recipient in
            [recipient.rawValue]
                + holders.map { origin in
                    cells.first { $0.origin == origin && $0.recipient == recipient }.map { text(of: $0) } ?? ""
                }
        }
        let widths = columns.map { $0.map(\.count).max() ?? 0 }
        var tables: [String] = []
        var rest = columns.indices[...]
        while let start = rest.first {
            var used = first
            var shown: [Int] = []
            while let column = rest.first, shown.isEmpty || width.map({ used + 2 + widths[column] <= $0 }) ?? true {
                used += 2 + widths[column]
                shown.append(column)
                rest = rest.dropFirst()
            }
            assert(shown.first == start)
            let rows = ([corner] + holders.map(\.rawValue)).enumerated().map { row, name in
                let line = ([(name, first)] + shown.map { (columns[$0][row], widths[$0]) })
                    .map { $0 + String(repeating: " ", count: $1 - $0.count) }.joined(separator: "  ")
                return String(line.reversed().drop { $0 == " " }.reversed())
            }
            tables.append(rows.joined(separator: "\n"))
        }
        return tables.joined(separator: "\n\n")
    }

    /// What the letters and marks of the cells mean, for those that are used.
    public var legend: [String] {
        let texts = Set(cells.map { text(of: $0) })
        let used = levels.filter { level in cells.contains { $0.free == level || $0.highest == level } }
        var lines: [String] = []
        if letters(of: levels[0]) != levels[0].rawValue, !used.isEmpty {
            lines.append(used.map { "\(letters(of: $0)) \($0)" }.joined(separator: ", "))
        }
        if cells.contains(where: { $0.free != nil }),
            let example = levels.last(where: { level in cells.contains { $0.free == level } })
        {
            lines.append("\(letters(of: example)): every plain label up to this level, whoever of the owners it is of")
        }
        if texts.contains(where: { $0.contains("*") }) { lines.append("*: up to this level in the cases below") }
        if texts.contains(where: { $0.contains("+") }) {
            lines.append("+: so many words without a level, `*` in the cases below")
        }
        if texts.contains("-") { lines.append("-: nothing") }
        return lines
    }

    /// In which cases what flows, flows that do in the same cases together: one paragraph each.
    public var cases: [String] {
        struct Case: Hashable {
            let isFree: Bool
            let conditions: [FlowCondition]
        }
        var order: [Case] = []
        var groups: [Case: [Flow]] = [:]
        for flow in flows {
            let key = Case(isFree: flow.isFree, conditions: flow.conditions)
            if groups[key] == nil { order.append(key) }
            groups[key, default: []].append(flow)
        }
        return order.map { key in
            var lines = ends(groups[key, default: []])
            lines += key.conditions.prefix(Self.alternativeLimit).map { "  \(key.isFree ? "freely: " : "")\($0)" }
            if key.conditions.count > Self.alternativeLimit {
                lines.append("  and \(key.conditions.count - Self.alternativeLimit) more cases")
            }
            return lines.joined(separator: "\n")
        }
    }

    private func ends(_ flows: [Flow]) -> [String] {
        struct Way: Hashable {
            let origin: PolicyPartner
            let recipient: PolicyPartner
            let owner: LabelOwner
        }
        func rank(_ level: Classification?) -> Int? { level.flatMap { levels.firstIndex(of: $0) } }
        let used = Dictionary(grouping: self.words, by: \.owner).mapValues { Set($0.compactMap { rank($0.level) }) }
        var lines = FlowLines()
        for (way, flows) in Dictionary(
            grouping: flows,
            by: { Way(origin: $0.origin, recipient: $0.recipient, owner: $0.owner) }
        ) {
            var ranks = Set(flows.compactMap { rank($0.level) })
            // Levels that the owner has no word for make no gap.
            for rank in levels.indices.reversed()
            where ranks.contains(rank + 1) && !used[way.owner, default: []].contains(rank) {
                ranks.insert(rank)
            }
            let words = Set(flows.filter { $0.level == nil }.map(\.classification)).sorted()
            var parts = ranks.isEmpty ? [] : [RankSet(ranks).words(levels.map(\.rawValue))]
            if !words.isEmpty { parts.append(FlowLines.list(words)) }
            lines.add(way.origin, way.recipient.rawValue, way.owner, parts.joined(separator: " or "))
        }
        return lines.lines
    }

    /// The matrix as comma-separated values (RFC 4180) with a heading, one flow a line.
    public var csv: String {
        func field(_ text: String) -> String {
            text.contains { ",\"\r\n".contains($0) } ? "\"\(text.replacing("\"", with: "\"\""))\"" : text
        }
        let lines = flows.map { flow in
            [
                flow.origin.rawValue, flow.recipient.rawValue, flow.owner.rawValue, flow.classification.rawValue,
                flow.level?.rawValue ?? "", flow.isFree ? "yes" : "no",
                flow.conditions.map(\.description).joined(separator: " | "),
            ].map(field).joined(separator: ",")
        }
        return (["from,to,owner,classification,level,free,cases"] + lines).map { "\($0)\r\n" }.joined()
    }

    /// The matrix for machines.
    public var json: JSONValue {
        func text(_ name: (some CustomStringConvertible)?) -> JSONValue {
            name.map { .string($0.description) } ?? .null
        }
        return [
            "at": .string(time.rfc3339),
            "cells": .array(
                cells.map { cell in
                    [
                        "from": text(cell.origin), "to": text(cell.recipient), "free": text(cell.free),
                        "highest": text(cell.highest), "words-without-level": .integer(Int64(cell.unranked)),
                    ]
                }
            ),
            "flows": .array(
                flows.map { flow in
                    [
                        "from": text(flow.origin), "to": text(flow.recipient), "owner": text(flow.owner),
                        "classification": text(flow.classification), "level": text(flow.level),
                        "free": .bool(flow.isFree), "cases": .array(flow.conditions.map(\.json)),
                    ]
                }
            ),
            "policy": text(policy),
            "realm": text(realm),
        ]
    }
}
