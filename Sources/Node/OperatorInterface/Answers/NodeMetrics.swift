import CanonicalEncoding
import CoalitionDirectory
import RelayStorage
import Relaying
import SecurityLabels
import TransparencyLog

/// What a monitoring system watches of a node: what the status says, as numbers.
struct NodeMetrics {
    let status: StoreStatus
    let description: NodeDescription
    let forks: [ForkRecord]
    let streams: StreamStatus

    var page: MetricsPage {
        var page = MetricsPage()
        page.add("build_info", .gauge, "The release; always 1.", [.init(["version": ProductVersion.text], 1)])
        addAlarms(to: &page)
        addLog(to: &page)
        addWitnessing(to: &page)
        addDelivery(to: &page)
        return page
    }

    private func addAlarms(to page: inout MetricsPage) {
        page.add("alarms", .gauge, "Alarms that somebody has to look at.", Int64(description.alarms.count))
        let codes = Dictionary(grouping: description.alarms) { [$0.code, $0.partner?.rawValue ?? ""] }
        page.add(
            "alarms_by_code",
            .gauge,
            "Alarms by reason code and the partner that they are about.",
            codes.sorted { $0.key.lexicographicallyPrecedes($1.key) }
                .map { .init(["code": $0.key[0], "partner": $0.key[1]], Int64($0.value.count)) }
        )
        // Always there, so that a rule about them can tell none from no answer.
        let open = forks.count { $0.acknowledgement == nil }
        page.add(
            "forks",
            .gauge,
            "Evidence of logs that have signed two histories or gone back.",
            [
                .init(["state": "open"], Int64(open)),
                .init(["state": "acknowledged"], Int64(forks.count - open)),
            ]
        )
        page.add(
            "missing_numbers",
            .gauge,
            "Numbers that another node's log has given and that have not come in time.",
            streams.streams.map { stream in
                let gaps = streams.gaps.filter { $0.isOpen && $0.origin == stream.origin }
                let count = gaps.reduce(0) { $0 + UInt64($1.numbers.count) }
                return .init(["origin": stream.origin.description], Int64(clamping: count))
            }
        )
        page.add("stream_faults", .gauge, "Contradictions of other nodes' logs.", Int64(streams.faults))
    }

    private func addLog(to page: inout MetricsPage) {
        page.add("log_entries_total", .counter, "Entries of the audit log.", Int64(clamping: status.logSize))
        page.add("log_commits_total", .counter, "Commits that have appended entries.", Int64(status.commitCount))
        page.add(
            "log_checkpoint_timestamp_seconds",
            .gauge,
            "When the last checkpoint was signed.",
            status.checkpointTime.secondsSinceEpoch
        )
        page.add("database_bytes", .gauge, "Size of the database file.", Int64(status.databaseSize))
        page.add("write_ahead_log_bytes", .gauge, "Size of the write-ahead log.", Int64(status.writeAheadLogSize))
        page.add(
            "storage_available_bytes",
            .gauge,
            "Room that is left on the file system of the data folder.",
            Int64(status.availableSize)
        )
        page.add(
            "failed_commits_total",
            .counter,
            "Commits that the disk or the database did not take.",
            Int64(status.failedCommitCount)
        )
        page.add(
            "failed_reads_total",
            .counter,
            "Reads that the disk or the database did not answer.",
            Int64(status.failedReadCount)
        )
    }

    private func addWitnessing(to page: inout MetricsPage) {
        guard let witnessing = description.witnessing else { return }
        page.add(
            "log_broken",
            .gauge,
            "Whether the log is not what its witnesses have seen: 1 if so.",
            witnessing.isBroken ? 1 : 0
        )
        page.add(
            "log_stable_entries",
            .gauge,
            "Entries under the checkpoint given out.",
            Int64(clamping: witnessing.stable)
        )
        page.add(
            "log_witnessed_entries",
            .gauge,
            "Entries under the last checkpoint that a quorum has cosigned.",
            Int64(clamping: witnessing.witnessed)
        )
        page.add(
            "witness_late_seconds",
            .gauge,
            "For how long the checkpoint given out lacks the witness's cosignature.",
            witnessing.witnesses.map { .init(["witness": $0.node.description], Int64($0.lateFor ?? 0)) }
        )
    }

    private func addDelivery(to page: inout MetricsPage) {
        page.add(
            "link_failures",
            .gauge,
            "Attempts in a row that have failed.",
            description.links.map { .init(["next_hop": $0.nextHop.description], Int64($0.failures)) }
        )
        func queues(_ value: (StoreStatus.Queue) -> Int64) -> [MetricsPage.Sample] {
            status.queues.map {
                .init(["next_hop": $0.nextHop.description, "precedence": $0.precedence.name], value($0))
            }
        }
        page.add("queue_objects", .gauge, "Objects that wait for a next hop.", queues { Int64($0.count) })
        page.add("queue_bytes", .gauge, "Bytes that wait for a next hop.", queues { Int64($0.size) })
        page.add(
            "queue_oldest_timestamp_seconds",
            .gauge,
            "When the oldest object that waits was taken on.",
            queues { $0.oldestAccepted.secondsSinceEpoch }
        )
        func mailboxes(_ value: (StoreStatus.Mailbox) -> Int) -> [MetricsPage.Sample] {
            status.mailboxes.map { .init(["mailbox": $0.mailbox.rawValue], Int64(value($0))) }
        }
        page.add("mailbox_messages", .gauge, "Messages in a mailbox of this node.", mailboxes(\.count))
        page.add(
            "mailbox_unreceipted_messages",
            .gauge,
            "Messages in a mailbox without a delivery receipt.",
            mailboxes(\.unreceipted)
        )
    }
}
