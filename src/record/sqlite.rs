//! The store in SQLite: one file in a folder, for one instance.

use crate::record::entry::{Entry, Kind, Link};
use crate::record::marks::marks;
use crate::record::store::{Ask, ChainFacts, Marks, OF_CARD_MAX, Store, StoreTrouble};
use rusqlite::types::Value;
use rusqlite::{Connection, ErrorCode, OpenFlags, Row, TransactionBehavior, params, params_from_iter};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The form of the tables. A store of a higher form is refused, one of a lower form is brought up.
pub const FORM: i64 = 1;

/// How long a call waits for another process that holds the database.
const BUSY: Duration = Duration::from_secs(2);

const TABLES: &str = "
    CREATE TABLE IF NOT EXISTS form (version INTEGER NOT NULL);
    CREATE TABLE IF NOT EXISTS entries (
        chain TEXT NOT NULL, seq INTEGER NOT NULL, prev BLOB NOT NULL, hash BLOB NOT NULL, kind INTEGER NOT NULL,
        clock_back INTEGER NOT NULL, at_ms INTEGER NOT NULL, payload BLOB NOT NULL,
        decision TEXT NOT NULL, patient TEXT NOT NULL,
        PRIMARY KEY (chain, seq)) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS cards (
        card TEXT NOT NULL, kind INTEGER NOT NULL, chain TEXT NOT NULL, seq INTEGER NOT NULL, at_ms INTEGER NOT NULL,
        PRIMARY KEY (card, kind, chain, seq)) WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS entries_by_decision ON entries (decision) WHERE decision <> '';
    CREATE INDEX IF NOT EXISTS entries_by_patient ON entries (patient, at_ms) WHERE patient <> '';
    CREATE INDEX IF NOT EXISTS entries_by_time ON entries (kind, at_ms);
    CREATE INDEX IF NOT EXISTS cards_by_chain ON cards (chain, seq);
    CREATE INDEX IF NOT EXISTS cards_by_time ON cards (kind, at_ms);
";

/// The columns of an entry, in the order that [`entry`] reads them.
const COLUMNS: &str = "e.chain, e.seq, e.prev, e.hash, e.kind, e.clock_back, e.at_ms, e.payload";

/// An entry with the marks of an answer or a capture that is none by its kind: altered, and not to be passed over.
const ODD: &str = "e.kind NOT IN (1, 3)";

const LATEST: &str = "ORDER BY e.at_ms DESC, e.seq DESC";

/// The store.
#[derive(Debug)]
pub struct SqliteStore {
    connection: Connection,
}

/// The database in a folder.
pub fn file_in(folder: &Path) -> PathBuf {
    folder.join("records.db")
}

/// Moves a damaged database aside, with what belongs to it; tells its new name.
///
/// # Errors
///
/// What the disk says.
pub fn set_aside(folder: &Path, now_ms: i64) -> std::io::Result<String> {
    let name = format!("records.damaged-{now_ms}.db");
    std::fs::rename(file_in(folder), folder.join(&name))?;
    for end in ["-wal", "-shm"] {
        let with = |file: &str| folder.join(format!("{file}{end}"));
        match std::fs::rename(with("records.db"), with(&name)) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => return Err(e),
            _ => {}
        }
    }
    Ok(name)
}

impl SqliteStore {
    /// Opens or makes the database of a folder.
    ///
    /// # Errors
    ///
    /// [`StoreTrouble`].
    pub fn open(folder: &Path) -> Result<SqliteStore, StoreTrouble> {
        let connection = Connection::open(file_in(folder)).map_err(told)?;
        connection.busy_timeout(BUSY).map_err(told)?;
        connection.pragma_update(None, "journal_mode", "WAL").map_err(told)?;
        connection.pragma_update(None, "synchronous", "FULL").map_err(told)?;
        let mut store = SqliteStore { connection };
        store.make_tables()?;
        Ok(store)
    }

    /// Opens the database of a folder to read it, while a server may be writing it.
    ///
    /// # Errors
    ///
    /// [`StoreTrouble`]; also when there is none.
    pub fn open_to_read(folder: &Path) -> Result<SqliteStore, StoreTrouble> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(file_in(folder), flags).map_err(told)?;
        connection.busy_timeout(BUSY).map_err(told)?;
        let store = SqliteStore { connection };
        match store.form()? {
            found if found > FORM => Err(StoreTrouble::Newer { found, known: FORM }),
            _ => Ok(store),
        }
    }

    /// Reads the whole database for damage. May take long.
    ///
    /// # Errors
    ///
    /// [`StoreTrouble::Damaged`], with the first of what is wrong.
    pub fn check(&mut self) -> Result<(), StoreTrouble> {
        let said: String = self.connection.query_row("PRAGMA quick_check(1)", [], |r| r.get(0)).map_err(told)?;
        if said == "ok" { Ok(()) } else { Err(StoreTrouble::Damaged(said)) }
    }

    fn form(&self) -> Result<i64, StoreTrouble> {
        let found = self.connection.query_row("SELECT max(version) FROM form", [], |r| r.get::<_, Option<i64>>(0));
        found.map(Option::unwrap_or_default).map_err(told)
    }

    fn make_tables(&mut self) -> Result<(), StoreTrouble> {
        let within = self.connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(told)?;
        within.execute_batch(TABLES).map_err(told)?;
        let found: Option<i64> = within.query_row("SELECT max(version) FROM form", [], |r| r.get(0)).map_err(told)?;
        match found {
            Some(found) if found > FORM => return Err(StoreTrouble::Newer { found, known: FORM }),
            Some(_) => {}
            None => drop(within.execute("INSERT INTO form (version) VALUES (?1)", [FORM]).map_err(told)?),
        }
        within.commit().map_err(told)
    }

    fn select(&self, rest: &str, values: &[&dyn rusqlite::ToSql]) -> Result<Vec<Entry>, StoreTrouble> {
        let mut statement = self.connection.prepare_cached(&format!("SELECT {COLUMNS} FROM {rest}")).map_err(told)?;
        let rows = statement.query_map(params_from_iter(values), entry).map_err(told)?;
        rows.collect::<Result<_, _>>().map_err(told)
    }
}

impl Store for SqliteStore {
    fn put(&mut self, entries: &[Entry]) -> Result<(), StoreTrouble> {
        let within = self.connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(told)?;
        {
            let insert =
                "INSERT INTO entries (chain, seq, prev, hash, kind, clock_back, at_ms, payload, decision, patient)
                VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) ON CONFLICT (chain, seq) DO NOTHING";
            let mut insert = within.prepare_cached(insert).map_err(told)?;
            let same = "SELECT hash = ?3 FROM entries WHERE chain = ?1 AND seq = ?2";
            let mut same = within.prepare_cached(same).map_err(told)?;
            let mark =
                "INSERT INTO cards (card, kind, chain, seq, at_ms) VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING";
            let mut mark = within.prepare_cached(mark).map_err(told)?;
            for e in entries {
                let (marks, seq, kind) = (marks(e), number(e.seq), e.kind as u8);
                let row = params![
                    e.chain,
                    seq,
                    e.prev,
                    e.hash,
                    kind,
                    e.clock_back,
                    e.at_ms,
                    e.payload,
                    marks.decision,
                    marks.patient
                ];
                if insert.execute(row).map_err(told)? == 0 {
                    let same: bool = same.query_row(params![e.chain, seq, e.hash], |r| r.get(0)).map_err(told)?;
                    if !same {
                        return Err(StoreTrouble::Conflict { chain: e.chain.clone(), seq: e.seq });
                    }
                }
                for card in &marks.cards {
                    mark.execute(params![card, kind, e.chain, seq, e.at_ms]).map_err(told)?;
                }
            }
        }
        within.commit().map_err(told)
    }

    fn find(&mut self, ask: &Ask) -> Result<Vec<Entry>, StoreTrouble> {
        let (decision, feedback, capture) = (Kind::Decision as u8, Kind::Feedback as u8, Kind::Capture as u8);
        let joined = "entries e JOIN cards c ON c.chain = e.chain AND c.seq = e.seq";
        match ask {
            Ask::Walk { chain, from, most } => self.select(
                "entries e WHERE e.chain = ?1 AND e.seq >= ?2 ORDER BY e.seq LIMIT ?3",
                &[chain, &number(*from), &count(*most)],
            ),
            Ask::Decision(id) => self.select(
                &format!("entries e WHERE e.decision = ?1 AND e.decision <> '' AND (e.kind = ?2 OR {ODD}) {LATEST}"),
                &[id, &decision],
            ),
            Ask::Capture(id) => self.select(
                &format!("entries e WHERE e.decision = ?1 AND e.decision <> '' AND (e.kind = ?2 OR {ODD}) {LATEST}"),
                &[id, &capture],
            ),
            Ask::OfCard(card) => self.select(
                &format!(
                    "{joined} WHERE c.card = ?1 AND c.kind = ?2 ORDER BY e.at_ms DESC, e.seq DESC LIMIT {OF_CARD_MAX}"
                ),
                &[card, &decision],
            ),
            Ask::OfPatient { patient, since_ms, most } => self.select(
                &format!(
                    "entries e WHERE e.patient = ?1 AND e.patient <> '' AND e.at_ms >= ?2 AND (e.kind = ?3 OR {ODD})
                     {LATEST} LIMIT ?4"
                ),
                &[patient, since_ms, &decision, &count(*most)],
            ),
            Ask::FeedbackOn(cards) => {
                let rest = format!("{joined} WHERE c.card = ?1 AND c.kind = ?2 ORDER BY e.at_ms, e.seq");
                let mut found = Vec::new();
                for card in cards {
                    found.extend(self.select(&rest, &[card, &feedback])?);
                }
                found.sort_by(|a, b| (a.at_ms, &a.chain, a.seq).cmp(&(b.at_ms, &b.chain, b.seq)));
                Ok(found)
            }
            Ask::Last(most) => self.select(
                "entries e WHERE e.kind = ?1 ORDER BY e.at_ms DESC, e.seq DESC LIMIT ?2",
                &[&decision, &count(*most)],
            ),
            Ask::Feedback(from, to) | Ask::Decisions(from, to) => self.select(
                "entries e WHERE e.kind = ?1 AND e.at_ms >= ?2 AND e.at_ms < ?3 ORDER BY e.at_ms, e.seq",
                &[if matches!(ask, Ask::Feedback(..)) { &feedback } else { &decision }, from, to],
            ),
            Ask::Answered(from, to) => self.select(
                &format!(
                    "{joined} WHERE c.kind = ?1 AND c.card IN
                     (SELECT card FROM cards WHERE kind = ?2 AND at_ms >= ?3 AND at_ms < ?4) ORDER BY e.at_ms, e.seq"
                ),
                &[&decision, &feedback, from, to],
            ),
        }
    }

    fn chains(&mut self) -> Result<Vec<ChainFacts>, StoreTrouble> {
        // From one chain's name to the next by the index: the entries between are not read.
        let query = "WITH RECURSIVE names (chain) AS (
                SELECT min(chain) FROM entries
                UNION ALL SELECT (SELECT min(chain) FROM entries WHERE chain > names.chain) FROM names WHERE chain IS NOT NULL)
            SELECT e.chain, e.seq, e.hash FROM names JOIN entries e ON e.chain = names.chain
                AND e.seq = (SELECT max(seq) FROM entries WHERE chain = names.chain)
            WHERE names.chain IS NOT NULL ORDER BY e.chain";
        let mut statement = self.connection.prepare_cached(query).map_err(told)?;
        let facts = |row: &Row<'_>| {
            let head = Link { seq: unsigned(row.get(1)?), hash: row.get(2)? };
            Ok(ChainFacts { chain: row.get(0)?, head, silent_ms: None, stopped: false })
        };
        let rows = statement.query_map([], facts).map_err(told)?;
        rows.collect::<Result<_, _>>().map_err(told)
    }

    fn old_stretch(&mut self, chain: &str, before_ms: i64) -> Result<Option<Link>, StoreTrouble> {
        let query = "SELECT seq, hash FROM entries WHERE chain = ?1 AND seq <
            coalesce((SELECT seq FROM entries WHERE chain = ?1 AND at_ms >= ?2 ORDER BY seq LIMIT 1), 0)
            ORDER BY seq DESC LIMIT 1";
        let mut statement = self.connection.prepare_cached(query).map_err(told)?;
        let link = |row: &Row<'_>| Ok(Link { seq: unsigned(row.get(0)?), hash: row.get(1)? });
        let mut rows = statement.query_map(params![chain, before_ms], link).map_err(told)?;
        rows.next().transpose().map_err(told)
    }

    fn marks(&mut self, chain: &str, from: u64, to: u64) -> Result<BTreeMap<u64, Marks>, StoreTrouble> {
        let range = params![chain, number(from), number(to)];
        let mut marks = BTreeMap::new();
        let query = "SELECT seq, decision, patient FROM entries WHERE chain = ?1 AND seq BETWEEN ?2 AND ?3";
        let mut statement = self.connection.prepare_cached(query).map_err(told)?;
        let mut rows = statement.query(range).map_err(told)?;
        while let Some(row) = rows.next().map_err(told)? {
            let (decision, patient) = (row.get(1).map_err(told)?, row.get(2).map_err(told)?);
            marks.insert(unsigned(row.get(0).map_err(told)?), Marks { decision, patient, cards: Vec::new() });
        }
        let query = "SELECT seq, card FROM cards WHERE chain = ?1 AND seq BETWEEN ?2 AND ?3 ORDER BY seq, card";
        let mut statement = self.connection.prepare_cached(query).map_err(told)?;
        let mut rows = statement.query(range).map_err(told)?;
        while let Some(row) = rows.next().map_err(told)? {
            let seq = unsigned(row.get(0).map_err(told)?);
            marks.entry(seq).or_default().cards.push(row.get(1).map_err(told)?);
        }
        Ok(marks)
    }

    fn forget(&mut self, chain: &str, through: u64) -> Result<u64, StoreTrouble> {
        let within = self.connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(told)?;
        within
            .execute("DELETE FROM cards WHERE chain = ?1 AND seq <= ?2", params![chain, number(through)])
            .map_err(told)?;
        let count = within
            .execute("DELETE FROM entries WHERE chain = ?1 AND seq <= ?2", params![chain, number(through)])
            .map_err(told)?;
        within.commit().map_err(told)?;
        Ok(count as u64)
    }
}

/// Reads a row of [`COLUMNS`]. A row whose kind is none is read as one whose hash is wrong.
fn entry(row: &Row<'_>) -> rusqlite::Result<Entry> {
    let kind = u8::try_from(whole(row, 4)?).ok().filter(|_| is_whole(row, 4)).and_then(Kind::of);
    Ok(Entry {
        chain: row.get(0)?,
        seq: unsigned(row.get(1)?),
        prev: digest(row, 2)?,
        kind: kind.unwrap_or(Kind::Genesis),
        clock_back: row.get::<_, Value>(5)? == Value::Integer(1),
        at_ms: whole(row, 6)?,
        payload: bytes(row, 7)?,
        hash: if kind.is_some() { digest(row, 3)? } else { [0; 32] },
    })
}

/// What stands in a column, as bytes; of another kind than was written there, whatever can be made of it: it will not agree with
/// its hash, and whoever proves the chain tells which entry it is.
fn bytes(row: &Row<'_>, column: usize) -> rusqlite::Result<Vec<u8>> {
    Ok(match row.get::<_, Value>(column)? {
        Value::Blob(bytes) => bytes,
        Value::Text(text) => text.into_bytes(),
        Value::Null | Value::Integer(_) | Value::Real(_) => Vec::new(),
    })
}

/// The same for 32 bytes; zeros where it has another length.
fn digest(row: &Row<'_>, column: usize) -> rusqlite::Result<[u8; 32]> {
    Ok(bytes(row, column)?.try_into().unwrap_or([0; 32]))
}

fn is_whole(row: &Row<'_>, column: usize) -> bool {
    matches!(row.get::<_, Value>(column), Ok(Value::Integer(_)))
}

/// The same for a whole number.
fn whole(row: &Row<'_>, column: usize) -> rusqlite::Result<i64> {
    Ok(match row.get::<_, Value>(column)? {
        Value::Integer(n) => n,
        _ => 0,
    })
}

/// Whether a column held something of another type than was written there.
fn is_of_another_type(error: &rusqlite::Error) -> bool {
    use rusqlite::Error::{FromSqlConversionFailure, IntegralValueOutOfRange, InvalidColumnType};
    matches!(error, FromSqlConversionFailure(..) | IntegralValueOutOfRange(..) | InvalidColumnType(..))
}

/// What SQLite said, as a trouble.
fn told(error: rusqlite::Error) -> StoreTrouble {
    if is_of_another_type(&error) {
        return StoreTrouble::Spoiled(format!("a row of the database is not of the form it was written in ({error})"));
    }
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => StoreTrouble::Damaged(error.to_string()),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            StoreTrouble::Away(String::from("the database is locked by another process"))
        }
        _ => StoreTrouble::Away(error.to_string()),
    }
}

/// SQLite counts in signed numbers; no chain grows that long.
fn number(seq: u64) -> i64 {
    i64::try_from(seq).unwrap_or(i64::MAX)
}

fn unsigned(seq: i64) -> u64 {
    u64::try_from(seq).unwrap_or(0)
}

fn count(most: usize) -> i64 {
    i64::try_from(most).unwrap_or(i64::MAX)
}
