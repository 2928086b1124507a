//! The store in PostgreSQL: one database for several instances, each with a chain of its own.
//!
//! Every holder of such a store has a connection and a small runtime of its own, on its own thread: no screening ever waits for
//! the database. TLS is by rustls with the machine's authorities (`SSL_CERT_FILE` names others), as `sslmode` asks.

use crate::record::entry::{Entry, Kind, Link};
use crate::record::marks::marks;
use crate::record::postgres_tables::{FORM, TABLES};
use crate::record::store::{Ask, ChainFacts, Marks, OF_CARD_MAX, Store, StoreTrouble};
use std::collections::BTreeMap;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::{Builder, Runtime};
use tokio_postgres::config::SslMode;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::{ToSql, WasNull, WrongType};
use tokio_postgres::{Client, Config, Error, NoTls, Row};
use tokio_postgres_rustls::MakeRustlsConnect;

/// How long a connection may take to come about.
const CONNECT: Duration = Duration::from_secs(3);

/// How long one question or one batch may take.
const ANSWER: Duration = Duration::from_secs(15);

/// The lock under which one instance at a time looks after the tables: the first bytes of "caveat".
const TABLES_LOCK: i64 = 0x6361_7665_6174;

/// The columns of an entry, in the order that [`entry`] reads them.
const COLUMNS: &str = "e.chain, e.seq, e.prev, e.hash, e.kind, e.clock_back, e.at_ms, e.payload";

const JOINED: &str = "caveat_entries e JOIN caveat_cards c ON c.chain = e.chain AND c.seq = e.seq";

/// The store.
#[derive(Debug)]
pub struct PostgresStore {
    client: Client,
    runtime: Runtime,
}

/// Reads a connection string, and says what is wrong with it without saying the password.
///
/// # Errors
///
/// In words.
pub fn read_connection(connection: &str) -> Result<Config, String> {
    let mut config: Config = connection.parse().map_err(|e: Error| {
        let why = std::error::Error::source(&e).map_or_else(|| e.to_string(), ToString::to_string);
        format!("the connection string of PostgreSQL cannot be read: {why}")
    })?;
    config.connect_timeout(CONNECT).keepalives_idle(Duration::from_secs(30));
    if config.get_application_name().is_none() {
        config.application_name("caveat");
    }
    Ok(config)
}

impl PostgresStore {
    /// Connects, and makes the tables or brings them up.
    ///
    /// # Errors
    ///
    /// [`StoreTrouble`].
    pub fn open(config: &Config) -> Result<PostgresStore, StoreTrouble> {
        let mut store = PostgresStore::connect(config)?;
        store.make_tables()?;
        Ok(store)
    }

    /// Connects to read.
    ///
    /// # Errors
    ///
    /// [`StoreTrouble`]; also when there are no tables.
    pub fn open_to_read(config: &Config) -> Result<PostgresStore, StoreTrouble> {
        let mut store = PostgresStore::connect(config)?;
        let PostgresStore { client, runtime } = &mut store;
        let found = within(runtime, client.query_one("SELECT max(version) FROM caveat_form", &[]))?;
        known(found.try_get(0).map_err(told)?)?;
        Ok(store)
    }

    fn connect(config: &Config) -> Result<PostgresStore, StoreTrouble> {
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|e| StoreTrouble::Away(e.to_string()))?;
        let client = match config.get_ssl_mode() {
            SslMode::Disable => within(&runtime, async {
                let (client, connection) = config.connect(NoTls).await?;
                tokio::spawn(connection);
                Ok(client)
            })?,
            _ => {
                let tls = tls()?;
                within(&runtime, async {
                    let (client, connection) = config.connect(tls).await?;
                    tokio::spawn(connection);
                    Ok(client)
                })?
            }
        };
        // The journal is removed on the word of a commit: one that is not on the disk yet would be no word.
        let safe =
            "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'";
        within(&runtime, client.query(safe, &[]))?;
        Ok(PostgresStore { client, runtime })
    }

    fn make_tables(&mut self) -> Result<(), StoreTrouble> {
        let PostgresStore { client, runtime } = self;
        let found: i64 = within(runtime, async {
            let work = client.transaction().await?;
            work.execute("SELECT pg_advisory_xact_lock($1)", &[&TABLES_LOCK]).await?;
            work.batch_execute(TABLES).await?;
            let found: Option<i64> = work.query_one("SELECT max(version) FROM caveat_form", &[]).await?.try_get(0)?;
            if found.is_none() {
                work.execute("INSERT INTO caveat_form (version) VALUES ($1)", &[&FORM]).await?;
            }
            work.commit().await?;
            Ok(found.unwrap_or(FORM))
        })?;
        known(Some(found))
    }

    /// The mark of the key of pseudonyms that is used with this database; left there by the first who asks.
    ///
    /// # Errors
    ///
    /// [`StoreTrouble`].
    pub fn pseudonym_check(&mut self, ours: &str) -> Result<String, StoreTrouble> {
        let PostgresStore { client, runtime } = self;
        within(runtime, async {
            let leave = "INSERT INTO caveat_facts (name, value) VALUES ('pseudonym-check', $1) ON CONFLICT DO NOTHING";
            client.execute(leave, &[&ours]).await?;
            let read = "SELECT value FROM caveat_facts WHERE name = 'pseudonym-check'";
            client.query_one(read, &[]).await?.try_get(0)
        })
    }

    fn select(&mut self, rest: &str, values: &[&(dyn ToSql + Sync)]) -> Result<Vec<Entry>, StoreTrouble> {
        let PostgresStore { client, runtime } = self;
        let rows = within(runtime, client.query(&format!("SELECT {COLUMNS} FROM {rest}"), values))?;
        rows.iter().map(entry).collect::<Result<_, _>>().map_err(told)
    }
}

impl Store for PostgresStore {
    fn put(&mut self, entries: &[Entry]) -> Result<(), StoreTrouble> {
        let rows = Rows::of(entries);
        let PostgresStore { client, runtime } = self;
        let conflict: Option<Row> = within(runtime, async {
            let work = client.transaction().await?;
            let values: [&(dyn ToSql + Sync); 10] = [
                &rows.chain,
                &rows.seq,
                &rows.prev,
                &rows.hash,
                &rows.kind,
                &rows.clock_back,
                &rows.at_ms,
                &rows.payload,
                &rows.decision,
                &rows.patient,
            ];
            let insert = "INSERT INTO caveat_entries
                    (chain, seq, prev, hash, kind, clock_back, at_ms, payload, decision, patient)
                SELECT * FROM unnest($1::text[], $2::bigint[], $3::bytea[], $4::bytea[], $5::smallint[], $6::boolean[],
                    $7::bigint[], $8::bytea[], $9::text[], $10::text[]) ON CONFLICT (chain, seq) DO NOTHING";
            let taken = work.execute(insert, &values).await?;
            if taken < entries.len() as u64 {
                let other = "SELECT e.chain, e.seq FROM caveat_entries e
                    JOIN unnest($1::text[], $2::bigint[], $3::bytea[]) AS n (chain, seq, hash)
                    ON n.chain = e.chain AND n.seq = e.seq WHERE n.hash <> e.hash ORDER BY e.seq LIMIT 1";
                if let Some(row) = work.query_opt(other, &[&rows.chain, &rows.seq, &rows.hash]).await? {
                    return Ok(Some(row));
                }
            }
            let cards = &rows.cards;
            let mark = "INSERT INTO caveat_cards (card, kind, chain, seq, at_ms)
                SELECT * FROM unnest($1::text[], $2::smallint[], $3::text[], $4::bigint[], $5::bigint[]) ON CONFLICT DO NOTHING";
            work.execute(mark, &[&cards.card, &cards.kind, &cards.chain, &cards.seq, &cards.at_ms]).await?;
            let heads = "INSERT INTO caveat_chains (chain, head, hash, beat, stopped)
                SELECT DISTINCT ON (chain) chain, seq, hash, now(), false
                    FROM unnest($1::text[], $2::bigint[], $3::bytea[]) AS n (chain, seq, hash) ORDER BY chain, seq DESC
                ON CONFLICT (chain) DO UPDATE SET head = excluded.head, hash = excluded.hash, stopped = false
                    WHERE caveat_chains.head < excluded.head";
            work.execute(heads, &[&rows.chain, &rows.seq, &rows.hash]).await?;
            work.commit().await?;
            Ok(None)
        })?;
        match conflict {
            None => Ok(()),
            Some(row) => Err(StoreTrouble::Conflict {
                chain: row.try_get(0).map_err(told)?,
                seq: unsigned(row.try_get(1).map_err(told)?),
            }),
        }
    }

    fn find(&mut self, ask: &Ask) -> Result<Vec<Entry>, StoreTrouble> {
        let (decision, feedback, capture) = (Kind::Decision as i16, Kind::Feedback as i16, Kind::Capture as i16);
        match ask {
            Ask::Walk { chain, from, most } => self.select(
                "caveat_entries e WHERE e.chain = $1 AND e.seq >= $2 ORDER BY e.seq LIMIT $3",
                &[chain, &number(*from), &count(*most)],
            ),
            Ask::Decision(id) | Ask::Capture(id) => self.select(
                "caveat_entries e WHERE e.decision = $1 AND e.decision <> '' AND (e.kind = $2 OR e.kind NOT IN (1, 3))
                 ORDER BY e.at_ms DESC, e.seq DESC",
                &[id, if matches!(ask, Ask::Capture(_)) { &capture } else { &decision }],
            ),
            Ask::OfCard(card) => self.select(
                &format!("{JOINED} WHERE c.card = $1 AND c.kind = $2 ORDER BY e.at_ms DESC, e.seq DESC LIMIT {OF_CARD_MAX}"),
                &[card, &decision],
            ),
            Ask::OfPatient { patient, since_ms, most } => self.select(
                "caveat_entries e WHERE e.patient = $1 AND e.patient <> '' AND e.at_ms >= $2
                     AND (e.kind = $3 OR e.kind NOT IN (1, 3))
                 ORDER BY e.at_ms DESC, e.seq DESC LIMIT $4",
                &[patient, since_ms, &decision, &count(*most)],
            ),
            Ask::FeedbackOn(cards) => self.select(
                &format!("{JOINED} WHERE c.card = ANY($1) AND c.kind = $2 ORDER BY e.at_ms, e.chain, e.seq"),
                &[cards, &feedback],
            ),
            Ask::Last(most) => self.select(
                "caveat_entries e WHERE e.kind = $1 ORDER BY e.at_ms DESC, e.seq DESC LIMIT $2",
                &[&decision, &count(*most)],
            ),
            Ask::Feedback(from, to) | Ask::Decisions(from, to) => self.select(
                "caveat_entries e WHERE e.kind = $1 AND e.at_ms >= $2 AND e.at_ms < $3 ORDER BY e.at_ms, e.seq",
                &[if matches!(ask, Ask::Feedback(..)) { &feedback } else { &decision }, from, to],
            ),
            Ask::Answered(from, to) => self.select(
                &format!(
                    "{JOINED} WHERE c.kind = $1 AND c.card IN
                     (SELECT card FROM caveat_cards WHERE kind = $2 AND at_ms >= $3 AND at_ms < $4) ORDER BY e.at_ms, e.seq"
                ),
                &[&decision, &feedback, from, to],
            ),
        }
    }

    fn chains(&mut self) -> Result<Vec<ChainFacts>, StoreTrouble> {
        let PostgresStore { client, runtime } = self;
        let query = "SELECT chain, head, hash, (extract(epoch FROM now() - beat) * 1000)::bigint, stopped
            FROM caveat_chains ORDER BY chain";
        let facts = |row: &Row| -> Result<ChainFacts, Error> {
            let hash: Vec<u8> = row.try_get(2)?;
            let head = Link { seq: unsigned(row.try_get(1)?), hash: hash.try_into().unwrap_or_default() };
            Ok(ChainFacts { chain: row.try_get(0)?, head, silent_ms: Some(row.try_get(3)?), stopped: row.try_get(4)? })
        };
        let rows = within(runtime, client.query(query, &[]))?;
        rows.iter().map(facts).collect::<Result<_, _>>().map_err(told)
    }

    fn old_stretch(&mut self, chain: &str, before_ms: i64) -> Result<Option<Link>, StoreTrouble> {
        let PostgresStore { client, runtime } = self;
        let query = "SELECT seq, hash FROM caveat_entries WHERE chain = $1 AND seq <
            coalesce((SELECT seq FROM caveat_entries WHERE chain = $1 AND at_ms >= $2 ORDER BY seq LIMIT 1), 0)
            ORDER BY seq DESC LIMIT 1";
        let found = within(runtime, client.query_opt(query, &[&chain, &before_ms]))?;
        let link = |row: Row| -> Result<Link, Error> {
            let hash: Vec<u8> = row.try_get(1)?;
            Ok(Link { seq: unsigned(row.try_get(0)?), hash: hash.try_into().unwrap_or_default() })
        };
        found.map(link).transpose().map_err(told)
    }

    fn marks(&mut self, chain: &str, from: u64, to: u64) -> Result<BTreeMap<u64, Marks>, StoreTrouble> {
        let PostgresStore { client, runtime } = self;
        let query = "SELECT e.seq, e.decision, e.patient,
                array(SELECT card FROM caveat_cards c WHERE c.chain = e.chain AND c.seq = e.seq ORDER BY card COLLATE \"C\")
            FROM caveat_entries e WHERE e.chain = $1 AND e.seq BETWEEN $2 AND $3";
        let rows = within(runtime, client.query(query, &[&chain, &number(from), &number(to)]))?;
        let marks = |row: &Row| -> Result<(u64, Marks), Error> {
            let marks = Marks { decision: row.try_get(1)?, patient: row.try_get(2)?, cards: row.try_get(3)? };
            Ok((unsigned(row.try_get(0)?), marks))
        };
        rows.iter().map(marks).collect::<Result<_, _>>().map_err(told)
    }

    fn forget(&mut self, chain: &str, through: u64) -> Result<u64, StoreTrouble> {
        let PostgresStore { client, runtime } = self;
        let through = number(through);
        within(runtime, async {
            let work = client.transaction().await?;
            work.execute("DELETE FROM caveat_cards WHERE chain = $1 AND seq <= $2", &[&chain, &through]).await?;
            let gone =
                work.execute("DELETE FROM caveat_entries WHERE chain = $1 AND seq <= $2", &[&chain, &through]).await?;
            // A chain of which nothing is left is no chain any more.
            work.execute("DELETE FROM caveat_chains WHERE chain = $1 AND head <= $2", &[&chain, &through]).await?;
            work.commit().await?;
            Ok(gone)
        })
    }

    fn beat(&mut self, chain: &str, stopping: bool) -> Result<(), StoreTrouble> {
        let PostgresStore { client, runtime } = self;
        let beat = "UPDATE caveat_chains SET beat = now(), stopped = $2 WHERE chain = $1";
        within(runtime, client.execute(beat, &[&chain, &stopping])).map(|_| ())
    }
}

/// Entries column by column, as one statement takes them.
#[derive(Default)]
struct Rows<'a> {
    chain: Vec<&'a str>,
    seq: Vec<i64>,
    prev: Vec<&'a [u8]>,
    hash: Vec<&'a [u8]>,
    kind: Vec<i16>,
    clock_back: Vec<bool>,
    at_ms: Vec<i64>,
    payload: Vec<&'a [u8]>,
    decision: Vec<String>,
    patient: Vec<String>,
    cards: Cards<'a>,
}

#[derive(Default)]
struct Cards<'a> {
    card: Vec<String>,
    kind: Vec<i16>,
    chain: Vec<&'a str>,
    seq: Vec<i64>,
    at_ms: Vec<i64>,
}

impl<'a> Rows<'a> {
    fn of(entries: &'a [Entry]) -> Rows<'a> {
        let mut rows = Rows::default();
        for e in entries {
            let marks = marks(e);
            rows.chain.push(&e.chain);
            rows.seq.push(number(e.seq));
            rows.prev.push(&e.prev);
            rows.hash.push(&e.hash);
            rows.kind.push(e.kind as i16);
            rows.clock_back.push(e.clock_back);
            rows.at_ms.push(e.at_ms);
            rows.payload.push(&e.payload);
            rows.decision.push(marks.decision);
            rows.patient.push(marks.patient);
            for card in marks.cards {
                rows.cards.card.push(card);
                rows.cards.kind.push(e.kind as i16);
                rows.cards.chain.push(&e.chain);
                rows.cards.seq.push(number(e.seq));
                rows.cards.at_ms.push(e.at_ms);
            }
        }
        rows
    }
}

/// Waits for the database, but not for ever.
fn within<T>(runtime: &Runtime, work: impl Future<Output = Result<T, Error>>) -> Result<T, StoreTrouble> {
    match runtime.block_on(async { tokio::time::timeout(ANSWER, work).await }) {
        Ok(done) => done.map_err(told),
        Err(_) => Err(StoreTrouble::Away(String::from("PostgreSQL does not answer"))),
    }
}

/// TLS with the machine's authorities.
fn tls() -> Result<MakeRustlsConnect, StoreTrouble> {
    let mut roots = rustls::RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = config.map_err(|e| StoreTrouble::Away(format!("TLS to PostgreSQL: {e}")))?;
    Ok(MakeRustlsConnect::new(config.with_root_certificates(roots).with_no_client_auth()))
}

/// Whether this version knows the form of the tables.
fn known(found: Option<i64>) -> Result<(), StoreTrouble> {
    match found {
        Some(found) if found > FORM => Err(StoreTrouble::Newer { found, known: FORM }),
        _ => Ok(()),
    }
}

/// Reads a row of [`COLUMNS`]. What somebody altered beyond reading gets a hash that is wrong.
fn entry(row: &Row) -> Result<Entry, Error> {
    let bytes = |column: usize| row.try_get::<_, Vec<u8>>(column).unwrap_or_default();
    let kind = row.try_get::<_, i16>(4).ok().and_then(|kind| u8::try_from(kind).ok()).and_then(Kind::of);
    Ok(Entry {
        chain: row.try_get(0)?,
        seq: unsigned(row.try_get(1)?),
        prev: bytes(2).try_into().unwrap_or_default(),
        kind: kind.unwrap_or(Kind::Genesis),
        clock_back: row.try_get(5).unwrap_or_default(),
        at_ms: row.try_get(6).unwrap_or_default(),
        payload: bytes(7),
        hash: kind.and_then(|_| bytes(3).try_into().ok()).unwrap_or_default(),
    })
}

/// Whether a row or table is of another form than was made: told by the server, or seen in what it sent or wanted.
fn is_of_another_type(error: &Error) -> bool {
    let forms = [
        SqlState::DATA_CORRUPTED,
        SqlState::INDEX_CORRUPTED,
        SqlState::DATATYPE_MISMATCH,
        SqlState::UNDEFINED_COLUMN,
        SqlState::UNDEFINED_FUNCTION,
    ];
    let seen = std::error::Error::source(error).is_some_and(|s| s.is::<WrongType>() || s.is::<WasNull>());
    seen || error.code().is_some_and(|code| forms.contains(code))
}

/// What PostgreSQL said, as a trouble; never the statement's values.
fn told(error: Error) -> StoreTrouble {
    if is_of_another_type(&error) {
        return StoreTrouble::Spoiled(format!(
            "a row or table in PostgreSQL is not of the form it was made in ({error})"
        ));
    }
    let why = match error.as_db_error() {
        Some(said) => format!("{} ({})", said.message(), said.code().code()),
        None => std::error::Error::source(&error).map_or_else(|| error.to_string(), |s| format!("{error}: {s}")),
    };
    StoreTrouble::Away(format!("PostgreSQL: {why}"))
}

/// PostgreSQL counts in signed numbers; no chain grows that long.
fn number(seq: u64) -> i64 {
    i64::try_from(seq).unwrap_or(i64::MAX)
}

fn unsigned(seq: i64) -> u64 {
    u64::try_from(seq).unwrap_or(0)
}

fn count(most: usize) -> i64 {
    i64::try_from(most).unwrap_or(i64::MAX)
}
