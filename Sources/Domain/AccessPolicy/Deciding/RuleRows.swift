/// The vectors of every value of every axis in one stretch of memory, so that a decision reads nothing else.
struct RuleRows: Sendable {
    let words: Table<UInt64>
    let wordCount: Int
    /// Where each axis begins, in machine words.
    let action: Int
    let precedence: Int
    let realm: Int
    let link: Int
    let age: Int
    let expiry: Int
    let stretch: Int
    let mailbox: Int
    let holder: Int
    let recipient: Int
    let holderNode: Int
    let recipientNode: Int
    let level: Int
    let owner: Int
    let classification: Int
    let releasability: Int
    let community: Int
    let type: Int
    let compartments: CarriedRows
    let caveats: CarriedRows
    let guardrails: Int
    let agreements: Int

    init(_ axes: [RuleTable], _ carried: [CarriedTable], _ rules: RuleSet, _ memory: TableMemory) {
        var words: [UInt64] = []
        func add(_ vectors: [RuleVector]) -> Int {
            let start = words.count
            for vector in vectors { words += vector.words }
            return start
        }
        func add(_ axis: Axis) -> Int { add(axes[axis.rawValue].vectors) }
        func add(_ axis: CarriedAxis) -> CarriedRows {
            let table = carried[axis.rawValue]
            return CarriedRows(
                asksForNothing: add([table.asksForNothing]),
                askedFor: add(table.askedFor),
                tolerated: add(table.tolerated),
                dispensable: add(table.dispensable),
                required: memory.table(table.required)
            )
        }
        wordCount = rules.wordCount
        action = add(.action)
        precedence = add(.precedence)
        realm = add(.realm)
        link = add(.link)
        age = add(.age)
        expiry = add(.expiry)
        mailbox = add(.mailbox)
        level = add(.level)
        holder = add(.holder)
        recipient = add(.recipient)
        holderNode = add(.holderNode)
        recipientNode = add(.recipientNode)
        owner = add(.owner)
        classification = add(.classification)
        releasability = add(.releasability)
        community = add(.community)
        type = add(.type)
        compartments = add(.compartments)
        caveats = add(.caveats)
        guardrails = add([rules.guardrails])
        agreements = add([rules.agreements])
        stretch = add(.stretch)
        self.words = memory.table(words)
    }
}

/// Where the vectors of a ``CarriedTable`` stand.
struct CarriedRows: Sendable {
    let asksForNothing: Int
    let askedFor: Int
    let tolerated: Int
    let dispensable: Int
    let required: Table<Int>
}
