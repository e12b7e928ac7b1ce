/// Operations on functions that answer 0, no, or 1, yes.
extension DecisionDiagram {
    /// The requests that two functions both answer with yes.
    func both(_ left: Int32, _ right: Int32) -> Int32 { combine(.both, left, right) }

    /// The requests that one of two functions answers with yes.
    func either(_ left: Int32, _ right: Int32) -> Int32 { combine(.either, left, right) }

    /// The requests that the first function answers with yes and the second with no.
    func without(_ left: Int32, _ right: Int32) -> Int32 { combine(.without, left, right) }

    /// The function that says yes where a node has this answer, and else no.
    func function(_ number: Int32, where answer: Int32) -> Int32 {
        guard let node = asking(number) else { return number == answer ? 1 : 0 }
        let key = Operation(kind: .answer, left: number, right: answer)
        if let known = operations[key] { return known }
        let result = choice(node.layer, node.successors.map { function($0, where: answer) })
        operations[key] = result
        return result
    }

    /// The function with one value fixed in some layers, which it asks for no more.
    /// - Parameter fixed: The value of a layer, or nil where it stays open.
    func fixing(_ number: Int32, _ fixed: (Int) -> Int?) -> Int32 {
        var known: [Int32: Int32] = [:]
        func fix(_ number: Int32) -> Int32 {
            guard let node = asking(number) else { return number }
            if let result = known[number] { return result }
            let result =
                fixed(node.layer).map { fix(node.successors[$0]) } ?? choice(node.layer, node.successors.map(fix))
            known[number] = result
            return result
        }
        return fix(number)
    }

    struct Operation: Hashable {
        enum Kind {
            case both
            case either
            case without
            case answer
        }

        let kind: Kind
        let left: Int32
        let right: Int32
    }

    private func combine(_ kind: Operation.Kind, _ left: Int32, _ right: Int32) -> Int32 {
        switch kind {
        case .both:
            if left == 0 || right == 0 { return 0 }
            if left == 1 || left == right { return right }
            if right == 1 { return left }
        case .either:
            if left == 1 || right == 1 { return 1 }
            if left == 0 || left == right { return right }
            if right == 0 { return left }
        case .without, .answer:
            if left == 0 || right == 1 || left == right { return 0 }
            if right == 0 { return left }
        }
        let key = Operation(kind: kind, left: left, right: right)
        if let known = operations[key] { return known }
        let (layer, count) = first(left, right)
        let result = choice(
            layer,
            (0..<count).map { combine(kind, next(left, layer, $0), next(right, layer, $0)) }
        )
        operations[key] = result
        return result
    }

    /// The layer that two functions ask for first, and how many values it has.
    ///
    /// - Precondition: one of the two asks for something.
    func first(_ left: Int32, _ right: Int32) -> (layer: Int, count: Int) {
        switch (asking(left), asking(right)) {
        case (let left?, let right?):
            left.layer <= right.layer
                ? (left.layer, left.successors.count) : (right.layer, right.successors.count)
        case (let node?, nil), (nil, let node?): (node.layer, node.successors.count)
        case (nil, nil): preconditionFailure("two answers ask for nothing")
        }
    }
}
