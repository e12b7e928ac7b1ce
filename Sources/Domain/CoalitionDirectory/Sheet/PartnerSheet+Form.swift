import OpenSSLCrypto

extension PartnerSheet {
    /// Everything that can be said of a sheet without looking into its certificates.
    func checkForm() throws(SheetError) {
        guard (1...128).contains(name.unicodeScalars.count),
            name.unicodeScalars.allSatisfy({ !$0.properties.generalCategory.isControl })
        else {
            throw SheetError(.malformed, "name: expected 1 to 128 printable characters")
        }
        guard (1...UInt64(Int64.max)).contains(version) else {
            throw SheetError(.malformed, "version: expected a number from 1, got \(version)")
        }
        guard (version == 1) == (previous == nil) else {
            throw SheetError(
                .malformed,
                version == 1
                    ? "previous: expected none in version 1" : "previous: expected the digest of version \(version - 1)"
            )
        }
        guard issuedAt < nextUpdate else {
            throw SheetError(.malformed, "next update \(nextUpdate): expected a time after the issue, \(issuedAt)")
        }
        guard !roots.isEmpty else { throw SheetError(.malformed, "roots: expected at least one certificate, got none") }
        try checkUnique(nodes.map(\.name.rawValue), "node")
        try checkUnique(mailboxes.map(\.name.rawValue), "mailbox")
        try checkUnique(officers.map(\.name.rawValue), "officer")
        try checkUnique(roots.map(\.fingerprint.hex), "root")
        try checkUnique(intermediates.map(\.certificate.fingerprint.hex), "intermediate")
        try checkNodesAndMailboxes()
    }

    private func checkNodesAndMailboxes() throws(SheetError) {
        for node in nodes where node.log.origin != logOrigin(of: node.name) {
            throw SheetError(
                .malformed,
                "node `\(node.name)`: expected log origin `\(logOrigin(of: node.name))`, got `\(node.log.origin)`"
            )
        }
        for mailbox in mailboxes {
            guard nodes.contains(where: { $0.name == mailbox.homeNode }) else {
                throw SheetError(
                    .malformed,
                    "mailbox `\(mailbox.name)`: home node `\(mailbox.homeNode)` is not in the sheet"
                )
            }
            guard !mailbox.signingCertificates.isEmpty, !mailbox.encryptionCertificates.isEmpty else {
                throw SheetError(
                    .malformed,
                    "mailbox `\(mailbox.name)`: expected a signing and an encryption certificate"
                )
            }
        }
        for officer in officers where officer.certificates.isEmpty {
            throw SheetError(.malformed, "officer `\(officer.name)`: expected at least one certificate")
        }
    }

    private func checkUnique(_ names: [String], _ what: String) throws(SheetError) {
        var seen: Set<String> = []
        for name in names where !seen.insert(name).inserted {
            throw SheetError(.malformed, "\(what) `\(name)`: stands in the sheet twice")
        }
    }
}

extension Unicode.GeneralCategory {
    /// Whether characters of the category could hide or reorder what is shown to people.
    fileprivate var isControl: Bool {
        switch self {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: true
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .nonspacingMark,
            .spacingMark, .enclosingMark, .decimalNumber, .letterNumber, .otherNumber, .connectorPunctuation,
            .dashPunctuation, .openPunctuation, .closePunctuation, .initialPunctuation, .finalPunctuation,
            .otherPunctuation, .mathSymbol, .currencySymbol, .modifierSymbol, .otherSymbol, .spaceSeparator:
            false
        @unknown default: true
        }
    }
}
