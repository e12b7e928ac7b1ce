package import Relaying
import Synchronization

/// The material in force. A reload swaps it whole; whoever is at work goes on with what it began with.
package final class NodeState: Sendable {
    private let current: Mutex<NodeMaterial>

    package init(_ material: NodeMaterial) {
        current = Mutex(material)
    }

    package var material: NodeMaterial { current.withLock { $0 } }

    package var view: RelayView { material.view }

    /// Puts `material` in force and gives back what was.
    package func replace(by material: NodeMaterial) -> NodeMaterial {
        current.withLock { current in
            let previous = current
            current = material
            return previous
        }
    }
}
