import ArgumentParser
import SecurityLabels
import Testing

@testable import entente

@Suite struct `Exchange of labels` {
    private func status(_ arguments: [String]) -> Int32 {
        do {
            var command = try LabelCommand.parseAsRoot(arguments)
            try command.run()
            return 0
        } catch {
            return LabelCommand.exitCode(for: error).rawValue
        }
    }

    private func label(_ category: String) -> String {
        """
        <originatorConfidentialityLabel xmlns="urn:nato:stanag:4774:confidentialitymetadatalabel:1:0">\
        <ConfidentialityInformation><PolicyIdentifier>NATO</PolicyIdentifier><Classification>SECRET</Classification>\
        \(category)</ConfidentialityInformation></originatorConfidentialityLabel>
        """
    }

    @Test func `importing says by its status whether every label has a marking`() throws {
        let folder = try TemporaryFolder()
        let good = try folder.write(label(""), to: "good.xml")
        let unknown = "<Category TagName=\"Shape\" Type=\"PERMISSIVE\"><GenericValue>A</GenericValue></Category>"
        #expect(status(["import", good]) == 0)
        #expect(status(["import", good, "--json", "--at", "2026-11-22"]) == 0)
        #expect(status(["import", try folder.write(label(unknown), to: "unknown.xml")]) == 1)
        #expect(status(["import", try folder.write("<!DOCTYPE x>" + label(""), to: "doctype.xml")]) == 1)
        #expect(status(["import", "\(folder.path)/none.xml"]) == 1)
        #expect(status(["import", good, "--at", "soon"]) == 64)
    }

    @Test func `exporting knows the words of the policy and no others`() throws {
        let policy = "\(sourceTree)/Config/policy.yaml"
        #expect(
            status(["export", "GBR SECRET//REL TO FRA//INTREP", "--policy", policy, "--review", "2036-01-01"]) == 0
        )
        #expect(status(["export", "NATO SECRET"]) == 0)
        #expect(status(["export", "TLP:GREEN", "--owner", "ACME", "--under", "TLP"]) == 0)
        #expect(status(["export", "NATO SECRETIVE"]) == 64)
        #expect(status(["export", "GBR SECRETIVE", "--policy", policy]) == 64)
        #expect(status(["export", "GBR SECRET", "--policy", "none.yaml"]) != 0)
    }

    @Test func `an object without a marking is no permission`() throws {
        let folder = try TemporaryFolder()
        let red = "\"object_marking_refs\":[\"\(TLPMarking.red2.markingDefinitionID)\"]"
        let marked = try folder.write("{\"type\":\"tool\",\"id\":\"tool--1\",\(red)}", to: "marked.json")
        let unmarked = try folder.write("{\"type\":\"tool\",\"id\":\"tool--1\"}", to: "unmarked.json")
        #expect(status(["stix", marked]) == 0)
        #expect(status(["stix", marked, "--json"]) == 0)
        #expect(status(["stix", unmarked]) == 1)
        #expect(status(["stix", try folder.write("{", to: "broken.json")]) == 1)
    }
}
