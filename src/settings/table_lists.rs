//! The settings of `[[client]]` and `[[grant]]`, one table to each client and each grant.

use crate::settings::draft::{ALGORITHMS, ClientDraft, ERRORS, GrantDraft, ROLES, SELECTIONS};
use crate::settings::field::{Field, Setting};
use crate::settings::shapes::{ANY, FHIR_BASE, HEX_32, KEY_SET, NAME, SUBJECT, VARIABLE};
use std::time::Duration;

const fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

/// What a client is.
pub const CLIENT_SAYS: &str =
    "A registered client; one table to each. Without any, whoever reaches the address is answered.";
/// What a grant is.
pub const GRANT_SAYS: &str = "Roles of whoever shows a token or a client certificate; one table to each. Without any, every admin and read call is closed.";

/// Every setting of a client.
pub static CLIENT: &[Setting<ClientDraft>] = &[
    Setting {
        table: "client",
        key: "name",
        says: "Our name for it: stands in logs and records. Needed.",
        field: Field::Text(|d| &mut d.client.name, NAME),
    },
    Setting {
        table: "client",
        key: "iss",
        says: "`iss` of its tokens. Needed, unless it is known by `certificate` alone.",
        field: Field::Text(|d| &mut d.client.iss, ANY),
    },
    Setting {
        table: "client",
        key: "jku",
        says: "Key set addresses that its tokens may name; the first is asked when a token names none.",
        field: Field::Texts(|d| &mut d.client.jku, KEY_SET),
    },
    Setting {
        table: "client",
        key: "jku_plain_http",
        says: "Whether such an address may be plain `http`; without it only at a loopback address.",
        field: Field::Flag(|d| &mut d.client.jku_plain_http),
    },
    Setting {
        table: "client",
        key: "jwks_file",
        says: "A file with its JWK set, for clients without a key server.",
        field: Field::MaybePath(|d| &mut d.client.jwks_file),
    },
    Setting {
        table: "client",
        key: "audiences",
        says: "Audiences accepted instead of the address of the endpoint: some sites type in one of their own.",
        field: Field::Texts(|d| &mut d.client.audiences, ANY),
    },
    Setting {
        table: "client",
        key: "algorithms",
        says: "Signature algorithms accepted. `none` and those with a shared secret are never accepted.",
        field: Field::Words(|d| &mut d.algorithms, ALGORITHMS),
    },
    Setting {
        table: "client",
        key: "leeway",
        says: "How far its clock may be off.",
        field: Field::Time(|d| &mut d.client.leeway, [ms(0), ms(600_000)]),
    },
    Setting {
        table: "client",
        key: "tenants",
        says: "Tenants accepted; empty: any, or none named.",
        field: Field::Texts(|d| &mut d.client.tenants, ANY),
    },
    Setting {
        table: "client",
        key: "token_for_discovery",
        says: "Whether discovery wants a token too.",
        field: Field::Flag(|d| &mut d.client.token_for_discovery),
    },
    Setting {
        table: "client",
        key: "certificate",
        says: "Subject name of the client certificate with which it may omit a token: the common name, or the first DNS name where there is none.",
        field: Field::MaybeText(|d| &mut d.client.certificate, SUBJECT),
    },
    Setting {
        table: "client",
        key: "fhir_servers",
        says: "Bases of the FHIR servers that data may be fetched from.",
        field: Field::Texts(|d| &mut d.client.fhir_servers, FHIR_BASE),
    },
    Setting {
        table: "client",
        key: "fhir_servers_private",
        says: "Whether such a base may lie at a loopback, link-local or private address.",
        field: Field::Flag(|d| &mut d.client.fhir_servers_private),
    },
    Setting {
        table: "client",
        key: "deadline",
        says: "How long a whole call may take, fetching included; then the answer goes out with gaps. After the client has given up, an answer is silence.",
        field: Field::Time(|d| &mut d.client.deadline, [ms(50), ms(30_000)]),
    },
    Setting {
        table: "client",
        key: "selection",
        says: "`selectionBehavior` of its cards.",
        field: Field::Word(|d| &mut d.selection, SELECTIONS),
    },
    Setting {
        table: "client",
        key: "cards_max",
        says: "The most cards it shows; further findings stand in the extension. Not set: all.",
        field: Field::MaybeCount(|d| &mut d.client.cards_max, [1, 100]),
    },
    Setting {
        table: "client",
        key: "errors",
        says: "The shape of error bodies: a FHIR OperationOutcome, or `{\"message\": \"...\"}`.",
        field: Field::Word(|d| &mut d.errors, ERRORS),
    },
    Setting {
        table: "client",
        key: "per_second_max",
        says: "Requests a second, on average; more are answered 429, with `Retry-After`, and counted. Not set: no limit of its own.",
        field: Field::MaybeCount(|d| &mut d.per_second_max, [1, 1_000_000]),
    },
    Setting {
        table: "client",
        key: "quiet_repeats",
        says: "Whether order-sign leaves out cards that order-select has just shown for the same orders (PDDI-CDS).",
        field: Field::Flag(|d| &mut d.client.quiet_repeats),
    },
];

/// Every setting of a grant.
pub static GRANT: &[Setting<GrantDraft>] = &[
    Setting {
        table: "grant",
        key: "name",
        says: "Whose it is: stands in the log of admin calls. Needed.",
        field: Field::Text(|d| &mut d.name, NAME),
    },
    Setting {
        table: "grant",
        key: "roles",
        says: "What it allows: `editor` puts packs into service; `pharmacist` screens and reads a patient's findings, overrides and obligations; `auditor` reads and exports records; `operator` reads metrics and status, and drains. Needed.",
        field: Field::Words(|d| &mut d.roles, ROLES),
    },
    Setting {
        table: "grant",
        key: "token_env",
        says: "The variable that holds its bearer token.",
        field: Field::MaybeText(|d| &mut d.token_env, VARIABLE),
    },
    Setting {
        table: "grant",
        key: "token_file",
        says: "The file that holds its bearer token.",
        field: Field::MaybePath(|d| &mut d.token_file),
    },
    Setting {
        table: "grant",
        key: "token_blake3",
        says: "BLAKE3 of its bearer token: `printf %s TOKEN | b3sum`.",
        field: Field::MaybeText(|d| &mut d.token_blake3, HEX_32),
    },
    Setting {
        table: "grant",
        key: "certificate",
        says: "Subject name of the client certificate that shows it.",
        field: Field::MaybeText(|d| &mut d.certificate, SUBJECT),
    },
];
