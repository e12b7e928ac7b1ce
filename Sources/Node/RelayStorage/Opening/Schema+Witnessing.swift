extension Schema {
    /// What this node's log gets from its witnesses, what this node knows of other logs, and evidence of forks.
    ///
    /// As a witness the node never goes back: the triggers keep what it has cosigned last from becoming smaller, or another
    /// tree of the same size. Of a log whose key changes it is another log: `log` is the key's text form.
    static let witnessing = """
        CREATE TABLE witnessed_logs (
            log TEXT PRIMARY KEY NOT NULL,
            origin TEXT NOT NULL,
            size INTEGER NOT NULL CHECK (size >= 0),
            root BLOB NOT NULL CHECK (length(root) = 32),
            time INTEGER NOT NULL,
            note BLOB NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE TRIGGER witnessed_logs_only_grow BEFORE UPDATE ON witnessed_logs
            WHEN NEW.log <> OLD.log OR NEW.origin <> OLD.origin OR NEW.size < OLD.size
                OR (NEW.size = OLD.size AND NEW.root <> OLD.root)
            BEGIN SELECT RAISE(ABORT, 'a witness never goes back'); END;
        CREATE TRIGGER witnessed_logs_never_go BEFORE DELETE ON witnessed_logs
            BEGIN SELECT RAISE(ABORT, 'a witness never forgets a log'); END;

        CREATE TABLE stable_checkpoints (
            size INTEGER PRIMARY KEY CHECK (size >= 1),
            time INTEGER NOT NULL,
            note BLOB NOT NULL,
            cosigners TEXT NOT NULL,
            witnessed INTEGER
        ) STRICT;
        CREATE TRIGGER stable_checkpoints_grow BEFORE INSERT ON stable_checkpoints
            WHEN NEW.size <= (SELECT coalesce(max(size), 0) FROM stable_checkpoints)
            BEGIN SELECT RAISE(ABORT, 'stable checkpoints grow'); END;
        CREATE TRIGGER stable_checkpoints_never_go BEFORE DELETE ON stable_checkpoints
            BEGIN SELECT RAISE(ABORT, 'stable checkpoints are never deleted'); END;
        CREATE INDEX stable_checkpoints_witnessed ON stable_checkpoints (size) WHERE witnessed IS NOT NULL;

        CREATE TABLE received_checkpoints (
            origin TEXT NOT NULL,
            size INTEGER NOT NULL CHECK (size >= 1),
            root BLOB NOT NULL CHECK (length(root) = 32),
            leaf BLOB NOT NULL CHECK (length(leaf) = 32),
            proof BLOB NOT NULL,
            received INTEGER NOT NULL,
            state TEXT NOT NULL CHECK (state IN ('provisional', 'witnessed', 'forked', 'ended')),
            witnessed_size INTEGER,
            cosigners TEXT,
            PRIMARY KEY (origin, size, root),
            CHECK ((state = 'witnessed') = (witnessed_size IS NOT NULL AND cosigners IS NOT NULL))
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX received_checkpoints_provisional ON received_checkpoints (origin, received)
            WHERE state = 'provisional';

        CREATE TABLE forks (
            number INTEGER PRIMARY KEY CHECK (number >= 1),
            origin TEXT NOT NULL,
            claim TEXT NOT NULL,
            known BLOB NOT NULL CHECK (length(known) = 32),
            evidence BLOB NOT NULL,
            entry_index INTEGER NOT NULL UNIQUE REFERENCES entries (idx),
            UNIQUE (origin, claim, known)
        ) STRICT;
        CREATE TRIGGER forks_never_change BEFORE UPDATE ON forks
            BEGIN SELECT RAISE(ABORT, 'evidence never changes'); END;
        CREATE TRIGGER forks_never_go BEFORE DELETE ON forks
            BEGIN SELECT RAISE(ABORT, 'evidence is never deleted'); END;
        """
}
