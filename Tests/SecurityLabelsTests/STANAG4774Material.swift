import SecurityLabels

/// Labels in XML to begin from; policies and persons are made up.
enum STANAG4774Material {
    static let namespace = "urn:nato:stanag:4774:confidentialitymetadatalabel:1:0"

    /// Everything that a label can have.
    static let full = """
        <?xml version="1.0" encoding="UTF-8"?>
        <slab:originatorConfidentialityLabel xmlns:slab="\(namespace)" Id="l1" ReviewDateTime="2031-09-26T00:00:00Z">
          <slab:ConfidentialityInformation>
            <slab:PolicyIdentifier URI="urn:oid:2.25.1">COALITION</slab:PolicyIdentifier>
            <slab:Classification>TOP SECRET</slab:Classification>
            <slab:PrivacyMark>R&amp;D &lt;only&gt;</slab:PrivacyMark>
            <slab:Category TagName="Owner" Type="INFORMATIVE">
              <slab:GenericValue>GBR</slab:GenericValue>
            </slab:Category>
            <slab:Category TagName="Compartments" Type="RESTRICTIVE" URI="urn:oid:2.25.1.1">
              <slab:GenericValue>SI</slab:GenericValue>
              <slab:GenericValue>TK</slab:GenericValue>
            </slab:Category>
            <slab:Category TagName="Releasable To" Type="PERMISSIVE">
              <slab:GenericValue>FRA</slab:GenericValue>
            </slab:Category>
          </slab:ConfidentialityInformation>
          <slab:OriginatorID IDType="rfc822Name">desk@gbr.example</slab:OriginatorID>
          <slab:CreationDateTime>2026-09-26T12:00:00Z</slab:CreationDateTime>
          <slab:SuccessionHandling>
            <slab:SuccessionDateTime>2036-09-26T12:00:00Z</slab:SuccessionDateTime>
            <slab:SuccessorConfidentialityLabel>
              <slab:ConfidentialityInformation>
                <slab:PolicyIdentifier>COALITION</slab:PolicyIdentifier>
                <slab:Classification>SECRET</slab:Classification>
              </slab:ConfidentialityInformation>
              <slab:CreationDateTime>2026-09-26T12:00:00Z</slab:CreationDateTime>
            </slab:SuccessorConfidentialityLabel>
          </slab:SuccessionHandling>
        </slab:originatorConfidentialityLabel>

        """

    /// An originator's label with an equivalent and a label of the metadata, bound to a file.
    static let binding = """
        <?xml version="1.0" encoding="UTF-8"?>
        <mb:BindingInformation xmlns:mb="urn:nato:stanag:4778:bindinginformation:1:0" \
        xmlns:slab="\(namespace)" xmlns:xmime="http://www.w3.org/2005/05/xmlmime">
          <mb:MetadataBindingContainer>
            <mb:MetadataBinding>
              <mb:Metadata>
                \(element("originatorConfidentialityLabel", policy: "GBR", classification: "SECRET"))
              </mb:Metadata>
              <mb:Metadata>
                \(element("alternativeConfidentialityLabel", policy: "FRA", classification: "SECRET"))
              </mb:Metadata>
              <mb:Metadata>
                \(element("metadataConfidentialityLabel", policy: "GBR", classification: "OFFICIAL"))
              </mb:Metadata>
              <mb:DataReference URI="report.pdf" xmime:contentType="application/pdf"/>
            </mb:MetadataBinding>
          </mb:MetadataBindingContainer>
        </mb:BindingInformation>

        """

    private static func element(_ name: String, policy: String, classification: String) -> String {
        """
        <slab:\(name) ReviewDateTime="2031-09-26T00:00:00Z">
                  <slab:ConfidentialityInformation>
                    <slab:PolicyIdentifier>\(policy)</slab:PolicyIdentifier>
                    <slab:Classification>\(classification)</slab:Classification>
                  </slab:ConfidentialityInformation>
                  <slab:CreationDateTime>2026-09-26T12:00:00Z</slab:CreationDateTime>
                </slab:\(name)>
        """
    }

    /// A label with the given categories, without what the schema lets out.
    static func label(policy: String = "NATO", classification: String = "SECRET", _ categories: String = "") -> String {
        """
        <originatorConfidentialityLabel xmlns="\(namespace)"><ConfidentialityInformation>\
        <PolicyIdentifier>\(policy)</PolicyIdentifier><Classification>\(classification)</Classification>\
        \(categories)</ConfidentialityInformation></originatorConfidentialityLabel>
        """
    }

    static func category(_ tag: String, _ type: String, _ values: String...) -> String {
        "<Category TagName=\"\(tag)\" Type=\"\(type)\">"
            + values.map { "<GenericValue>\($0)</GenericValue>" }.joined() + "</Category>"
    }

    static func read(_ text: String) throws -> STANAG4774LabelSet {
        try STANAG4774LabelSet.parse(xml: Array(text.utf8))
    }
}
