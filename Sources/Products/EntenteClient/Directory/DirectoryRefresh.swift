public import CoalitionDirectory

/// What came of asking the node for the partners' sheets.
public struct DirectoryRefresh: Sendable {
    /// Whether another directory is in force now.
    public let isChanged: Bool
    /// The versions that were newer than the ones accepted before.
    public let accepted: [PartnerCode: UInt64]
    /// The sheets that were refused; the ones accepted before stay in force.
    ///
    /// A fork (code `forked`) is evidence against the partner or against the node: both sheets are kept in the folder.
    public let refused: [PartnerCode: SheetError]
    /// The partners that the node knows and whose roots are not pinned here.
    public let unpinned: [PartnerCode]
}
