import CanonicalEncoding
public import CoalitionDirectory
public import SecurityLabels

extension MailboxClient {
    /// Asks the node for the partners' sheets, verifies each, and relies on the newer ones from now on.
    ///
    /// - Throws: ``ClientError``; then the directory is what it was.
    @discardableResult
    public func refreshDirectory() async throws(ClientError) -> DirectoryRefresh {
        let json = try NodeConnection.json(try await connection.get("/v1/directory"))
        guard let elements = json["sheets"]?.arrayValue else {
            throw .malformedAnswer("expected a directory with `sheets`")
        }
        var offered: [(partner: PartnerCode, bytes: [UInt8])] = []
        for element in elements {
            guard let code = element["partner"]?.stringValue,
                let bytes = element["sheet"]?.stringValue.flatMap({ Base64.decode($0) })
            else {
                throw .malformedAnswer("expected `partner` and `sheet` in each element of the directory")
            }
            do {
                offered.append((try PartnerCode(code), bytes))
            } catch {
                throw .malformedAnswer("directory: \(error)")
            }
        }
        let refresh = try sheets.accept(offered, at: clock())
        // The node itself may be refused under the new sheets.
        if refresh.isChanged { connection.disconnect() }
        return refresh
    }

    /// The mailboxes of the partners that are members of a community now, as the node's policy says.
    public func mailboxes(of community: CommunityName) async throws(ClientError) -> [MailboxAddress] {
        // A community's name is one word of letters, digits, hyphens and stops: it stands in a path as it is.
        let json = try NodeConnection.json(try await connection.get("/v1/communities/\(community)"))
        guard let elements = json["mailboxes"]?.arrayValue else {
            throw .malformedAnswer("expected a community with `mailboxes`")
        }
        var mailboxes: [MailboxAddress] = []
        for element in elements {
            do {
                mailboxes.append(try MailboxAddress(element.stringValue ?? ""))
            } catch {
                throw .malformedAnswer("community: \(error)")
            }
        }
        return mailboxes
    }
}
