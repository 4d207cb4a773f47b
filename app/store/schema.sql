-- What one actor did in a reading: an append-only chain. Rows can be added, never changed.
CREATE TABLE event (
    seq INTEGER PRIMARY KEY CHECK (seq > 0),
    body BLOB NOT NULL,
    hash TEXT NOT NULL UNIQUE
) STRICT;

-- One answer per trial, whatever happens.
CREATE TABLE answer (
    session INTEGER NOT NULL,
    trial INTEGER NOT NULL,
    seq INTEGER NOT NULL UNIQUE REFERENCES event (seq),
    PRIMARY KEY (session, trial)
) STRICT;

CREATE TRIGGER event_follows BEFORE INSERT ON event
WHEN NEW.seq != (SELECT coalesce(max(seq), 0) + 1 FROM event)
BEGIN SELECT raise(ABORT, 'records are numbered without gaps'); END;

CREATE TRIGGER event_stays BEFORE UPDATE ON event
BEGIN SELECT raise(ABORT, 'records are never changed'); END;

CREATE TRIGGER event_remains BEFORE DELETE ON event
BEGIN SELECT raise(ABORT, 'records are never deleted'); END;

CREATE TRIGGER answer_stays BEFORE UPDATE ON answer
BEGIN SELECT raise(ABORT, 'answers are never changed'); END;

CREATE TRIGGER answer_remains BEFORE DELETE ON answer
BEGIN SELECT raise(ABORT, 'answers are never deleted'); END;
