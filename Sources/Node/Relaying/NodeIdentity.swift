package import CoalitionDirectory
package import TransparencyLog

/// Who this node is.
package struct NodeIdentity: Hashable, Sendable {
    package let partner: PartnerCode
    package let id: SPIFFEID
    package let realm: Realm
    package let log: LogOrigin

    package init(partner: PartnerCode, id: SPIFFEID, realm: Realm) throws(CheckpointError) {
        self.partner = partner
        self.id = id
        self.realm = realm
        log = try LogOrigin(id.logName)
    }
}
