//! The tables in PostgreSQL, and the form they have. Made, and brought up, by whichever instance comes first.

/// The form of the tables. Tables of a higher form are refused, those of a lower form are brought up.
pub const FORM: i64 = 1;

/// Makes what is not there yet.
pub const TABLES: &str = "
    CREATE TABLE IF NOT EXISTS caveat_form (version BIGINT NOT NULL);
    CREATE TABLE IF NOT EXISTS caveat_facts (name TEXT PRIMARY KEY, value TEXT NOT NULL);
    CREATE TABLE IF NOT EXISTS caveat_entries (
        chain TEXT NOT NULL, seq BIGINT NOT NULL, prev BYTEA NOT NULL, hash BYTEA NOT NULL, kind SMALLINT NOT NULL,
        clock_back BOOLEAN NOT NULL, at_ms BIGINT NOT NULL, payload BYTEA NOT NULL,
        decision TEXT NOT NULL, patient TEXT NOT NULL,
        PRIMARY KEY (chain, seq));
    CREATE TABLE IF NOT EXISTS caveat_cards (
        card TEXT NOT NULL, kind SMALLINT NOT NULL, chain TEXT NOT NULL, seq BIGINT NOT NULL, at_ms BIGINT NOT NULL,
        PRIMARY KEY (card, kind, chain, seq));
    CREATE TABLE IF NOT EXISTS caveat_chains (
        chain TEXT PRIMARY KEY, head BIGINT NOT NULL, hash BYTEA NOT NULL, beat TIMESTAMPTZ NOT NULL,
        stopped BOOLEAN NOT NULL);
    CREATE INDEX IF NOT EXISTS caveat_entries_by_decision ON caveat_entries (decision) WHERE decision <> '';
    CREATE INDEX IF NOT EXISTS caveat_entries_by_patient ON caveat_entries (patient, at_ms) WHERE patient <> '';
    CREATE INDEX IF NOT EXISTS caveat_entries_by_time ON caveat_entries (kind, at_ms);
    CREATE INDEX IF NOT EXISTS caveat_cards_by_chain ON caveat_cards (chain, seq);
    CREATE INDEX IF NOT EXISTS caveat_cards_by_time ON caveat_cards (kind, at_ms);
";
