import CanonicalEncoding
import CoalitionDirectory
import MessageEnvelope
import OpenSSLCrypto
import SecurityLabels
import Testing
import TransparencyLog

@testable import RelayStorage
@testable import Relaying

@Suite struct AdmissionTests {
    @Test func `a submission gets the acceptance first, then one release for each destination in order`() async throws {
        let fixture = try StoreFixture()
        let store = try fixture.open()
        let message = try SampleMessage(1)
        let record = try message.submission(to: ["fra", "deu"], mailboxes: ["j3-ops", "j4-log"])
        let outcome = try await store.admit(record)
        #expect(outcome.name == "admitted")
        let links = outcome.links
        #expect(links.map(\.entry.kind) == [.acceptance, .release, .release])
        #expect(links.map(\.entry.destination) == [nil, try .node("fra"), try .node("deu")])
        #expect(links.map(\.entry.sequence) == [nil, 1, 1])
        for link in links {
            try link.verify(by: fixture.signer.verifier)
            #expect(link.entry.message == message.id)
            #expect(link.entry.envelope == message.digest)
        }
        #expect(try await store.inbox(MailboxName("j3-ops"), limit: 9).map(\.message) == [message.id])
        #expect(try await store.inbox(MailboxName("j4-log"), limit: 9).map(\.message) == [message.id])
        #expect(try await store.queuedNextHops() == [.node("deu"), .node("fra")])
    }

    @Test func `a resent submission gets the first receipts byte for byte, whatever came between`() async throws {
        let fixture = try StoreFixture()
        let store = try fixture.open()
        let message = try SampleMessage(1)
        let record = try message.submission(to: ["fra", "deu"], mailboxes: ["j3-ops"])
        let first = try await store.admit(record).links
        try await store.appendMany(600, AuditEntryDraft(.start, .done, realm: .live))
        fixture.clock.advance(milliseconds: 1000)
        let again = try await store.admit(record)
        #expect(again.name == "duplicate")
        #expect(again.links == first)
        #expect(again.links.map(\.proof.bytes) == first.map(\.proof.bytes))
        #expect(try await store.checkpoint().checkpoint.head.size == 603)
        #expect(try await store.inbox(MailboxName("j3-ops"), limit: 9).count == 1)
        let found = try await store.firstReceipts(
            submission: message.id,
            of: message.originator,
            digest: message.digest
        )
        #expect(found == first)
    }

    @Test func `one message submitted many times at once is taken on once`() async throws {
        let fixture = try StoreFixture()
        let store = try fixture.open()
        let record = try SampleMessage(1).submission(to: ["fra"])
        let outcomes = try await withThrowingTaskGroup(of: AdmissionOutcome.self) { group in
            for _ in 0..<64 { group.addTask { try await store.admit(record) } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(outcomes.filter { $0.name == "admitted" }.count == 1)
        #expect(Set(outcomes.map(\.links)).count == 1)
        #expect(try await store.checkpoint().checkpoint.head.size == 1)
    }

    @Test func `another message under the same id is a conflict that is logged`() async throws {
        let fixture = try StoreFixture()
        let store = try fixture.open()
        let message = try SampleMessage(1)
        _ = try await store.admit(try message.submission())
        var other = message
        other.envelope = Envelope(header: Array("another header".utf8), body: [])
        #expect(try await store.admit(try other.submission()).name == "conflict")
        let entry = try #require(try await store.entry(index: 1)).entry
        #expect(entry.kind == .refusal)
        #expect(entry.reasons == ["id-conflict"])
        #expect(entry.envelope == other.digest)
        #expect(entry.message == message.id)
        #expect(try await store.trace(message.id).messages.map(\.envelope) == [message.digest])
    }

    @Test func `two originators may use one id`() async throws {
        let fixture = try StoreFixture()
        let store = try fixture.open()
        let one = try SampleMessage(1, originator: "GBR/j2-fusion")
        let other = try SampleMessage(1, originator: "GBR/j3-ops")
        #expect(one.id == other.id)
        #expect(try await store.admit(try one.submission(mailboxes: ["j4-log"])).name == "admitted")
        #expect(try await store.admit(try other.submission(mailboxes: ["j4-log"])).name == "admitted")
        let mailbox = try MailboxName("j4-log")
        #expect(try await store.envelopes(one.id, in: mailbox).map(\.digest) == [one.digest, other.digest])
        #expect(try await store.envelope(one.id, in: mailbox) == one.envelope)
        #expect(try await store.envelope(one.id, in: mailbox, digest: other.digest) == other.envelope)
    }

    @Test func `sequences to each destination have no gaps and no repeats`() async throws {
        let fixture = try StoreFixture()
        let store = try fixture.open()
        let destinations = ["fra", "deu", "jpn"]
        let links = try await withThrowingTaskGroup(of: [TransferLink].self) { group in
            for number in 0..<120 {
                let wanted = destinations.prefix(1 + number % 3)
                group.addTask { try await store.admit(try SampleMessage(number).submission(to: Array(wanted))).links }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        for (name, count) in zip(destinations, [120, 80, 40]) {
            let node = try SPIFFEID.node(name)
            let numbers = links.filter { $0.entry.destination == node }.sorted { $0.entry.index < $1.entry.index }
            #expect(numbers.map(\.entry.sequence) == (1...UInt64(count)).map(\.self))
        }
    }

    @Test func `a transfer is known by its object and destination, and the message is stored once`() async throws {
        let fixture = try StoreFixture()
        let store = try fixture.open()
        let origin = try SampleNode("fra")
        let message = try SampleMessage(1, originator: "FRA/cdt")
        let toHere = try await origin.release(message)
        let local = try await store.admit(try message.transfer(toHere, mailboxes: ["j2-fusion"]))
        #expect(local.name == "admitted")
        #expect(local.links.map(\.entry.kind) == [.acceptance])

        let other = try SampleNode("fra")
        let onward = try await other.release(message, to: "deu", through: "gbr")
        let relayed = try await store.admit(try message.transfer(onward, onTo: "deu"))
        #expect(relayed.name == "admitted")
        #expect(relayed.links.map(\.entry.kind) == [.relay])
        #expect(relayed.links.map(\.entry.sequence) == [nil])

        let again = try await store.admit(try message.transfer(toHere, mailboxes: ["j2-fusion"]))
        #expect(again.name == "duplicate")
        #expect(again.links == local.links)
        let relayedAgain = try await store.admit(try message.transfer(onward, onTo: "deu"))
        #expect(relayedAgain.name == "duplicate")
        #expect(relayedAgain.links == relayed.links)
        #expect(try await store.trace(message.id).messages.count == 1)
        #expect(try await store.inbox(MailboxName("j2-fusion"), limit: 9).count == 1)
        func claim(to partner: String) throws -> TransferClaim {
            TransferClaim(
                object: .message,
                digest: message.digest,
                message: message.id,
                envelope: message.digest,
                destination: try .node(partner)
            )
        }
        #expect(try await store.firstReceipts(of: claim(to: "deu")) == relayed.links)
        #expect(try await store.firstReceipts(of: claim(to: "gbr")) == local.links)
        #expect(try await store.firstReceipts(of: claim(to: "jpn")) == nil)
    }

    @Test func `a transfer of another message under a known id is a conflict`() async throws {
        let fixture = try StoreFixture()
        let store = try fixture.open()
        let origin = try SampleNode("fra")
        let message = try SampleMessage(1, originator: "FRA/cdt")
        _ = try await store.admit(try message.transfer(try await origin.release(message), mailboxes: ["j2-fusion"]))
        var other = message
        other.envelope = Envelope(header: Array("another header".utf8), body: [])
        let links = try await SampleNode("fra").release(other)
        #expect(try await store.admit(try other.transfer(links, mailboxes: ["j2-fusion"])).name == "conflict")
        #expect(try await store.inbox(MailboxName("j2-fusion"), limit: 9).map(\.envelope) == [message.digest])
    }

    @Test func `a denial stores its entry and nothing else`() async throws {
        let fixture = try StoreFixture()
        let store = try fixture.open()
        let message = try SampleMessage(1)
        let denial = try denial(of: message, peer: "spiffe://gbr.example/mailbox/j2-fusion")
        let outcome = try await store.deny(denial)
        #expect(outcome.name == "denied")
        let link = try #require(outcome.links.first)
        try link.verify(by: fixture.signer.verifier)
        #expect(link.entry.kind == .denial)
        let trace = try await store.trace(message.id)
        #expect(trace.entries.map(\.entry) == [link.entry])
        #expect(trace.messages.isEmpty)
        #expect(try await store.deny(denial).name == "denied")
        #expect(try await store.admit(try message.submission()).name == "admitted")
    }

    @Test func `a message that was taken on before it would be denied gets its first receipts`() async throws {
        let fixture = try StoreFixture()
        let store = try fixture.open()
        let message = try SampleMessage(1)
        let links = try await store.admit(try message.submission()).links
        let outcome = try await store.deny(try denial(of: message, peer: "spiffe://gbr.example/mailbox/j2-fusion"))
        #expect(outcome.name == "duplicate")
        #expect(outcome.links == links)
        var other = message
        other.envelope = Envelope(header: [1], body: [])
        let conflict = try await store.deny(try denial(of: other, peer: "spiffe://gbr.example/mailbox/j2-fusion"))
        #expect(conflict.name == "conflict")
        #expect(try await store.entry(index: 1)?.entry.reasons == ["id-conflict"])
    }

    @Test func `a denied transfer gets the receipts of its own destination only`() async throws {
        let fixture = try StoreFixture()
        let store = try fixture.open()
        let message = try SampleMessage(1, originator: "FRA/cdt")
        let onward = try await SampleNode("fra").release(message, to: "deu", through: "gbr")
        let relayed = try await store.admit(try message.transfer(onward, onTo: "deu")).links
        #expect(try await store.deny(try denial(of: message, peer: "spiffe://fra.example/node/fra-1")).name == "denied")
        let known = try await store.deny(
            try denial(of: message, peer: "spiffe://fra.example/node/fra-1", destination: .node("deu"))
        )
        #expect(known.name == "duplicate")
        #expect(known.links == relayed)
    }

    private func denial(of message: SampleMessage, peer: String, destination: SPIFFEID? = nil) throws -> Denial {
        var entry = try message.draft(.denial, .denied, peer: peer)
        entry.reasons = ["noforn"]
        entry.destination = destination
        return Denial(id: message.id, originator: message.originator, decisions: [], entry: entry)
    }
}
