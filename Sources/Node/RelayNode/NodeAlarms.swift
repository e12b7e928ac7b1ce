import CanonicalEncoding
import CoalitionDirectory
import OperatorInterface

/// What is not as it should be with what the node was given, until it is put right.
struct NodeAlarms: Sendable {
    /// The sheets that the last look at the partners' files refused.
    var sheets: [RefusedSheet] = []
    /// Why the last reload was refused as a whole.
    var reload: NodeDescription.Alarm?

    /// All there is to look at, with the sheets that have run out since they were accepted.
    func list(with material: NodeMaterial, at now: Timestamp) -> [NodeDescription.Alarm] {
        let expired = material.sheets.map(\.sheet).filter { $0.nextUpdate <= now }
            .filter { sheet in !sheets.contains { $0.partner == sheet.code } }
            .map { sheet in
                NodeDescription.Alarm(
                    partner: sheet.code,
                    code: SheetError.Code.expired.rawValue,
                    detail: "version \(sheet.version) was in force until \(sheet.nextUpdate): get the next one"
                )
            }
        return (reload.map { [$0] } ?? []) + sheets.map(NodeDescription.Alarm.init) + expired
    }
}

extension NodeDescription.Alarm {
    init(_ refused: RefusedSheet) {
        let rest = refused.inForce.map { "version \($0) stays in force" } ?? "none was accepted before"
        self.init(partner: refused.partner, code: refused.code, detail: "\(refused.file): \(refused.detail); \(rest)")
    }
}
