package import CanonicalEncoding
package import CoalitionDirectory

/// A partner as a log knows it: by its code, by its trust domain, or by both.
package struct PartnerName: Hashable, Sendable {
    package var code: PartnerCode?
    package var domain: TrustDomain?

    package init(code: PartnerCode?, domain: TrustDomain?) {
        self.code = code
        self.domain = domain
    }

    /// `FRA (fra.example)`.
    package var text: String {
        switch (code, domain) {
        case (let code?, let domain?): "\(code) (\(domain))"
        case (let code?, nil): code.rawValue
        case (nil, let domain?): domain.rawValue
        case (nil, nil): "-"
        }
    }

    package var json: JSONValue {
        var members: [String: JSONValue] = [:]
        members["code"] = code.map { .string($0.rawValue) }
        members["domain"] = domain.map { .string($0.rawValue) }
        return .object(members)
    }

    package init(json: JSONValue) throws(IdentifierError) {
        code = try json["code"]?.stringValue.map { text throws(IdentifierError) in try PartnerCode(text) }
        domain = try json["domain"]?.stringValue.map { text throws(IdentifierError) in try TrustDomain(text) }
    }

    /// Whether an identity is one of the partner's.
    func has(_ identity: SPIFFEID?) -> Bool { domain != nil && identity?.trustDomain == domain }

    /// Whether a mailbox is one of the partner's.
    func has(_ mailbox: MailboxAddress?) -> Bool { code != nil && mailbox?.partner == code }
}

extension CountedEntry {
    /// What an entry has to do with one partner.
    package enum Concern: Hashable, Sendable {
        /// It is about the partner; what it says of others is left out.
        case concerned(CountedEntry)
        case unconcerned
        /// The details that would say so are erased.
        case unknown
        /// Nobody was proven to ask.
        case nameless
    }

    package func concern(of partner: PartnerName) -> Concern {
        let involved = partner.has(peer) || partner.has(destination)
        switch way {
        case .released: return involved ? narrowed(to: partner) : .unconcerned
        case .accepted:
            // A hub of the partner that brings a message of another one's is no use of this partner's agreement.
            guard let originator, partner.code != nil else { return involved ? .concerned(self) : .unconcerned }
            return partner.has(originator) ? .concerned(self) : .unconcerned
        case .relayed, .deniedReceiving:
            return involved || partner.has(originator) ? .concerned(self) : .unconcerned
        case .local: return .unconcerned
        case .deniedSending:
            guard partner.code != nil, decisions != nil else { return .unknown }
            return narrowed(to: partner)
        case nil:
            guard kind != .refusal || peer != nil else { return .nameless }
            guard kind != .trustChange else {
                let isRefused = partner.code != nil && refusedSheet == partner.code
                return isRefused ? .concerned(self) : .unconcerned
            }
            return involved ? .concerned(self) : .unconcerned
        }
    }

    /// The entry with the decisions about the partner's mailboxes alone, and of a denial the reasons that denied those.
    private func narrowed(to partner: PartnerName) -> Concern {
        guard let decisions, partner.code != nil else { return .concerned(self) }
        var entry = self
        entry.decisions = decisions.filter { partner.has($0.recipient) }
        guard kind == .denial else { return .concerned(entry) }
        let denied = entry.decisions?.filter { !$0.isAllowed } ?? []
        guard !denied.isEmpty else { return .unconcerned }
        entry.reasons = []
        for rule in denied.flatMap(\.rules) where !entry.reasons.contains(rule) { entry.reasons.append(rule) }
        return .concerned(entry)
    }
}
