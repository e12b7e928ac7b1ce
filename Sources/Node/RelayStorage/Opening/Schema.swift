import GRDB

/// The tables of the store. Migrations are append-only: what a release has shipped never changes.
///
/// Two facts are not stored because they follow from others:
/// - the checkpoint under which an entry was first proven is the smallest one that covers it, for every commit that
///   appends entries signs exactly one checkpoint;
/// - the entries of one admission are consecutive, for one job appends them, so that a first index and a count name
///   them all.
enum Schema {
    static let migrator: DatabaseMigrator = {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1-log") { try $0.execute(sql: log) }
        migrator.registerMigration("2-messages") { try $0.execute(sql: messages) }
        migrator.registerMigration("3-unsettled") { try $0.execute(sql: unsettled) }
        migrator.registerMigration("4-policies") { try $0.execute(sql: policies) }
        migrator.registerMigration("5-witnessing") { try $0.execute(sql: witnessing) }
        migrator.registerMigration("6-streams") { try $0.execute(sql: streams) }
        migrator.registerMigration("7-search") { try $0.execute(sql: search) }
        migrator.registerMigration("9-directories") { try $0.execute(sql: directories) }
        migrator.registerMigration("10-ended-logs") { try $0.execute(sql: endedLogs) }
        migrator.registerMigration("11-refusals") { try $0.execute(sql: refusals) }
        migrator.registerMigration("12-onward-custody") { try $0.execute(sql: onwardCustody) }
        return migrator
    }()

    /// The audit log: entries, what is erasable of them, hash tiles and signed checkpoints.
    ///
    /// Triggers keep the log a log: entries come without gaps and never change or go, tiles only grow, and a number of a
    /// stream is used once. They protect against our own bugs; against others the signed checkpoints do.
    private static let log = """
        CREATE TABLE meta (
            key TEXT PRIMARY KEY NOT NULL,
            value TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE entries (
            idx INTEGER PRIMARY KEY CHECK (idx >= 0),
            time INTEGER NOT NULL,
            kind TEXT NOT NULL,
            outcome TEXT NOT NULL,
            peer TEXT,
            message BLOB CHECK (length(message) = 16),
            reasons TEXT NOT NULL,
            sequence INTEGER CHECK (sequence >= 1),
            destination TEXT,
            policy BLOB CHECK (length(policy) = 32),
            bytes BLOB NOT NULL,
            CHECK (kind <> 'release' OR (sequence IS NOT NULL AND destination IS NOT NULL))
        ) STRICT;
        CREATE INDEX entries_by_message ON entries (message) WHERE message IS NOT NULL;
        CREATE INDEX entries_by_kind ON entries (kind);
        CREATE UNIQUE INDEX entries_by_sequence ON entries (destination, sequence, kind) WHERE sequence IS NOT NULL;
        CREATE TRIGGER entries_without_gaps BEFORE INSERT ON entries
            WHEN NEW.idx <> (SELECT coalesce(max(idx) + 1, 0) FROM entries)
            BEGIN SELECT RAISE(ABORT, 'entries are appended without gaps'); END;
        CREATE TRIGGER entries_never_change BEFORE UPDATE ON entries
            BEGIN SELECT RAISE(ABORT, 'entries never change'); END;
        CREATE TRIGGER entries_never_go BEFORE DELETE ON entries
            BEGIN SELECT RAISE(ABORT, 'entries are never deleted'); END;

        CREATE TABLE entry_details (
            idx INTEGER PRIMARY KEY REFERENCES entries (idx),
            salt BLOB NOT NULL CHECK (length(salt) = 32),
            bytes BLOB NOT NULL
        ) STRICT;
        CREATE TRIGGER entry_details_never_change BEFORE UPDATE ON entry_details
            BEGIN SELECT RAISE(ABORT, 'details are erased, never changed'); END;

        CREATE TABLE tiles (
            level INTEGER NOT NULL CHECK (level BETWEEN 0 AND 7),
            idx INTEGER NOT NULL CHECK (idx >= 0),
            hashes BLOB NOT NULL CHECK (length(hashes) BETWEEN 32 AND 8192 AND length(hashes) % 32 = 0),
            PRIMARY KEY (level, idx)
        ) STRICT, WITHOUT ROWID;
        CREATE TRIGGER tiles_only_grow BEFORE UPDATE ON tiles
            WHEN NEW.level <> OLD.level OR NEW.idx <> OLD.idx
                OR substr(NEW.hashes, 1, length(OLD.hashes)) <> OLD.hashes
            BEGIN SELECT RAISE(ABORT, 'tiles only grow'); END;
        CREATE TRIGGER tiles_never_go BEFORE DELETE ON tiles
            BEGIN SELECT RAISE(ABORT, 'tiles are never deleted'); END;

        CREATE TABLE checkpoints (
            number INTEGER PRIMARY KEY CHECK (number >= 0),
            size INTEGER NOT NULL UNIQUE CHECK (size >= 0),
            time INTEGER NOT NULL,
            note BLOB NOT NULL
        ) STRICT;
        CREATE TRIGGER checkpoints_without_gaps BEFORE INSERT ON checkpoints
            WHEN NEW.number <> (SELECT coalesce(max(number) + 1, 0) FROM checkpoints)
                OR NEW.size <= (SELECT coalesce(max(size), -1) FROM checkpoints)
            BEGIN SELECT RAISE(ABORT, 'checkpoints are appended without gaps and grow'); END;
        CREATE TRIGGER checkpoints_never_change BEFORE UPDATE ON checkpoints
            BEGIN SELECT RAISE(ABORT, 'checkpoints never change'); END;
        CREATE TRIGGER checkpoints_never_go BEFORE DELETE ON checkpoints
            BEGIN SELECT RAISE(ABORT, 'checkpoints are never deleted'); END;

        CREATE TABLE streams (
            destination TEXT PRIMARY KEY NOT NULL,
            last_sequence INTEGER NOT NULL CHECK (last_sequence >= 1)
        ) STRICT, WITHOUT ROWID;
        """

    /// What is asked of a log of many millions: by peer, by outcome, by reason. Entries are found in their order behind each
    /// value, for an index holds the row's number last.
    private static let search = """
        CREATE INDEX entries_by_peer ON entries (peer) WHERE peer IS NOT NULL;
        CREATE INDEX entries_by_outcome ON entries (outcome);
        CREATE INDEX entries_by_reasons ON entries (reasons) WHERE reasons <> '[]';
        """

    /// What other nodes have signed when they refused an object, by the entry here that rests on it.
    private static let refusals = """
        CREATE TABLE refusals (
            entry_index INTEGER PRIMARY KEY REFERENCES entries (idx),
            link BLOB NOT NULL
        ) STRICT;
        CREATE TRIGGER refusals_never_change BEFORE UPDATE ON refusals
            BEGIN SELECT RAISE(ABORT, 'refusals never change'); END;
        """

    /// Custody by nodes behind a next hop, of the message in a row of the outbox; and how far each hub's word on that is read.
    private static let onwardCustody = """
        CREATE TABLE onward_custody (
            entry_index INTEGER PRIMARY KEY REFERENCES entries (idx),
            transfer INTEGER NOT NULL REFERENCES outbox (row),
            link BLOB NOT NULL
        ) STRICT;
        CREATE INDEX onward_custody_of_transfer ON onward_custody (transfer);
        CREATE TRIGGER onward_custody_never_changes BEFORE UPDATE ON onward_custody
            BEGIN SELECT RAISE(ABORT, 'custody never changes'); END;

        CREATE TABLE custody_feeds (
            hub TEXT PRIMARY KEY NOT NULL,
            log_key TEXT NOT NULL,
            position INTEGER NOT NULL CHECK (position >= 0),
            unproven_position INTEGER CHECK (unproven_position >= 0),
            unproven_directory BLOB CHECK (length(unproven_directory) = 32),
            CHECK ((unproven_position IS NULL) = (unproven_directory IS NULL))
        ) STRICT, WITHOUT ROWID;
        """

    /// When a next hop first answered that it cannot judge an object by the sheets that it has.
    private static let unsettled = "ALTER TABLE outbox ADD COLUMN unsettled_since INTEGER"

    /// Every policy that has been in force, and the history of what was when: the last row is what is.
    ///
    /// A change's row and its entry in the log are of one transaction. `statements` holds the officers' approvals as they
    /// came, so that a rollback is judged by what was signed then.
    private static let policies = """
        CREATE TABLE policies (
            hash BLOB NOT NULL PRIMARY KEY CHECK (length(hash) = 32),
            texts BLOB NOT NULL,
            statements BLOB NOT NULL
        ) STRICT;
        CREATE TRIGGER policies_never_go BEFORE DELETE ON policies
            BEGIN SELECT RAISE(ABORT, 'policies are kept for replay'); END;
        CREATE TRIGGER policy_texts_never_change BEFORE UPDATE OF hash, texts ON policies
            BEGIN SELECT RAISE(ABORT, 'the texts of a policy never change'); END;

        CREATE TABLE policy_changes (
            number INTEGER PRIMARY KEY CHECK (number >= 0),
            policy BLOB NOT NULL REFERENCES policies (hash),
            source TEXT NOT NULL CHECK (source IN ('file', 'operator', 'rollback')),
            entry_index INTEGER NOT NULL UNIQUE REFERENCES entries (idx)
        ) STRICT;
        CREATE TRIGGER policy_changes_without_gaps BEFORE INSERT ON policy_changes
            WHEN NEW.number <> (SELECT coalesce(max(number) + 1, 0) FROM policy_changes)
            BEGIN SELECT RAISE(ABORT, 'policy changes are appended without gaps'); END;
        CREATE TRIGGER policy_changes_never_change BEFORE UPDATE ON policy_changes
            BEGIN SELECT RAISE(ABORT, 'policy changes never change'); END;
        CREATE TRIGGER policy_changes_never_go BEFORE DELETE ON policy_changes
            BEGIN SELECT RAISE(ABORT, 'policy changes are never deleted'); END;
        """

    /// What other nodes' logs have released to this one, by number: what came of each, and what is missing.
    ///
    /// The directories that entries name, and the partners' signed sheets that they consist of: a signature of years ago is
    /// judged by the certificates and revocation lists of then. Each row is named by the digest of what it holds.
    private static let directories = """
        CREATE TABLE sheets (
            digest BLOB NOT NULL PRIMARY KEY CHECK (length(digest) = 32),
            bytes BLOB NOT NULL
        ) STRICT;
        CREATE TRIGGER sheets_never_change BEFORE UPDATE ON sheets
            BEGIN SELECT RAISE(ABORT, 'sheets never change'); END;
        CREATE TRIGGER sheets_never_go BEFORE DELETE ON sheets
            BEGIN SELECT RAISE(ABORT, 'sheets are never deleted'); END;

        CREATE TABLE directories (
            hash BLOB NOT NULL PRIMARY KEY CHECK (length(hash) = 32),
            state BLOB NOT NULL
        ) STRICT;
        CREATE TRIGGER directories_never_change BEFORE UPDATE ON directories
            BEGIN SELECT RAISE(ABORT, 'directories never change'); END;
        CREATE TRIGGER directories_never_go BEFORE DELETE ON directories
            BEGIN SELECT RAISE(ABORT, 'directories are never deleted'); END;
        """

    /// The logs of other nodes by their keys. A node whose log has ended begins a new one under another key, and its streams
    /// begin at 1 again: the stream that ended stays as it is, and another takes its place.
    private static let endedLogs = """
        CREATE TABLE known_logs (
            origin TEXT PRIMARY KEY NOT NULL,
            key TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE streams_that_can_end (
            stream INTEGER PRIMARY KEY,
            origin TEXT NOT NULL,
            highest INTEGER NOT NULL CHECK (highest >= 0),
            heartbeat BLOB,
            heartbeat_time INTEGER,
            heartbeat_index INTEGER NOT NULL DEFAULT 0 CHECK (heartbeat_index >= 0),
            heartbeat_highest INTEGER NOT NULL DEFAULT 0 CHECK (heartbeat_highest BETWEEN 0 AND highest),
            outstanding BLOB,
            ended INTEGER NOT NULL DEFAULT 0 CHECK (ended IN (0, 1)),
            CHECK ((heartbeat IS NULL) = (heartbeat_time IS NULL) AND (heartbeat IS NULL) = (outstanding IS NULL))
        ) STRICT;
        INSERT INTO streams_that_can_end
            SELECT stream, origin, highest, heartbeat, heartbeat_time, heartbeat_index, heartbeat_highest, outstanding, 0
            FROM inbound_streams;
        DROP TABLE inbound_streams;
        ALTER TABLE streams_that_can_end RENAME TO inbound_streams;
        CREATE UNIQUE INDEX inbound_streams_by_origin ON inbound_streams (origin) WHERE ended = 0;
        """

    /// A row of `inbound_numbers` and what it says of the object are of one transaction, so that no crash makes a gap.
    private static let streams = """
        CREATE TABLE inbound_streams (
            stream INTEGER PRIMARY KEY,
            origin TEXT NOT NULL UNIQUE,
            highest INTEGER NOT NULL CHECK (highest >= 0),
            heartbeat BLOB,
            heartbeat_time INTEGER,
            heartbeat_index INTEGER NOT NULL DEFAULT 0 CHECK (heartbeat_index >= 0),
            heartbeat_highest INTEGER NOT NULL DEFAULT 0 CHECK (heartbeat_highest BETWEEN 0 AND highest),
            outstanding BLOB,
            CHECK ((heartbeat IS NULL) = (heartbeat_time IS NULL) AND (heartbeat IS NULL) = (outstanding IS NULL))
        ) STRICT;

        CREATE TABLE inbound_numbers (
            row INTEGER PRIMARY KEY,
            stream INTEGER NOT NULL REFERENCES inbound_streams (stream),
            number INTEGER NOT NULL CHECK (number >= 1),
            state TEXT NOT NULL CHECK (state IN ('accepted', 'refused', 'void')),
            release BLOB NOT NULL,
            entry_index INTEGER NOT NULL REFERENCES entries (idx),
            UNIQUE (stream, number)
        ) STRICT;
        CREATE INDEX inbound_numbers_by_entry ON inbound_numbers (entry_index);

        CREATE TABLE gaps (
            gap INTEGER PRIMARY KEY,
            stream INTEGER NOT NULL REFERENCES inbound_streams (stream),
            first INTEGER NOT NULL CHECK (first >= 1),
            last INTEGER NOT NULL CHECK (last >= first),
            noticed INTEGER NOT NULL,
            opening_entry INTEGER REFERENCES entries (idx),
            closing_entry INTEGER REFERENCES entries (idx),
            ended TEXT CHECK ((ended IS NULL) = (closing_entry IS NULL)),
            word TEXT,
            CHECK (closing_entry IS NULL OR opening_entry IS NOT NULL)
        ) STRICT;
        CREATE INDEX gaps_open ON gaps (stream, first) WHERE closing_entry IS NULL;
        """

    /// What is under way: messages, what goes on to other nodes, mailboxes, and the answers to messages.
    ///
    /// Sequence numbers stand in the entries alone. `first_entry` and `entry_count` name the first receipts that were
    /// given for something, so that a resend gets the same ones.
    private static let messages = """
        CREATE TABLE messages (
            row INTEGER PRIMARY KEY,
            id BLOB NOT NULL CHECK (length(id) = 16),
            originator TEXT NOT NULL,
            digest BLOB NOT NULL CHECK (length(digest) = 32),
            header BLOB NOT NULL,
            body_size INTEGER NOT NULL CHECK (body_size >= 0),
            precedence INTEGER NOT NULL CHECK (precedence BETWEEN 0 AND 5),
            expires INTEGER NOT NULL,
            accepted_at INTEGER NOT NULL,
            first_entry INTEGER REFERENCES entries (idx),
            entry_count INTEGER CHECK (entry_count >= 1),
            UNIQUE (id, originator),
            CHECK ((first_entry IS NULL) = (entry_count IS NULL))
        ) STRICT;

        CREATE TABLE bodies (
            message INTEGER PRIMARY KEY REFERENCES messages (row),
            bytes BLOB NOT NULL
        ) STRICT;

        CREATE TABLE custody (
            message INTEGER NOT NULL REFERENCES messages (row),
            object TEXT NOT NULL CHECK (object IN ('message', 'delivery-receipt', 'non-delivery')),
            digest BLOB NOT NULL CHECK (length(digest) = 32),
            destination TEXT NOT NULL,
            first_entry INTEGER NOT NULL REFERENCES entries (idx),
            entry_count INTEGER NOT NULL CHECK (entry_count >= 1),
            PRIMARY KEY (message, object, digest, destination)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE outbox (
            row INTEGER PRIMARY KEY AUTOINCREMENT,
            message INTEGER NOT NULL REFERENCES messages (row),
            object TEXT NOT NULL CHECK (object IN ('message', 'delivery-receipt', 'non-delivery')),
            object_bytes BLOB CHECK ((object_bytes IS NULL) = (object = 'message')),
            links BLOB NOT NULL,
            destination TEXT NOT NULL,
            next_hop TEXT NOT NULL,
            precedence INTEGER NOT NULL CHECK (precedence BETWEEN 0 AND 5),
            size INTEGER NOT NULL CHECK (size >= 0),
            bulk INTEGER NOT NULL CHECK (bulk = (size >= 262144)),
            state TEXT NOT NULL CHECK (state IN ('queued', 'transferred', 'void')),
            attempts INTEGER NOT NULL CHECK (attempts >= 0),
            due INTEGER NOT NULL,
            expires INTEGER NOT NULL,
            entry_index INTEGER NOT NULL UNIQUE REFERENCES entries (idx),
            closing_entry INTEGER UNIQUE REFERENCES entries (idx) CHECK ((closing_entry IS NULL) = (state = 'queued')),
            custody BLOB CHECK ((custody IS NOT NULL) = (state = 'transferred')),
            last_error TEXT
        ) STRICT;
        CREATE UNIQUE INDEX outbox_by_message ON outbox (message, destination) WHERE object = 'message';
        CREATE INDEX outbox_of_message ON outbox (message);
        CREATE INDEX outbox_to_claim ON outbox (next_hop, bulk, precedence DESC, row, due) WHERE state = 'queued';
        CREATE INDEX outbox_by_due ON outbox (next_hop, due) WHERE state = 'queued';
        CREATE INDEX outbox_by_expiry ON outbox (expires) WHERE state = 'queued';

        CREATE TABLE inbox (
            seq INTEGER PRIMARY KEY AUTOINCREMENT,
            mailbox TEXT NOT NULL,
            message INTEGER NOT NULL REFERENCES messages (row),
            entry_index INTEGER NOT NULL REFERENCES entries (idx),
            received INTEGER NOT NULL,
            receipt BLOB,
            first_entry INTEGER REFERENCES entries (idx),
            entry_count INTEGER CHECK (entry_count >= 1),
            UNIQUE (mailbox, message),
            CHECK ((receipt IS NULL) = (first_entry IS NULL) AND (receipt IS NULL) = (entry_count IS NULL))
        ) STRICT;
        CREATE INDEX inbox_by_mailbox ON inbox (mailbox, seq);
        CREATE INDEX inbox_by_message ON inbox (message);

        CREATE TABLE receipts (
            message INTEGER NOT NULL REFERENCES messages (row),
            recipient TEXT NOT NULL,
            bytes BLOB NOT NULL,
            entry_index INTEGER NOT NULL REFERENCES entries (idx),
            received INTEGER NOT NULL,
            PRIMARY KEY (message, recipient)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE non_deliveries (
            message INTEGER NOT NULL REFERENCES messages (row),
            destination TEXT NOT NULL,
            reason TEXT NOT NULL,
            entry_index INTEGER NOT NULL REFERENCES entries (idx),
            received INTEGER NOT NULL,
            PRIMARY KEY (message, destination)
        ) STRICT, WITHOUT ROWID;
        """
}
