import CanonicalEncoding

extension PolicyTables {
    /// Decides: every built-in guardrail and every rule is judged, and what allows costs no allocation.
    func decide(_ label: LabelNumbers, _ request: RequestNumbers, at time: Timestamp) -> Decision {
        let stretch = times.stretch(at: time)
        let rank = rank(of: label, stretch)
        guard rank != FactTables.notInForce else { return Decision(refusals: [notInForce(label)]) }
        let isRefused = isRefused(label, request, rank, stretch)
        var found = RuleMatches()
        matches(label.words, request, rank, stretch, time, into: &found)
        return Decision(
            needsAgreement: request.action.needsAgreement,
            refusals: isRefused ? refusals(label, request, rank, stretch) : [],
            matches: consume found,
            rules: self
        )
    }

    /// Where the label stands on the ladder in a stretch: the highest of its owners' equivalents.
    func rank(of label: LabelNumbers, _ stretch: Int) -> Int32 {
        let row = Int(facts.rankRows[stretch]) * facts.ownerWordCount
        let ownerWord = label.ownerWord
        if ownerWord >= 0 { return facts.wordRanks[row + Int(ownerWord)] }
        let classification = Int(label.classification)
        var highest = FactTables.notInForce
        let count = labelLayout.compartments - labelLayout.ownerNames
        for owner in BitNumbers(label.words + labelLayout.ownerNames, count: count) {
            let word = facts.ownerWords[owner * facts.classificationCount + classification]
            if word >= 0 { highest = max(highest, facts.wordRanks[row + Int(word)]) }
        }
        return highest
    }

    /// The rules whose conditions all hold.
    ///
    /// Agreements are judged from origin to destination. Guardrails are judged so too, and in a relay from hop to hop as
    /// well: either is enough to deny.
    private func matches(
        _ label: UnsafeMutablePointer<UInt64>,
        _ request: RequestNumbers,
        _ rank: Int32,
        _ stretch: Int,
        _ time: Timestamp,
        into found: inout RuleMatches
    ) {
        // Wrapping arithmetic and plain pointers: no number here is anything but one that these tables gave out, and what
        // would trap on an overflow costs as much as the reading.
        let width = rows.wordCount
        let words = rows.words.base
        let nodeCount = facts.nodeCount
        let owners = label + labelLayout.owners
        func row(_ start: Int, _ value: Int) -> UnsafePointer<UInt64> { words + (start &+ value &* width) }
        func party(_ start: Int, _ partner: Int32) -> UnsafePointer<UInt64> {
            let partner = Int(partner)
            let owns = owners[partner &>> 6] &>> UInt64(truncatingIfNeeded: partner & 63) & 1
            return row(start, partner &* 2 &+ Int(truncatingIfNeeded: owns))
        }
        /// Where the partner is known and its node is not, any of its nodes may be the one.
        func node(_ start: Int, _ node: Int32, _ partner: Int32) -> UnsafePointer<UInt64> {
            row(start, node >= 0 ? Int(node) : nodeCount &+ Int(partner))
        }
        let action = row(rows.action, request.action.number)
        let precedence = row(rows.precedence, Int(request.precedence))
        let realm = row(rows.realm, Int(request.realm))
        let link = row(rows.link, Int(request.link))
        let mailbox = row(rows.mailbox, Int(request.mailbox))
        let dates = row(rows.stretch, stretch)
        let level = row(rows.level, rank >= 0 ? Int(rank) : facts.levelCount)
        let age = row(rows.age, age(since: request.originated, at: time))
        let expiry = row(rows.expiry, expiry(request.expires, at: time))
        let origin = party(rows.holder, request.origin)
        let destination = party(rows.recipient, request.destination)
        let originNode = node(rows.holderNode, request.originNode, request.origin)
        let destinationNode = node(rows.recipientNode, request.destinationNode, request.destination)
        let needsAgreement: UInt64 = request.action.needsAgreement ? ~0 : 0
        let guardrailRules = words + rows.guardrails
        let agreementRules = words + rows.agreements
        func common(_ word: Int) -> UInt64 {
            label[word] & action[word] & precedence[word] & realm[word] & link[word] & mailbox[word] & dates[word]
                & level[word] & age[word] & expiry[word]
        }
        func endToEnd(_ word: Int) -> UInt64 {
            origin[word] & destination[word] & originNode[word] & destinationNode[word]
        }
        if request.isDirect {
            for word in 0..<width {
                let ends = common(word) & endToEnd(word)
                found.append(
                    guardrails: ends & guardrailRules[word],
                    agreements: ends & agreementRules[word] & needsAgreement,
                    word
                )
            }
            return
        }
        let hopHolder = party(rows.holder, request.holder)
        let hopRecipient = party(rows.recipient, request.recipient)
        let hopHolderNode = node(rows.holderNode, request.holderNode, request.holder)
        let hopRecipientNode = node(rows.recipientNode, request.recipientNode, request.recipient)
        for word in 0..<width {
            let fits = common(word)
            let ends = fits & endToEnd(word)
            let hop = fits & hopHolder[word] & hopRecipient[word] & hopHolderNode[word] & hopRecipientNode[word]
            found.append(
                guardrails: (ends | hop) & guardrailRules[word],
                agreements: ends & agreementRules[word] & needsAgreement,
                word
            )
        }
    }
}

extension PolicyTables {
    /// The value on ``Axis/age`` of a message; a time of origin that is still to come counts as now.
    func age(since originated: Int64, at time: Timestamp) -> Int {
        guard ages.count > 1 else { return 0 }
        guard originated != RequestNumbers.unknownTime else { return ages.count }
        let (age, isFar) = time.millisecondsSinceEpoch.subtractingReportingOverflow(originated)
        return ages.stretch(of: isFar ? (originated < 0 ? .max : 0) : max(0, age))
    }

    /// The value on ``Axis/expiry`` of a message; one that has expired has no time left.
    func expiry(_ expires: Int64, at time: Timestamp) -> Int {
        guard expiries.count > 1 else { return 0 }
        guard expires != RequestNumbers.unknownTime else { return expiries.count }
        let (left, isFar) = expires.subtractingReportingOverflow(time.millisecondsSinceEpoch)
        return expiries.stretch(of: isFar ? (expires < 0 ? 0 : .max) : max(0, left))
    }
}
