import CanonicalEncoding
import CoalitionDirectory
import OperatorInterface

/// What is not as it should be with what the node was given, until it is put right.
struct NodeAlarms: Sendable {
    /// The sheets that the last look at the partners' files refused.
    var sheets: [RefusedSheet] = []
    /// Why the policy in the configured file is not in force.
    var policy: NodeDescription.Alarm?
    /// Why the last reload was refused as a whole.
    var reload: NodeDescription.Alarm?

    /// What is wrong with the store and its disk.
    var storage: [NodeDescription.Alarm] = []

    /// All there is to look at, with what ends soon or has ended since it was accepted.
    func list(with material: NodeMaterial, at now: Timestamp) -> [NodeDescription.Alarm] {
        let refused = sheets.map(NodeDescription.Alarm.init)
        // A sheet that ran out and whose successor is refused is one matter.
        let endings = material.endings(at: now).filter { ending in
            !refused.contains { $0.partner == ending.partner && $0.code == ending.code }
        }
        return storage + [reload, policy].compactMap { $0 } + refused + endings
    }
}

extension NodeDescription.Alarm {
    init(_ refused: RefusedSheet) {
        let rest = refused.inForce.map { "version \($0) stays in force" } ?? "none was accepted before"
        self.init(partner: refused.partner, code: refused.code, detail: "\(refused.file): \(refused.detail); \(rest)")
    }
}
