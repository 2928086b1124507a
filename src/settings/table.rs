//! Every setting outside the lists, in the order of the documented file: the one place that says what there is.

use crate::settings::draft::{Draft, STORES};
use crate::settings::field::{Field, Setting};
use crate::settings::shapes::{CONNECTION, HEX_32, IP, NAME, PUBLIC_URL, PULL, VARIABLE};
use std::time::Duration;

const KIB: usize = 1 << 10;
const MIB: usize = 1 << 20;
const GIB: usize = 1 << 30;

const fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

const fn days(n: u64) -> Duration {
    Duration::from_secs(n * 86_400)
}

/// The tables in order, with what each is for.
pub const TABLES: &[(&str, &str)] = &[
    ("server", "Where the server listens, and how much it takes."),
    (
        "server.tls",
        "TLS 1.2 and 1.3. Renewed files are picked up without dropping a connection; a bad renewal keeps the old one.",
    ),
    ("trust", "How clients' tokens are checked and their keys are kept; bounds that hold for every client."),
    ("fetching", "How data that a client did not send is fetched from its FHIR server."),
    ("recording", "Where decisions are recorded."),
    (
        "recording.capture",
        "Whole requests, encrypted, so that `caveat replay` can repeat an answer. Off without a key.",
    ),
    ("overriding", "How overrides are remembered."),
    ("knowledge", "Where packs come from, and whose signature they must bear."),
];

/// Every setting outside `[[client]]` and `[[grant]]`.
pub static SETTINGS: &[&[Setting<Draft>]] = &[SERVER, TLS, TRUST, FETCHING, RECORDING, OVERRIDING, KNOWLEDGE];

static SERVER: &[Setting<Draft>] = &[
    Setting {
        table: "server",
        key: "listen",
        says: "Address and port. One that is not loopback is refused without clients and TLS, unless `open_to_anyone` is said.",
        field: Field::Address(|d| &mut d.settings.server.listen),
    },
    Setting {
        table: "server",
        key: "public_url",
        says: "The address clients know it by; the audience of a token is compared with it. Not set: scheme and `Host` of the request.",
        field: Field::MaybeText(|d| &mut d.settings.server.public_url, PUBLIC_URL),
    },
    Setting {
        table: "server",
        key: "open_to_anyone",
        says: "Says in so many words that a public address may be served without clients or TLS, for instance behind a proxy that asks for both.",
        field: Field::Flag(|d| &mut d.settings.server.open_to_anyone),
    },
    Setting {
        table: "server",
        key: "head_time",
        says: "How long a client may take to send the head of a request, and to shake hands over TLS; then it is hung up on.",
        field: Field::Time(|d| &mut d.settings.server.head_time, [ms(100), ms(60_000)]),
    },
    Setting {
        table: "server",
        key: "body_time",
        says: "How long a client may take to send the rest of it; then it is answered 408.",
        field: Field::Time(|d| &mut d.settings.server.body_time, [ms(100), ms(600_000)]),
    },
    Setting {
        table: "server",
        key: "idle_time",
        says: "How long a connection may stay idle.",
        field: Field::Time(|d| &mut d.settings.server.idle_time, [ms(1_000), ms(3_600_000)]),
    },
    Setting {
        table: "server",
        key: "connections_max",
        says: "Connections open at once; more are closed at once and counted. Each needs a file descriptor.",
        field: Field::Count(|d| &mut d.settings.server.connections_max, [1, 1_000_000]),
    },
    Setting {
        table: "server",
        key: "address_connections_max",
        says: "Connections open at once from one address (of IPv6, from one /64); more are closed at once and counted, so that one machine cannot take all. Enough for a proxy in front; one that needs more stands in `proxies`.",
        field: Field::Count(|d| &mut d.settings.server.address_connections_max, [1, 1_000_000]),
    },
    Setting {
        table: "server",
        key: "proxies",
        says: "Addresses of proxies in front, for which `address_connections_max` does not hold. Nothing else follows from it: no forwarding header is believed.",
        field: Field::Texts(|d| &mut d.proxies, IP),
    },
    Setting {
        table: "server",
        key: "in_work_max",
        says: "Hook calls and feedback in work at once; more are answered 503 at once, with `Retry-After`, and counted. Bounds the memory that bodies take: this many times `call_bytes_max`.",
        field: Field::Count(|d| &mut d.settings.server.in_work_max, [1, 100_000]),
    },
    Setting {
        table: "server",
        key: "call_bytes_max",
        says: "The largest hook call read; a larger one is answered 413.",
        field: Field::Size(|d| &mut d.settings.server.call_bytes_max, [64 * KIB, 256 * MIB]),
    },
    Setting {
        table: "server",
        key: "feedback_bytes_max",
        says: "The largest feedback body read.",
        field: Field::Size(|d| &mut d.settings.server.feedback_bytes_max, [4 * KIB, 64 * MIB]),
    },
    Setting {
        table: "server",
        key: "pack_bytes_max",
        says: "The largest pack taken by an admin call.",
        field: Field::Size(|d| &mut d.settings.server.pack_bytes_max, [MIB, 4 * GIB]),
    },
    Setting {
        table: "server",
        key: "leave_time",
        says: "How long after a signal to stop new connections are still taken while `/readyz` already says no: the time a load balancer needs to notice.",
        field: Field::Time(|d| &mut d.settings.server.leave_time, [ms(0), ms(300_000)]),
    },
    Setting {
        table: "server",
        key: "drain_time",
        says: "How long open requests may take to end after that.",
        field: Field::Time(|d| &mut d.settings.server.drain_time, [ms(100), ms(600_000)]),
    },
];

static TLS: &[Setting<Draft>] = &[
    Setting {
        table: "server.tls",
        key: "certificate",
        says: "The certificate and what leads to its authority, PEM, its own first. With `key` switches TLS on.",
        field: Field::MaybePath(|d| &mut d.certificate),
    },
    Setting { table: "server.tls", key: "key", says: "Its private key, PEM.", field: Field::MaybePath(|d| &mut d.key) },
    Setting {
        table: "server.tls",
        key: "client_authority",
        says: "The authority that signs clients' certificates, PEM. Not set: no client certificate is asked for.",
        field: Field::MaybePath(|d| &mut d.client_authority),
    },
    Setting {
        table: "server.tls",
        key: "client_certificate_required",
        says: "Whether a client without a certificate is turned away at once. Health checks then need one too.",
        field: Field::Flag(|d| &mut d.client_certificate_required),
    },
    Setting {
        table: "server.tls",
        key: "look_every",
        says: "How often the files are looked at for a renewed certificate.",
        field: Field::Time(|d| &mut d.look_every, [ms(100), days(1)]),
    },
];

static TRUST: &[Setting<Draft>] = &[
    Setting {
        table: "trust",
        key: "token_bytes_max",
        says: "The longest token read; a longer one is refused unread.",
        field: Field::Size(|d| &mut d.settings.trust.token_bytes_max, [KIB, MIB]),
    },
    Setting {
        table: "trust",
        key: "token_life_max",
        says: "How long a token may live, from `iat` to `exp`; a client's leeway is added.",
        field: Field::Time(|d| &mut d.settings.trust.token_life_max, [ms(10_000), days(1)]),
    },
    Setting {
        table: "trust",
        key: "remembered_max",
        says: "Tokens remembered for each issuer, so that none works twice; when so many are alive, further ones are refused.",
        field: Field::Count(|d| &mut d.settings.trust.remembered_max, [1_000, 100_000_000]),
    },
    Setting {
        table: "trust",
        key: "keys_every",
        says: "How often a key server is asked for its set.",
        field: Field::Time(|d| &mut d.settings.trust.keys_every, [ms(1_000), days(1)]),
    },
    Setting {
        table: "trust",
        key: "keys_again_after",
        says: "How long after a key server was asked it may be asked again because a token named a key that is not known.",
        field: Field::Time(|d| &mut d.settings.trust.keys_again_after, [ms(100), ms(3_600_000)]),
    },
    Setting {
        table: "trust",
        key: "keys_stale_max",
        says: "How long known keys are used while their server cannot be reached.",
        field: Field::Time(|d| &mut d.settings.trust.keys_stale_max, [ms(60_000), days(30)]),
    },
    Setting {
        table: "trust",
        key: "keys_time",
        says: "How long a key server may take.",
        field: Field::Time(|d| &mut d.settings.trust.keys_time, [ms(50), ms(60_000)]),
    },
    Setting {
        table: "trust",
        key: "keys_bytes_max",
        says: "The largest key set read.",
        field: Field::Size(|d| &mut d.settings.trust.keys_bytes_max, [4 * KIB, 16 * MIB]),
    },
    Setting {
        table: "trust",
        key: "key_files_every",
        says: "How often a file with a key set is looked at.",
        field: Field::Time(|d| &mut d.settings.trust.key_files_every, [ms(100), days(1)]),
    },
    Setting {
        table: "trust",
        key: "key_server_authority",
        says: "A PEM file with authorities that may sign key servers' certificates, besides those the machine trusts.",
        field: Field::MaybePath(|d| &mut d.settings.trust.key_server_authority),
    },
];

static FETCHING: &[Setting<Draft>] = &[
    Setting {
        table: "fetching",
        key: "on",
        says: "Whether anything is fetched at all.",
        field: Field::Flag(|d| &mut d.settings.fetching.on),
    },
    Setting {
        table: "fetching",
        key: "fhir_server_authority",
        says: "A PEM file with authorities that may sign FHIR servers' certificates, besides those the machine trusts.",
        field: Field::MaybePath(|d| &mut d.settings.fetching.fhir_server_authority),
    },
    Setting {
        table: "fetching",
        key: "request_time",
        says: "How long one request to a FHIR server may take, the reading of its answer included.",
        field: Field::Time(|d| &mut d.settings.fetching.request_time, [ms(50), ms(60_000)]),
    },
    Setting {
        table: "fetching",
        key: "parallel_max",
        says: "Requests to a FHIR server at once, for one call.",
        field: Field::Count(|d| &mut d.settings.fetching.parallel_max, [1, 64]),
    },
    Setting {
        table: "fetching",
        key: "pages_max",
        says: "Pages followed of one search; what lies beyond is a gap.",
        field: Field::Count(|d| &mut d.settings.fetching.pages_max, [1, 1_000]),
    },
    Setting {
        table: "fetching",
        key: "response_bytes_max",
        says: "The largest single response read.",
        field: Field::Size(|d| &mut d.settings.fetching.response_bytes_max, [16 * KIB, 256 * MIB]),
    },
    Setting {
        table: "fetching",
        key: "call_bytes_max",
        says: "All responses for one call together.",
        field: Field::Size(|d| &mut d.settings.fetching.call_bytes_max, [16 * KIB, GIB]),
    },
    Setting {
        table: "fetching",
        key: "late_time",
        says: "How long, after an answer went out with gaps, the rest may still be fetched, so that the pharmacy side can have the whole answer.",
        field: Field::Time(|d| &mut d.settings.fetching.late_time, [ms(0), ms(600_000)]),
    },
    Setting {
        table: "fetching",
        key: "late_calls_max",
        says: "Calls whose rest is fetched so at once; of further ones nothing is fetched after the answer.",
        field: Field::Count(|d| &mut d.settings.fetching.late_calls_max, [0, 100_000]),
    },
    Setting {
        table: "fetching",
        key: "late_answers_max",
        says: "Whole answers kept for the pharmacy side; the oldest goes first.",
        field: Field::Count(|d| &mut d.settings.fetching.late_answers_max, [0, 1_000_000]),
    },
    Setting {
        table: "fetching",
        key: "late_answers_time",
        says: "How long a whole answer is kept for the pharmacy side.",
        field: Field::Time(|d| &mut d.settings.fetching.late_answers_time, [ms(0), days(7)]),
    },
];

static RECORDING: &[Setting<Draft>] = &[
    Setting {
        table: "recording",
        key: "store",
        says: "Where: `memory` forgets at the end of the process, `sqlite` keeps in a folder, `postgres` is shared by several instances.",
        field: Field::Word(|d| &mut d.store, STORES),
    },
    Setting {
        table: "recording",
        key: "folder",
        says: "The folder of the SQLite store, or of the journal beside PostgreSQL. Needed for both.",
        field: Field::MaybePath(|d| &mut d.folder),
    },
    Setting {
        table: "recording",
        key: "connection",
        says: "The connection to PostgreSQL, without a password. With one: name the variable or file that holds it.",
        field: Field::Secret(|d| &mut d.connection, CONNECTION),
    },
    Setting {
        table: "recording",
        key: "connection_env",
        says: "The variable that holds the connection.",
        field: Field::MaybeText(|d| &mut d.connection_env, VARIABLE),
    },
    Setting {
        table: "recording",
        key: "connection_file",
        says: "The file that holds the connection.",
        field: Field::MaybePath(|d| &mut d.connection_file),
    },
    Setting {
        table: "recording",
        key: "instance",
        says: "The name of this instance among several that share a store; each has a chain of its own.",
        field: Field::Text(|d| &mut d.settings.recording.instance, NAME),
    },
    Setting {
        table: "recording",
        key: "pseudonym_key_file",
        says: "A file with the key of pseudonyms, 32 bytes or more. Not set: one is made at start and kept beside the store.",
        field: Field::MaybePath(|d| &mut d.settings.recording.pseudonym_key_file),
    },
    Setting {
        table: "recording",
        key: "queue_max",
        says: "Decisions waiting to be written; further ones are counted as lost, and said so.",
        field: Field::Count(|d| &mut d.settings.recording.queue_max, [64, 10_000_000]),
    },
    Setting {
        table: "recording",
        key: "batch_max",
        says: "Decisions written in one transaction.",
        field: Field::Count(|d| &mut d.settings.recording.batch_max, [1, 65_536]),
    },
    Setting {
        table: "recording",
        key: "keep",
        says: "How long a record is kept; longer where an override in effect or an open promise rests on it.",
        field: Field::Time(|d| &mut d.settings.recording.keep, [days(1), days(36_500)]),
    },
    Setting {
        table: "recording",
        key: "staleness_max",
        says: "How old what is known of other instances' overrides may be at most.",
        field: Field::Time(|d| &mut d.settings.recording.staleness_max, [ms(100), ms(3_600_000)]),
    },
    Setting {
        table: "recording.capture",
        key: "key_file",
        says: "A file with the key that captured requests are encrypted by: 64 hexadecimal digits. Not set: nothing is captured.",
        field: Field::MaybePath(|d| &mut d.capture_key_file),
    },
];

static OVERRIDING: &[Setting<Draft>] = &[
    Setting {
        table: "overriding",
        key: "on",
        says: "Whether an override quiets the same finding.",
        field: Field::Flag(|d| &mut d.settings.overriding.on),
    },
    Setting {
        table: "overriding",
        key: "monitoring_reasons",
        says: "Codes of override reasons that promise monitoring: such an override becomes an obligation.",
        field: Field::Texts(|d| &mut d.settings.overriding.monitoring_reasons, NAME),
    },
    Setting {
        table: "overriding",
        key: "obligation_time",
        says: "How long a promised check may take before later calls list it as open.",
        field: Field::Time(|d| &mut d.settings.overriding.obligation_time, [ms(3_600_000), days(365)]),
    },
];

static KNOWLEDGE: &[Setting<Draft>] = &[
    Setting {
        table: "knowledge",
        key: "path",
        says: "A pack file to serve and to watch, or a rules folder compiled once at start. Not set: the built-in knowledge.",
        field: Field::MaybePath(|d| &mut d.settings.knowledge.path),
    },
    Setting {
        table: "knowledge",
        key: "pull",
        says: "An address to pull packs from.",
        field: Field::MaybeText(|d| &mut d.settings.knowledge.pull, PULL),
    },
    Setting {
        table: "knowledge",
        key: "pull_every",
        says: "How often it is asked, by ETag.",
        field: Field::Time(|d| &mut d.settings.knowledge.pull_every, [ms(1_000), days(1)]),
    },
    Setting {
        table: "knowledge",
        key: "signers",
        says: "Ed25519 public keys, one of which must have signed a pack that is not built in, and not before the one in service. Empty: unsigned packs are taken, and older ones.",
        field: Field::Texts(|d| &mut d.signers, HEX_32),
    },
    Setting {
        table: "knowledge",
        key: "signature_age_max",
        says: "How long ago the pack in service may have been signed. An older one stays in service, and `/readyz`, `/status` and a metric say that newer ones do not arrive. Not set: any time.",
        field: Field::MaybeTime(|d| &mut d.settings.knowledge.signature_age_max, [ms(3_600_000), days(3_650)]),
    },
];
