//! Settings written out: the documented default file, the page of the manual, and what is in force and where it came from.

use crate::settings::draft::{ClientDraft, Draft, GrantDraft};
use crate::settings::field::{Field, Setting};
use crate::settings::read::{Origin, Reading};
use crate::settings::table::{SETTINGS, TABLES};
use crate::settings::table_lists::{CLIENT, CLIENT_SAYS, GRANT, GRANT_SAYS};
use std::fmt::Write;

/// Remarks are broken before this column.
const COLUMNS: usize = 110;

/// The documented default file. What has no usual value stands as a remark, and so do an example client and an example grant.
pub fn reference() -> String {
    let mut out = String::from(
        "# Settings of Caveat. Every setting stands here with what it usually is; what has no usual value stands as a remark.\n\
         # `caveat config check FILE` tells every mistake at once, `caveat config show` what is in force and where it came from.\n\
         # Each setting outside the lists is also a variable: `[server] listen` is CAVEAT_SERVER__LISTEN. Lists by commas.\n",
    );
    for (table, says) in TABLES {
        let _ = writeln!(out, "\n{}[{table}]", remark(says));
        for setting in SETTINGS.iter().flat_map(|part| part.iter()).filter(|s| s.table == *table) {
            entry(&mut out, setting, &mut Draft::default(), false);
        }
    }
    let _ = writeln!(out, "\n{}# [[client]]", remark(CLIENT_SAYS));
    CLIENT.iter().for_each(|setting| entry(&mut out, setting, &mut ClientDraft::default(), true));
    let _ = writeln!(out, "\n{}# [[grant]]", remark(GRANT_SAYS));
    GRANT.iter().for_each(|setting| entry(&mut out, setting, &mut GrantDraft::default(), true));
    out
}

fn entry<T>(out: &mut String, setting: &Setting<T>, usual: &mut T, as_remark: bool) {
    out.push_str(&remark(&format!("{} ({})", setting.says, setting.field.form())));
    let value = usual_of(setting, usual);
    let hash = if as_remark || value.is_none() { "# " } else { "" };
    let value = value.unwrap_or_else(|| setting.field.example().to_owned());
    let _ = writeln!(out, "{hash}{} = {value}", setting.key);
}

/// The usual value of a setting; `None`: there is none, or it is an empty list that must not stand in a file.
fn usual_of<T>(setting: &Setting<T>, usual: &mut T) -> Option<String> {
    let value = setting.field.written(usual)?;
    if matches!(setting.field, Field::Words(..)) && value == "[]" { None } else { Some(value) }
}

/// Words as lines of remarks.
fn remark(words: &str) -> String {
    let mut lines = vec![String::from("#")];
    for word in words.split(' ') {
        let last = lines.len() - 1;
        if lines[last].len() + 1 + word.len() > COLUMNS {
            lines.push(String::from("#"));
        }
        let last = lines.len() - 1;
        lines[last].push(' ');
        lines[last].push_str(word);
    }
    lines.iter().map(|line| format!("{line}\n")).collect()
}

/// The page of the manual, in Markdown.
pub fn manual() -> String {
    let mut out = String::from(OPENING);
    for (table, says) in TABLES {
        let _ = writeln!(
            out,
            "\n## `[{table}]`\n\n{says}\n\n| setting | usual | may be | what it is |\n| --- | --- | --- | --- |"
        );
        for setting in SETTINGS.iter().flat_map(|part| part.iter()).filter(|s| s.table == *table) {
            row(&mut out, setting, &mut Draft::default());
        }
    }
    let _ = writeln!(
        out,
        "\n## `[[client]]`\n\n{CLIENT_SAYS}\n\n| setting | usual | may be | what it is |\n| --- | --- | --- | --- |"
    );
    CLIENT.iter().for_each(|setting| row(&mut out, setting, &mut ClientDraft::default()));
    let _ = writeln!(
        out,
        "\n## `[[grant]]`\n\n{GRANT_SAYS}\n\n| setting | usual | may be | what it is |\n| --- | --- | --- | --- |"
    );
    GRANT.iter().for_each(|setting| row(&mut out, setting, &mut GrantDraft::default()));
    out
}

const OPENING: &str = "# Configuration

*This page is made from the code (`UPDATE=1 cargo test --test it config` rewrites it).*

One file, environment variables, and a few options; an option beats a variable, a variable the file, the file what is usual.

```
caveat config reference > caveat.toml    # a file with every setting, explained
caveat config check caveat.toml          # every mistake at once: its line, what is wrong, what to write instead
caveat config show --config caveat.toml  # what is in force, and where each value came from; secrets are hidden
caveat serve --config caveat.toml        # or CAVEAT_CONFIG=caveat.toml
```

`caveat serve` reads the same way and does not start with a mistake. Exit codes of `config check`: 0 without mistakes (there may
be warnings), 1 with mistakes, 2 when the file could not be read.

**Variables.** `[server] listen` is `CAVEAT_SERVER__LISTEN`, `[server.tls] key` is `CAVEAT_SERVER__TLS__KEY`: the table, two
underscores, the key. Lists by commas. A variable with two underscores that sets nothing is a mistake. Clients and grants
stand in the file alone.

**Options of `caveat serve`.** `--listen` is `server.listen`, `--open-to-anyone` is `server.open_to_anyone`, `--pack` is
`knowledge.path`. `--admin-token` (or `CAVEAT_ADMIN_TOKEN`) is a grant of every role; for more than trying, write a `[[grant]]`.

**Values.** Times are texts with their unit (`\"450ms\"`, `\"5s\"`, `\"10min\"`, `\"2h\"`, `\"30d\"`), and so are sizes (`\"8MiB\"`). Paths
start from the folder of the file; in variables and options, from the working folder.

**Secrets** never stand in the file: it names the variable (`token_env`) or the file (`token_file`) that holds them, or the BLAKE3
of a token (`token_blake3`).

**Without a file** the server listens on loopback and asks no client who it is: that is for trying, and it says so at start. An
address that others can reach is refused unless at least one client is registered and TLS is set, or `open_to_anyone` is
said in so many words, for a proxy that asks for both.

**Renewed certificates** are picked up while serving (`look_every`); connections that are open stay. When the new files cannot be
used, the old certificate goes on, the log says so, and `/status` does too.
";

fn row<T>(out: &mut String, setting: &Setting<T>, usual: &mut T) {
    let value = usual_of(setting, usual).map_or_else(|| String::from("not set"), |value| format!("`{value}`"));
    let _ = writeln!(out, "| `{}` | {value} | {} | {} |", setting.key, setting.field.form(), setting.says);
}

/// What is in force and where each value came from; secrets are hidden.
pub fn show(reading: &Reading) -> String {
    let mut out = String::new();
    let mut draft = reading.draft.clone();
    for (table, _) in TABLES {
        let _ = writeln!(out, "{}[{table}]", if out.is_empty() { "" } else { "\n" });
        for setting in SETTINGS.iter().flat_map(|part| part.iter()).filter(|s| s.table == *table) {
            let from = reading.origins.get(&setting.name()).cloned().unwrap_or_default();
            let line = match usual_of(setting, &mut draft) {
                Some(value) => format!("{} = {value}", setting.key),
                None => format!("# {} is not set", setting.key),
            };
            let _ = writeln!(out, "{line:<56} # {}", origin(&from));
        }
    }
    for client in &reading.clients {
        let _ = writeln!(out, "\n[[client]]");
        listed(&mut out, CLIENT, &mut client.clone());
    }
    for grant in &reading.grants {
        let _ = writeln!(out, "\n[[grant]]");
        listed(&mut out, GRANT, &mut grant.clone());
    }
    if reading.settings.access.grants.len() > reading.grants.len() {
        let _ = writeln!(out, "\n# and a grant of every role to whoever shows the admin token");
    }
    out
}

fn listed<T>(out: &mut String, settings: &[Setting<T>], value: &mut T) {
    for setting in settings {
        if let Some(written) = usual_of(setting, value) {
            let _ = writeln!(out, "{} = {written}", setting.key);
        }
    }
}

fn origin(origin: &Origin) -> String {
    match origin {
        Origin::Usual => String::from("as usual"),
        Origin::File(line) => format!("line {line} of the file"),
        Origin::Variable(name) => name.clone(),
        Origin::Option(option) => (*option).to_owned(),
    }
}
