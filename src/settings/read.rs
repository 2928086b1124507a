//! Settings read from a file, from environment variables and from options, with every mistake found on the way.
//!
//! An option beats a variable, a variable the file, the file what is usual. What is beaten is read all the same: a mistake in it
//! is told.

use crate::diagnostic::render::render;
use crate::diagnostic::report::{Diagnostic, FileId, Level, SourceFile, Span};
use crate::settings::draft::{ClientDraft, Draft, GrantDraft};
use crate::settings::field::Setting;
use crate::settings::finish::finish;
use crate::settings::given::{Given, Raw, span};
use crate::settings::mistakes;
use crate::settings::table::{SETTINGS, TABLES};
use crate::settings::table_lists::{CLIENT, GRANT};
use crate::settings::take::take;
use crate::settings::whole::Settings;
use std::collections::BTreeMap;
use std::path::PathBuf;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// The largest settings file read, in bytes.
pub const FILE_BYTES_MAX: usize = 1 << 20;
/// The most clients, and the most grants.
pub const LIST_MAX: usize = 1_000;

const FILE: FileId = FileId(0);
const ENVIRONMENT: FileId = FileId(1);
const OPTIONS: FileId = FileId(2);

/// Where settings come from.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// The settings file as read; `None`: there is none.
    pub file: Option<SourceFile>,
    /// The folder that relative paths in the file start from.
    pub folder: PathBuf,
    /// Environment variables; those that begin with `CAVEAT_` are looked at, and those that settings name.
    pub environment: Vec<(String, String)>,
    /// What options said.
    pub options: Vec<Said>,
    /// A token that allows everything, from `--admin-token` or its variable.
    pub admin_token: Option<String>,
}

/// What an option said.
#[derive(Clone, Debug)]
pub struct Said {
    /// The option, such as `--listen`.
    pub option: &'static str,
    /// The setting, such as `server.listen`.
    pub setting: &'static str,
    /// Its value.
    pub value: String,
}

/// Where the value of a setting came from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Origin {
    /// Nobody said anything: it is what is usual.
    #[default]
    Usual,
    /// The file, at this line.
    File(usize),
    /// This variable.
    Variable(String),
    /// This option.
    Option(&'static str),
}

/// What was read.
#[derive(Debug)]
pub struct Reading {
    /// The settings. With any mistake of level `Error` they are not to be used.
    pub settings: Settings,
    /// The same, laid flat.
    pub draft: Draft,
    /// The clients, laid flat.
    pub clients: Vec<ClientDraft>,
    /// The grants, laid flat.
    pub grants: Vec<GrantDraft>,
    /// Where each setting came from that somebody set, by its name; those of clients and grants are not among them.
    pub origins: BTreeMap<String, Origin>,
    /// Every mistake and warning.
    pub mistakes: Vec<Diagnostic>,
    /// What the spans of mistakes point into: the file, the variables, the options.
    pub files: Vec<SourceFile>,
}

impl Reading {
    /// How many errors; warnings do not count.
    pub fn errors(&self) -> usize {
        self.mistakes.iter().filter(|m| m.level == Level::Error).count()
    }

    /// Every mistake as text.
    pub fn report(&self, color: bool) -> String {
        render(&self.mistakes, &self.files, color)
    }
}

/// A table while it is read: its values, where it begins, and where each key's value stands.
#[derive(Debug, Default)]
pub struct Placed<T> {
    /// The values.
    pub value: T,
    /// Where it begins.
    pub header: Span,
    /// Where each key's value stands that was written, be it right or wrong.
    pub places: BTreeMap<String, Span>,
}

impl<T> Placed<T> {
    /// Whether a key was written.
    pub fn has(&self, key: &str) -> bool {
        self.places.contains_key(key)
    }

    /// Where a key's value stands; where the table begins when it was not written.
    pub fn at(&self, key: &str) -> Span {
        self.places.get(key).copied().unwrap_or(self.header)
    }
}

/// Everything while it is read.
#[derive(Debug, Default)]
pub struct Work {
    /// What stands outside the lists, by full name.
    pub draft: Placed<Draft>,
    /// The clients.
    pub clients: Vec<Placed<ClientDraft>>,
    /// The grants.
    pub grants: Vec<Placed<GrantDraft>>,
    /// Mistakes.
    pub mistakes: Vec<Diagnostic>,
    /// Whether a syntax error may have taken something away: then nothing is said to be missing.
    pub partial: bool,
    origins: BTreeMap<String, Origin>,
}

/// Reads settings.
pub fn read(sources: &Sources) -> Reading {
    let none = || SourceFile { path: String::from("settings"), text: String::new() };
    let file = sources.file.clone().unwrap_or_else(none);
    let mut work = Work::default();
    read_file(&mut work, &file, &sources.folder);
    let environment = read_environment(&mut work, sources);
    let options = read_options(&mut work, &sources.options);
    let settings = finish(&mut work, sources);
    let mut file = file;
    for mistake in &mut work.mistakes {
        if mistake.code == mistakes::SECRET
            && let Some((place, _)) = mistake.labels.first()
        {
            mask(&mut file.text, *place);
        }
        // What nobody wrote has no place: a line of the file that has nothing to do with it would only mislead.
        mistake.labels.retain(|(place, _)| *place != Span::default());
    }
    Reading {
        settings,
        draft: work.draft.value,
        clients: work.clients.into_iter().map(|c| c.value).collect(),
        grants: work.grants.into_iter().map(|g| g.value).collect(),
        origins: work.origins,
        mistakes: work.mistakes,
        files: vec![file, environment, options],
    }
}

/// Stars instead of a secret, so that no report shows it. Texts keep their length, so that every place stays right.
fn mask(text: &mut String, place: Span) {
    let (start, end) = (place.start as usize + 1, (place.end as usize).saturating_sub(1));
    if let Some(secret) = text.get(start..end).filter(|_| place.file == FILE) {
        let stars: String = secret.bytes().map(|b| if b == b'\n' { '\n' } else { '*' }).collect();
        text.replace_range(start..end, &stars);
    }
}

/// The setting of this table and key.
fn setting(table: &str, key: &str) -> Option<&'static Setting<Draft>> {
    SETTINGS.iter().flat_map(|part| part.iter()).find(|s| s.table == table && s.key == key)
}

fn read_file(work: &mut Work, file: &SourceFile, folder: &std::path::Path) {
    if file.text.len() > FILE_BYTES_MAX {
        work.mistakes.push(mistakes::no_text(Span::default(), "the settings file is larger than 1 MiB"));
        work.partial = true;
        return;
    }
    let (root, errors) = DeTable::parse_recoverable(&file.text);
    for error in &errors {
        let place = span(FILE, error.span().unwrap_or(0..0));
        work.mistakes.push(mistakes::syntax(place, error.message()));
        work.partial = true;
    }
    let mut page = Page { work, text: &file.text, folder };
    for (key, value) in root.get_ref().iter() {
        page.root(key, value);
    }
}

/// The file while it is read.
struct Page<'a> {
    work: &'a mut Work,
    text: &'a str,
    folder: &'a std::path::Path,
}

impl Page<'_> {
    fn root(&mut self, key: &Spanned<std::borrow::Cow<'_, str>>, value: &Spanned<DeValue<'_>>) {
        let word: &str = key.get_ref();
        let place = span(FILE, key.span());
        match (word, value.get_ref()) {
            ("client", _) => {
                let clients = self.list("client", value, CLIENT);
                self.work.clients.extend(clients);
            }
            ("grant", _) => {
                let grants = self.list("grant", value, GRANT);
                self.work.grants.extend(grants);
            }
            (_, DeValue::Table(table)) if TABLES.iter().any(|(name, _)| *name == word) => self.table(word, table),
            // Beside a syntax error this is its echo: a header that was not closed takes what follows for its own.
            _ if self.work.partial => {}
            (_, DeValue::Table(_) | DeValue::Array(_)) => {
                let mut names: Vec<&str> = TABLES.iter().map(|(name, _)| *name).collect();
                names.extend(["client", "grant"]);
                self.work.mistakes.push(mistakes::unknown_table(place, word, &names));
            }
            _ => {
                let home = SETTINGS.iter().flat_map(|part| part.iter()).find(|s| s.key == word);
                let keys: Vec<&str> = TABLES.iter().map(|(name, _)| *name).collect();
                let mistake = mistakes::unknown_key(place, word, "the file, before any table", &keys);
                let help = home.map(|s| format!("it stands in `[{}]`: write it below that header", s.table));
                self.work.mistakes.push(match help {
                    Some(help) => Diagnostic { help: vec![help], ..mistake },
                    None => mistake,
                });
            }
        }
    }

    /// One table outside the lists, and those within it.
    fn table(&mut self, name: &str, table: &DeTable<'_>) {
        for (key, value) in table.iter() {
            let word: &str = key.get_ref();
            let full = format!("{name}.{word}");
            if let Some(setting) = setting(name, word) {
                let given = Given::of_toml(FILE, value);
                let line = 1 + self.text.get(..value.span().start).unwrap_or("").matches('\n').count();
                put(self.work, setting, &given, self.folder, Origin::File(line));
                continue;
            }
            let place = span(FILE, key.span());
            match value.get_ref() {
                DeValue::Table(inner) if TABLES.iter().any(|(name, _)| *name == full) => self.table(&full, inner),
                DeValue::Table(_) => {
                    let names: Vec<&str> = TABLES.iter().map(|(name, _)| *name).collect();
                    self.work.mistakes.push(mistakes::unknown_table(place, &full, &names));
                }
                _ => {
                    let here = SETTINGS.iter().flat_map(|part| part.iter()).filter(|s| s.table == name);
                    let keys: Vec<&str> = here.map(|s| s.key).collect();
                    self.work.mistakes.push(mistakes::unknown_key(place, word, name, &keys));
                }
            }
        }
    }

    /// All tables of a list.
    fn list<T: Default>(
        &mut self,
        name: &'static str,
        value: &Spanned<DeValue<'_>>,
        settings: &[Setting<T>],
    ) -> Vec<Placed<T>> {
        let DeValue::Array(items) = value.get_ref() else {
            let kind = Given::of_toml(FILE, value);
            let cure = format!("`[[{name}]]`, two brackets on each side, and its settings below");
            self.work.mistakes.push(mistakes::wrong_kind(kind.span, name, kind.raw.kind(), "a list of tables", &cure));
            return Vec::new();
        };
        if items.len() > LIST_MAX {
            let place = span(FILE, items[LIST_MAX].span());
            let most = LIST_MAX.to_string();
            self.work.mistakes.push(mistakes::out_of_limits(place, name, false, "0", &most));
        }
        items.iter().take(LIST_MAX).filter_map(|item| self.item(name, item, settings)).collect()
    }

    fn item<T: Default>(
        &mut self,
        name: &'static str,
        item: &Spanned<DeValue<'_>>,
        settings: &[Setting<T>],
    ) -> Option<Placed<T>> {
        let header = span(FILE, item.span());
        let DeValue::Table(table) = item.get_ref() else {
            let found = Given::of_toml(FILE, item).raw.kind();
            self.work.mistakes.push(mistakes::wrong_kind(header, name, found, "a table", &format!("`[[{name}]]`")));
            return None;
        };
        let mut placed = Placed { value: T::default(), header, places: BTreeMap::new() };
        for (key, value) in table.iter() {
            let word: &str = key.get_ref();
            let given = Given::of_toml(FILE, value);
            if let Some(setting) = settings.iter().find(|s| s.key == word) {
                placed.places.insert(word.to_owned(), given.span);
                if let Err(wrong) = take(setting, &mut placed.value, &given, self.folder) {
                    self.work.mistakes.extend(wrong);
                }
            } else if matches!(word, "token" | "password" | "secret") {
                let cure = "name the variable or file that holds it: `token_env = \"NAME\"` or `token_file = \"...\"`";
                placed.places.insert(String::from("token"), given.span);
                self.work.mistakes.push(mistakes::secret(given.span, "a token", cure));
            } else {
                let keys: Vec<&str> = settings.iter().map(|s| s.key).collect();
                let mistake = mistakes::unknown_key(span(FILE, key.span()), word, name, &keys);
                self.work.mistakes.push(mistake);
            }
        }
        Some(placed)
    }
}

/// Takes a value into its place, and keeps where it came from.
fn put(work: &mut Work, setting: &Setting<Draft>, given: &Given, base: &std::path::Path, origin: Origin) {
    let name = setting.name();
    work.draft.places.insert(name.clone(), given.span);
    match take(setting, &mut work.draft.value, given, base) {
        Ok(()) => {
            work.origins.insert(name, origin);
        }
        Err(wrong) => work.mistakes.extend(wrong),
    }
}

/// Variables that are no settings and yet ours.
const OTHER_VARIABLES: &[&str] = &["CAVEAT_CONFIG", "CAVEAT_ADMIN_TOKEN", "CAVEAT_LOG"];

fn read_environment(work: &mut Work, sources: &Sources) -> SourceFile {
    let all: Vec<(&'static Setting<Draft>, String)> =
        SETTINGS.iter().flat_map(|part| part.iter()).map(|s| (s, s.variable())).collect();
    let mut ours: Vec<&(String, String)> =
        sources.environment.iter().filter(|(name, value)| name.starts_with("CAVEAT_") && !value.is_empty()).collect();
    ours.sort();
    let named: Vec<String> = (work.grants.iter().filter_map(|g| g.value.token_env.clone()))
        .chain(work.draft.value.connection_env.clone())
        .collect();
    let mut text = String::new();
    for (name, value) in ours {
        if OTHER_VARIABLES.contains(&name.as_str()) || named.contains(name) {
            continue;
        }
        let found = all.iter().find(|(_, variable)| variable == name);
        let slip = all.iter().any(|(_, variable)| variable.replace("__", "_") == *name);
        if found.is_none() && !slip && !name.contains("__") {
            continue;
        }
        let start = text.len();
        let hidden = found.is_none_or(|(s, _)| matches!(s.field, crate::settings::field::Field::Secret(..)));
        let shown: String = value.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        text.push_str(&format!("{name}={}\n", if hidden { "(hidden)" } else { &shown }));
        let value_at = span(ENVIRONMENT, start + name.len() + 1..text.len() - 1);
        match found {
            Some((setting, _)) => {
                let given = Given { raw: Raw::Word(value.clone()), span: value_at };
                put(work, setting, &given, std::path::Path::new(""), Origin::Variable(name.clone()));
            }
            None => {
                let names: Vec<String> = all.iter().map(|(_, variable)| variable.clone()).collect();
                let place = span(ENVIRONMENT, start..start + name.len());
                work.mistakes.push(mistakes::unknown_variable(place, name, &names));
            }
        }
    }
    SourceFile { path: String::from("environment"), text }
}

fn read_options(work: &mut Work, options: &[Said]) -> SourceFile {
    let mut text = String::new();
    for said in options {
        let start = text.len();
        text.push_str(&format!("{} {}\n", said.option, said.value));
        let place = span(OPTIONS, start + said.option.len() + 1..text.len() - 1);
        let given = Given { raw: Raw::Word(said.value.clone()), span: place };
        if let Some((table, key)) = said.setting.rsplit_once('.')
            && let Some(setting) = setting(table, key)
        {
            put(work, setting, &given, std::path::Path::new(""), Origin::Option(said.option));
        }
    }
    SourceFile { path: String::from("command line"), text }
}
