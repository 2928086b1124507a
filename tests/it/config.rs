//! The settings reader: every mistake told at once with its place and its cure, and the pages that are made of the one table.

use crate::server::Folder;
use caveat::diagnostic::report::SourceFile;
use caveat::settings::access::{Access, Grant, Role};
use caveat::settings::client::{Algorithm, Client, ErrorShape, Selection};
use caveat::settings::fetching::Fetching;
use caveat::settings::knowledge::Knowledge;
use caveat::settings::mistakes::CODES;
use caveat::settings::page;
use caveat::settings::read::{Origin, Reading, Said, Sources, read};
use caveat::settings::recording::{Capture, Overriding, Recording, Store};
use caveat::settings::server::{Server, Tls};
use caveat::settings::trust::Trust;
use caveat::settings::units::{size, size_words, time, time_words};
use caveat::settings::whole::Settings;
use std::path::{Path, PathBuf};
use std::time::Duration;

fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/config").join(name)
}

/// Reads a file of this text, whose paths start from the goldens' folder.
fn file(text: &str) -> Sources {
    let file = SourceFile { path: "caveat.toml".to_owned(), text: text.to_owned() };
    Sources { file: Some(file), folder: golden(""), ..Sources::default() }
}

fn with(text: &str, environment: &[(&str, &str)]) -> Sources {
    let environment = environment.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
    Sources { environment, ..file(text) }
}

/// What was told, as `S0101 message`.
fn told(reading: &Reading) -> Vec<String> {
    reading.mistakes.iter().map(|m| format!("{} {}", m.code, m.message)).collect()
}

#[track_caller]
fn same(path: &Path, found: &str) {
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(path, found).unwrap();
    }
    let expected = std::fs::read_to_string(path).unwrap_or_default();
    assert_eq!(found, expected, "{} differs (UPDATE=1 rewrites it)", path.display());
}

/// A report without the folder of this checkout in it.
fn report(reading: &Reading) -> String {
    reading.report(false).replace(env!("CARGO_MANIFEST_DIR"), "")
}

#[test]
fn a_file_with_more_than_a_dozen_mistakes_tells_them_all_with_places_and_cures() {
    let text = std::fs::read_to_string(golden("a-dozen.toml")).unwrap();
    let reading = read(&file(&text));
    assert!(reading.errors() >= 20, "{}", report(&reading));
    for mistake in &reading.mistakes {
        assert!(!mistake.labels.is_empty(), "{} has no place", mistake.message);
        assert!(!mistake.help.is_empty(), "{} has no cure", mistake.message);
    }
    same(&golden("a-dozen.txt"), &report(&reading));
}

/// Each mistake alone: its name, the file, the variables, and what is told.
type Case = (&'static str, &'static str, &'static [(&'static str, &'static str)], &'static [&'static str]);

const GOOD_CLIENT: &str =
    "[[client]]\nname = \"epic\"\niss = \"https://ehr.example\"\njwks_file = \"files/keys.json\"\n";

const CASES: &[Case] = &[
    ("syntax", "[server\nlisten = 1", &[], &["S0101"]),
    ("a_text_left_open", "[server]\nlisten = \"127.0.0.1:80\nidle_time = \"5s\"", &[], &["S0101"]),
    ("a_key_twice", "[server]\nidle_time = \"5s\"\nidle_time = \"6s\"", &[], &["S0101"]),
    ("an_unknown_table", "[servr]\n", &[], &["S0102"]),
    ("an_unknown_table_within", "[server.tsl]\n", &[], &["S0102"]),
    ("an_unknown_key", "[server]\nlissten = \"127.0.0.1:80\"", &[], &["S0103"]),
    ("a_key_before_any_table", "listen = \"127.0.0.1:80\"", &[], &["S0103"]),
    ("a_number_in_quotes", "[server]\nin_work_max = \"12\"", &[], &["S0104"]),
    ("a_time_without_unit", "[server]\nidle_time = 12", &[], &["S0104"]),
    ("a_list_of_one_client", "[client]\nname = \"epic\"", &[], &["S0104"]),
    ("a_time_with_another_unit", "[server]\nidle_time = \"12 secs\"", &[], &["S0105"]),
    ("an_address_without_port", "[server]\nlisten = \"127.0.0.1\"", &[], &["S0105"]),
    ("too_small", "[server]\nidle_time = \"1ms\"", &[], &["S0106"]),
    ("too_large", "[server]\ncall_bytes_max = \"1GiB\"", &[], &["S0106"]),
    ("less_than_nothing", "[server]\nin_work_max = -1", &[], &["S0106"]),
    ("an_unknown_word", "[recording]\nstore = \"sqlit\"", &[], &["S0107"]),
    (
        "no_signature_is_no_algorithm",
        "[[client]]\nname = \"e\"\niss = \"i\"\njwks_file = \"files/keys.json\"\nalgorithms = [\"none\", \"HS256\", \"HS384\", \"HS512\"]",
        &[],
        &["S0107", "S0107", "S0107", "S0107"],
    ),
    ("a_client_of_nothing", "[[client]]\n", &[], &["S0108", "S0108"]),
    ("a_client_without_keys", "[[client]]\nname = \"e\"\niss = \"i\"", &[], &["S0108"]),
    ("a_grant_of_nothing", "[[grant]]\n", &[], &["S0108", "S0108", "S0108"]),
    ("a_certificate_without_key", "[server.tls]\ncertificate = \"x.pem\"", &[], &["S0108"]),
    ("a_store_without_folder", "[recording]\nstore = \"sqlite\"", &[], &["S0108"]),
    ("postgres_without_anything", "[recording]\nstore = \"postgres\"", &[], &["S0108", "S0108"]),
    ("a_token_in_the_file", "[[grant]]\nname = \"o\"\nroles = [\"operator\"]\ntoken = \"x\"", &[], &["S0110"]),
    (
        "a_password_in_the_file",
        "[recording]\nstore = \"postgres\"\nfolder = \"/tmp\"\nconnection = \"host=db password=x\"",
        &[],
        &["S0110"],
    ),
    (
        "a_key_set_of_shared_secrets",
        "[[client]]\nname = \"e\"\niss = \"i\"\njwks_file = \"files/shared.json\"",
        &[],
        &["S0111"],
    ),
    (
        "a_key_set_with_a_private_key",
        "[[client]]\nname = \"e\"\niss = \"i\"\njwks_file = \"files/private.json\"",
        &[],
        &["S0111"],
    ),
    (
        "a_token_file_that_is_not_there",
        "[[grant]]\nname = \"o\"\nroles = [\"operator\"]\ntoken_file = \"files/absent\"",
        &[],
        &["S0111"],
    ),
    (
        "a_certificate_that_is_none",
        "[server.tls]\ncertificate = \"files/no-certificate.pem\"\nkey = \"files/absent.pem\"",
        &[],
        &["S0111"],
    ),
    (
        "a_variable_that_is_not_set",
        "[[grant]]\nname = \"o\"\nroles = [\"operator\"]\ntoken_env = \"OPS_TOKEN\"",
        &[],
        &["S0112"],
    ),
    (
        "a_variable_that_is_empty",
        "[[grant]]\nname = \"o\"\nroles = [\"operator\"]\ntoken_env = \"OPS_TOKEN\"",
        &[("OPS_TOKEN", "")],
        &["S0112"],
    ),
    ("keys_without_tls", "[[client]]\nname = \"e\"\niss = \"i\"\njku = [\"http://ehr.example/jwks\"]", &[], &["S0113"]),
    (
        "keys_without_tls_on_this_machine",
        "[[client]]\nname = \"e\"\niss = \"i\"\njku = [\"http://127.0.0.1:1/jwks\"]",
        &[],
        &["S0119"],
    ),
    (
        "keys_without_tls_said_in_so_many_words",
        "[[client]]\nname = \"e\"\niss = \"i\"\njku = [\"http://ehr.example/jwks\"]\njku_plain_http = true",
        &[],
        &["S0119"],
    ),
    (
        "plain_keys_allowed_for_nobody",
        "[[client]]\nname = \"e\"\niss = \"i\"\njku = [\"https://ehr.example/jwks\"]\njku_plain_http = true",
        &[],
        &["S0115"],
    ),
    (
        "an_authority_of_key_servers_that_is_none",
        "[trust]\nkey_server_authority = \"files/no-certificate.pem\"",
        &[],
        &["S0111"],
    ),
    (
        "an_authority_of_fhir_servers_that_is_none",
        "[fetching]\nfhir_server_authority = \"files/no-certificate.pem\"",
        &[],
        &["S0111"],
    ),
    ("a_proxy_that_is_no_address", "[server]\nproxies = [\"10.0.0.7\", \"10.0.0.0/8\"]", &[], &["S0113"]),
    (
        "a_password_in_an_address",
        "[[client]]\nname = \"e\"\niss = \"i\"\njku = [\"https://a:b@ehr.example/jwks\"]",
        &[],
        &["S0113"],
    ),
    ("a_slash_at_the_end", "[server]\npublic_url = \"https://cds.example/\"", &[], &["S0113"]),
    (
        "client_certificates_wanted_without_authority",
        "[server.tls]\nclient_certificate_required = true",
        &[],
        &["S0114"],
    ),
    ("a_certificate_nobody_asks_for", "[[client]]\nname = \"e\"\ncertificate = \"e.example\"", &[], &["S0114"]),
    ("a_batch_beyond_the_queue", "[recording]\nqueue_max = 64\nbatch_max = 65", &[], &["S0114"]),
    (
        "a_grant_of_two_tokens",
        "[[grant]]\nname = \"o\"\nroles = [\"operator\"]\ntoken_env = \"T\"\ntoken_blake3 = \"0000000000000000000000000000000000000000000000000000000000000000\"",
        &[("T", "0123456789abcdef")],
        &["S0114"],
    ),
    (
        "fetching_off_and_a_fhir_server",
        "[fetching]\non = false\n[[client]]\nname = \"e\"\niss = \"i\"\njwks_file = \"files/keys.json\"\nfhir_servers = [\"https://fhir.example/r4\"]",
        &[],
        &["S0115"],
    ),
    (
        "a_private_fhir_server",
        "[[client]]\nname = \"e\"\niss = \"i\"\njwks_file = \"files/keys.json\"\nfhir_servers = [\"https://10.0.0.7/r4\"]",
        &[],
        &["S0115"],
    ),
    (
        "a_folder_of_rules_where_packs_are_signed",
        "[knowledge]\npath = \"files\"\nsigners = [\"00000000000000000000000000000000000000000000000000000000000000ff\"]",
        &[],
        &["S0114"],
    ),
    ("a_folder_of_rules_where_nobody_signs", "[knowledge]\npath = \"files\"", &[], &[]),
    ("an_age_of_signatures_where_nobody_signs", "[knowledge]\nsignature_age_max = \"90d\"", &[], &["S0115"]),
    (
        "an_age_of_signatures_without_unit",
        "[knowledge]\nsignature_age_max = 90\nsigners = [\"00000000000000000000000000000000000000000000000000000000000000ff\"]",
        &[],
        &["S0104"],
    ),
    ("a_folder_for_memory", "[recording]\nfolder = \"/tmp\"", &[], &["S0115"]),
    ("a_public_address", "[server]\nlisten = \"0.0.0.0:8080\"", &[], &["S0116", "S0119"]),
    ("a_variable_with_a_slip", "", &[("CAVEAT_SERVER__LISTN", "127.0.0.1:80")], &["S0117"]),
    ("a_variable_with_one_underscore", "", &[("CAVEAT_SERVER_LISTEN", "127.0.0.1:80")], &["S0117"]),
    ("a_variable_of_the_orchestrator", "", &[("CAVEAT_PORT_8080_TCP", "tcp://10.0.0.1:8080")], &[]),
    ("a_mistake_in_a_variable", "", &[("CAVEAT_SERVER__IDLE_TIME", "5")], &["S0105"]),
    (
        "a_token_that_could_be_guessed",
        "[[grant]]\nname = \"o\"\nroles = [\"operator\"]\ntoken_file = \"files/short-token\"",
        &[],
        &["S0118"],
    ),
    (
        "a_fhir_server_in_the_clear",
        "[[client]]\nname = \"e\"\niss = \"i\"\njwks_file = \"files/keys.json\"\nfhir_servers = [\"http://fhir.example/r4\"]",
        &[],
        &["S0119"],
    ),
];

#[test]
fn every_mistake_alone_is_told_alone() {
    let (mut all, mut wrong) = (String::new(), Vec::new());
    for (name, text, environment, codes) in CASES {
        let reading = read(&with(text, environment));
        let found: Vec<&str> = reading.mistakes.iter().map(|m| m.code).collect();
        let mut sorted = found.clone();
        sorted.sort_unstable();
        if sorted != *codes {
            wrong.push(format!("case `{name}`: {found:?}\n{}", report(&reading)));
        }
        all.push_str(&format!("== {name}\n\n{}", report(&reading)));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    same(&golden("each-alone.txt"), &all);
}

#[test]
fn two_that_must_differ_are_told_with_both_places() {
    let twice = format!("{GOOD_CLIENT}{GOOD_CLIENT}");
    assert_eq!(
        told(&read(&file(&twice))),
        ["S0109 the name of a client stands twice", "S0109 `iss` of a client stands twice"]
    );
    let tenants = |a: &str, b: &str| {
        format!(
            "{GOOD_CLIENT}tenants = [\"{a}\"]\n{}tenants = [\"{b}\"]\n",
            GOOD_CLIENT.replace("\"epic\"", "\"other\"")
        )
    };
    assert_eq!(told(&read(&file(&tenants("north", "south")))), [""; 0], "tenants tell them apart");
    assert_eq!(read(&file(&tenants("north", "north"))).errors(), 1);
    let grant = "[[grant]]\nname = \"a\"\nroles = [\"operator\"]\ntoken_env = \"T\"\n";
    let grants = format!("{grant}{}", grant.replace("\"a\"", "\"b\""));
    let reading = read(&with(&grants, &[("T", "0123456789abcdef")]));
    assert_eq!(told(&reading), ["S0109 the token of a grant stands twice"]);
}

#[test]
fn every_code_is_provoked_here() {
    let goldens: String =
        ["a-dozen.txt", "each-alone.txt"].iter().map(|n| std::fs::read_to_string(golden(n)).unwrap()).collect();
    let told = |code: &str| goldens.contains(code) || matches!(code, "S0109" | "S0120");
    let never: Vec<&&str> = CODES.iter().filter(|code| !told(code)).collect();
    assert!(never.is_empty(), "{never:?}");
    let large = read(&file(&"#".repeat((1 << 20) + 1)));
    assert_eq!(told_codes(&large), ["S0120"]);
}

fn told_codes(reading: &Reading) -> Vec<&'static str> {
    reading.mistakes.iter().map(|m| m.code).collect()
}

#[test]
fn the_reference_reads_without_a_word_and_sets_what_is_usual() {
    let reading = read(&file(&page::reference()));
    assert_eq!(told(&reading), [""; 0], "{}", report(&reading));
    assert_eq!(reading.settings, Settings::default());
    assert_eq!(read(&Sources::default()).settings, Settings::default());
}

#[test]
fn the_reference_reads_with_its_remarks_taken_away_too() {
    let mut text = String::new();
    for line in page::reference().lines() {
        let bare = line.strip_prefix("# ").unwrap_or(line);
        let is_setting = bare
            .split_once(" = ")
            .is_some_and(|(key, _)| key.chars().all(|c| c.is_ascii_lowercase() || c == '_' || c.is_ascii_digit()));
        if is_setting || bare.starts_with('[') {
            text.push_str(bare);
            text.push('\n');
        }
    }
    let reading = read(&file(&text));
    for mistake in &reading.mistakes {
        let known = ["S0101", "S0102", "S0103", "S0104", "S0105", "S0106", "S0107"];
        assert!(!known.contains(&mistake.code), "{}", report(&reading));
    }
}

#[test]
fn the_page_of_the_manual_is_made_of_the_table() {
    same(&Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/configuration.md"), &page::manual());
}

/// Every field of every part must stand in the table: a field added to a part and forgotten here does not compile.
#[test]
fn every_field_stands_in_the_manual() {
    let manual = page::manual();
    let keys = [server_keys(), client_keys(), part_keys()].concat();
    let lost: Vec<&&str> = keys.iter().filter(|key| !manual.contains(&format!("| `{key}` |"))).collect();
    assert!(lost.is_empty(), "{lost:?} stand in no table");
}

macro_rules! keys {
    ($of:ident { $($field:ident),* $(,)? }) => {{
        let _ = |part: $of| { let $of { $($field: _),* } = part; };
        [$(stringify!($field)),*].to_vec()
    }};
}

fn server_keys() -> Vec<&'static str> {
    let server = keys!(Server {
        listen,
        public_url,
        open_to_anyone,
        tls,
        head_time,
        body_time,
        idle_time,
        connections_max,
        address_connections_max,
        proxies,
        in_work_max,
        call_bytes_max,
        feedback_bytes_max,
        pack_bytes_max,
        leave_time,
        drain_time,
    });
    let tls = keys!(Tls { certificate, key, client_authority, client_certificate_required, look_every });
    [server, tls].concat().into_iter().filter(|key| *key != "tls").collect()
}

fn client_keys() -> Vec<&'static str> {
    keys!(Client {
        name,
        iss,
        jku,
        jku_plain_http,
        jwks_file,
        audiences,
        algorithms,
        leeway,
        tenants,
        token_for_discovery,
        certificate,
        fhir_servers,
        fhir_servers_private,
        deadline,
        selection,
        cards_max,
        errors,
        per_second_max,
        quiet_repeats,
    })
}

fn part_keys() -> Vec<&'static str> {
    let fetching = keys!(Fetching {
        on,
        fhir_server_authority,
        request_time,
        late_calls_max,
        late_answers_max,
        late_answers_time,
        parallel_max,
        pages_max,
        response_bytes_max,
        call_bytes_max,
        late_time
    });
    let recording =
        keys!(Recording { store, instance, pseudonym_key_file, queue_max, batch_max, keep, capture, staleness_max });
    let capture = keys!(Capture { key_file });
    let overriding = keys!(Overriding { on, monitoring_reasons, obligation_time });
    let trust = keys!(Trust {
        token_bytes_max,
        token_life_max,
        remembered_max,
        keys_every,
        keys_again_after,
        keys_stale_max,
        keys_time,
        keys_bytes_max,
        key_files_every,
        key_server_authority,
    });
    let knowledge = keys!(Knowledge { path, pull, pull_every, signers, signature_age_max });
    let all = [fetching, recording, capture, overriding, knowledge, trust].concat();
    all.into_iter().filter(|key| *key != "capture").collect()
}

#[test]
fn a_whole_file_becomes_settings() {
    let folder = Folder::new("whole-settings");
    folder.write("token", "0123456789abcdef0123\n");
    let text = r#"
[server]
listen = "127.0.0.1:9000"
idle_time = "2min"
call_bytes_max = "16MiB"

[recording]
store = "postgres"
folder = "journal"
connection_env = "DB"

[overriding]
monitoring_reasons = ["a", "b"]

[knowledge]
signers = ["00000000000000000000000000000000000000000000000000000000000000ff"]

[[client]]
name = "epic"
iss = "https://ehr.example"
jku = ["https://ehr.example/jwks"]
algorithms = ["RS384", "EdDSA"]
deadline = "800ms"
selection = "at-most-one"
errors = "message"
cards_max = 3
per_second_max = 50

[[grant]]
name = "ops"
roles = ["operator", "auditor"]
token_file = "token"
"#;
    let sources = Sources {
        environment: vec![("DB".to_owned(), "host=db password=x".to_owned())],
        folder: folder.path().to_owned(),
        ..file(text)
    };
    let reading = read(&sources);
    assert_eq!(told(&reading), [""; 0], "{}", report(&reading));
    let settings = reading.settings;
    assert_eq!(settings.server.listen, "127.0.0.1:9000".parse().unwrap());
    assert_eq!((settings.server.idle_time, settings.server.call_bytes_max), (Duration::from_secs(120), 16 << 20));
    let store = Store::Postgres { connection: "host=db password=x".to_owned(), folder: folder.path().join("journal") };
    assert_eq!(settings.recording.store, store);
    assert_eq!(settings.overriding.monitoring_reasons, ["a", "b"]);
    assert_eq!(settings.knowledge.signers[0][31], 255);
    let client = Client {
        name: "epic".to_owned(),
        iss: "https://ehr.example".to_owned(),
        jku: vec!["https://ehr.example/jwks".to_owned()],
        algorithms: vec![Algorithm::Rs384, Algorithm::EdDsa],
        deadline: Duration::from_millis(800),
        selection: Selection::AtMostOne,
        errors: ErrorShape::Message,
        cards_max: Some(3),
        per_second_max: Some(50),
        ..Client::default()
    };
    assert_eq!(*settings.clients[0], client);
    let token = Some(*blake3::hash(b"0123456789abcdef0123").as_bytes());
    let roles = vec![Role::Operator, Role::Auditor];
    let grants = vec![Grant { name: "ops".to_owned(), roles, token, certificate: None }];
    assert_eq!(settings.access, Access { grants });
}

#[test]
fn an_option_beats_a_variable_and_a_variable_the_file() {
    let text = "[server]\nlisten = \"127.0.0.1:1\"\nidle_time = \"2s\"\nhead_time = \"2s\"\n";
    let variables = [("CAVEAT_SERVER__LISTEN", "127.0.0.1:2"), ("CAVEAT_SERVER__IDLE_TIME", "3s")];
    let said = Said { option: "--listen", setting: "server.listen", value: "127.0.0.1:3".to_owned() };
    let reading = read(&Sources { options: vec![said], ..with(text, &variables) });
    let server = &reading.settings.server;
    assert_eq!(server.listen, "127.0.0.1:3".parse().unwrap());
    assert_eq!((server.idle_time, server.head_time), (Duration::from_secs(3), Duration::from_secs(2)));
    let origin = |name: &str| reading.origins.get(name).cloned().unwrap_or_default();
    assert_eq!(origin("server.listen"), Origin::Option("--listen"));
    assert_eq!(origin("server.idle_time"), Origin::Variable("CAVEAT_SERVER__IDLE_TIME".to_owned()));
    assert_eq!(origin("server.head_time"), Origin::File(4));
    assert_eq!(origin("server.body_time"), Origin::Usual);
}

#[test]
fn no_secret_is_shown_anywhere() {
    let text = "[recording]\nstore = \"postgres\"\nfolder = \"/tmp\"\n[[grant]]\nname = \"o\"\nroles = [\"operator\"]\ntoken_env = \"T\"\n";
    let variables = [
        ("T", "a-secret-of-the-operator"),
        ("CAVEAT_RECORDING__CONNECTION", "host=db password=another-secret"),
        ("CAVEAT_RECORDING__CONECTION", "host=db password=a-third-secret"),
    ];
    let sources = Sources { admin_token: Some("the-secret-of-admin".to_owned()), ..with(text, &variables) };
    let reading = read(&sources);
    assert_eq!(told_codes(&reading), ["S0117"]);
    let shown = format!("{}{}", page::show(&reading), reading.report(false));
    assert!(!shown.contains("secret"), "{shown}");
    let clear = read(&file("[[grant]]\nname = \"o\"\nroles = [\"operator\"]\ntoken = \"the secret\"\n")).report(false);
    assert!(clear.contains("token = \"**********\"") && !clear.contains("the secret"), "{clear}");
    assert!(shown.contains("token_env = \"T\"") && shown.contains("(hidden)"), "{shown}");
}

#[test]
fn a_guessable_admin_token_is_refused_where_others_can_reach_the_server() {
    let codes = |listen: &str, token: &str| {
        let text = format!("[server]\nlisten = \"{listen}\"\nopen_to_anyone = true\n");
        let reading = read(&Sources { admin_token: Some(token.to_owned()), ..file(&text) });
        told_codes(&reading).contains(&"S0118")
    };
    assert!(codes("0.0.0.0:8080", "fifteen-letters"));
    assert!(!codes("0.0.0.0:8080", "sixteen-letters-"));
    assert!(!codes("127.0.0.1:8080", "x"), "for trying on one's own machine");
}

#[test]
fn a_file_made_to_break_the_reader_is_told_as_a_mistake() {
    let deep = |open: &str, n: usize| format!("[server]\nlisten = {}", open.repeat(n));
    let tables = format!("[{}]\nb = 1", ["a"; 100_000].join("."));
    for text in [deep("[", 100_000), deep("{a=", 100_000), tables, "\u{0}\u{feff}[[[".to_owned()] {
        assert!(read(&file(&text)).errors() > 0);
    }
}

#[test]
fn times_and_sizes_read_back_as_written() {
    for text in ["1ms", "450ms", "5s", "90s", "10min", "2h", "30d", "0ms"] {
        assert_eq!(time_words(time(text).unwrap()), text);
    }
    for text in ["1B", "100B", "64KiB", "8MiB", "1GiB", "1025B"] {
        assert_eq!(size_words(size(text).unwrap()), text);
    }
    for text in ["", "5", "s", "-5s", "5.5s", "5 s s", "99999999999999999999s", "18446744073709551615d", "5S", "5m"] {
        assert_eq!(time(text), None, "{text}");
    }
    for text in ["", "8", "8MB", "8mib", "18446744073709551615GiB"] {
        assert_eq!(size(text), None, "{text}");
    }
}

/// Which address may be served with which trust: (address, clients, TLS, said so) and whether it starts.
const BINDINGS: &[(&str, bool, bool, bool, bool)] = &[
    ("127.0.0.1:8080", false, false, false, true),
    ("127.9.9.9:8080", false, false, false, true),
    ("[::1]:8080", false, false, false, true),
    ("0.0.0.0:8080", false, false, false, false),
    ("[::]:8080", false, false, false, false),
    ("[::ffff:127.0.0.1]:8080", false, false, false, false),
    ("192.168.1.7:8080", false, false, false, false),
    ("0.0.0.0:8080", true, false, false, false),
    ("0.0.0.0:8080", false, true, false, false),
    ("0.0.0.0:8080", true, true, false, true),
    ("0.0.0.0:8080", false, false, true, true),
    ("0.0.0.0:8080", true, false, true, true),
];

#[test]
fn a_public_address_is_refused_without_clients_and_tls_unless_said_in_so_many_words() {
    let folder = Folder::new("bindings");
    let pair = rcgen::generate_simple_self_signed(vec!["cds.example".to_owned()]).unwrap();
    folder.write("cert.pem", &pair.cert.pem());
    folder.write("key.pem", &pair.signing_key.serialize_pem());
    folder.write("keys.json", &std::fs::read_to_string(golden("files/keys.json")).unwrap());
    for (address, clients, tls, said, starts) in BINDINGS {
        let mut text = format!("[server]\nlisten = \"{address}\"\nopen_to_anyone = {said}\n");
        if *tls {
            text.push_str("[server.tls]\ncertificate = \"cert.pem\"\nkey = \"key.pem\"\n");
        }
        if *clients {
            text.push_str(&GOOD_CLIENT.replace("files/", ""));
        }
        let reading = read(&Sources { folder: folder.path().to_owned(), ..file(&text) });
        assert_eq!(reading.errors() == 0, *starts, "{address} {clients} {tls} {said}: {}", report(&reading));
        let refused = told_codes(&reading).contains(&"S0116");
        assert_eq!(refused, !*starts, "{address}: {}", report(&reading));
        if refused {
            let cures = report(&reading);
            assert!(cures.contains("--open-to-anyone") && cures.contains("[[client]]") && cures.contains("127.0.0.1"));
        }
    }
}
