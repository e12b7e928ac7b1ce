/// A multi-valued decision diagram: every request that the sides answer with yes, exactly, with equal parts shared.
///
/// A node asks for one fact and has one successor for each of its values. Equal nodes are one node, and a node whose
/// successors are all the same is left out, so that two questions have the same answers if and only if they have the same
/// node.
final class DecisionDiagram {
    let layers: [AnalysisLayer]
    private let sides: [AnalysisSide]
    private let question: Question
    private var nodes: [Node] = []
    private var numbers: [Node: Int32] = [:]
    private var known: [[[Residual?]: Int32]]
    /// What operations on two functions came to.
    var operations: [Operation: Int32] = [:]

    /// Which requests count.
    enum Question {
        /// Those to which every side says yes.
        case agreement
        /// Those to which one of two sides says yes and the other no.
        case difference
    }

    struct Node: Hashable {
        let layer: Int
        let successors: [Int32]
    }

    init(_ layers: [AnalysisLayer], _ sides: [AnalysisSide], _ question: Question) {
        self.layers = layers
        self.sides = sides
        self.question = question
        known = [[[Residual?]: Int32]](repeating: [:], count: layers.count)
    }

    var nodeCount: Int { nodes.count }

    /// How many answers there are: one bit for each side that says yes. The first numbers of nodes stand for them.
    private var answerCount: Int32 { 1 << Int32(sides.count) }

    /// The node of what is left to be judged, one residual for each side, nil where that side says no.
    func node(_ residuals: [Residual?], layer: Int = 0) -> Int32 {
        let isNo = question == .agreement ? residuals.contains(nil) : residuals.allSatisfy { $0 == nil }
        if isNo { return 0 }
        guard layer < layers.count else {
            var answer: Int32 = 0
            if question == .difference, !residuals.contains(nil) { return 0 }
            for (side, residual) in residuals.enumerated() where residual != nil { answer |= 1 << Int32(side) }
            return answer
        }
        if let number = known[layer][residuals] { return number }
        let values = layers[layer].fixed.map { $0..<$0 + 1 } ?? layers[layer].values.indices
        let successors = values.map { value in
            let next = zip(sides, residuals).map { side, residual in
                residual.flatMap { side.step($0, layers[layer], layer, value: value) }
            }
            return node(next, layer: layer + 1)
        }
        let number = choice(layer, successors)
        known[layer][residuals] = number
        return number
    }

    /// The node that asks for a layer, whose values lead to these nodes.
    ///
    /// Facts that are not among ``layers`` may be asked for before them, under negative numbers.
    func choice(_ layer: Int, _ successors: [Int32]) -> Int32 {
        if successors.allSatisfy({ $0 == successors[0] }) { return successors[0] }
        let node = Node(layer: layer, successors: successors)
        if let number = numbers[node] { return number }
        let number = Int32(nodes.count) + answerCount
        nodes.append(node)
        numbers[node] = number
        return number
    }

    /// The node with this number; nil for an answer.
    func asking(_ number: Int32) -> Node? { number < answerCount ? nil : nodes[Int(number - answerCount)] }

    /// The node that follows when a layer has a value.
    func next(_ number: Int32, _ layer: Int, _ value: Int) -> Int32 {
        guard let node = asking(number), node.layer == layer else { return number }
        return node.successors[value]
    }

    /// A value for each layer that leads from a node to an answer that is not no, the first ones that do.
    func path(from node: Int32) -> [Int]? {
        guard node != 0 else { return nil }
        var path = [Int](repeating: 0, count: layers.count)
        var place = node
        while let node = asking(place) {
            // INVARIANT: a node leads to an answer that is not no, or it would have been left out.
            guard let value = node.successors.firstIndex(where: { $0 != 0 }) else { return nil }
            path[node.layer] = value
            place = node.successors[value]
        }
        return path
    }
}
