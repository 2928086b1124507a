//! What the fuzzers of `fuzz/` found, kept for ever: each case is named for what broke, or for what took too long.
//!
//! The large folders and calls here took minutes where work grew with the square of their size; they are quick, or this
//! table is felt.

use crate::judge::judge_response;
use caveat::clinical::time::Moment;
use caveat::commands::screen::pack_of;
use caveat::compile::build::compile;
use caveat::diagnostic::render::{REPORTED_MAX, render, render_json};
use caveat::diagnostic::report::{Diagnostic, Level, SourceFile};
use caveat::hooks::call::Hook;
use caveat::serve::answer::plainly;
use caveat::source::parse::parse;
use std::fmt::Write;
use std::sync::Arc;

fn folder(text: String) -> Vec<SourceFile> {
    let base = include_str!("../golden/compile/base.toml").to_owned();
    let file = |path: &str, text| SourceFile { path: path.to_owned(), text };
    vec![file("base.toml", base), file("rules.toml", text)]
}

fn said(files: &[SourceFile]) -> Vec<Diagnostic> {
    let (tree, mut said) = parse(files);
    said.extend(compile(&tree).1);
    said
}

fn count(said: &[Diagnostic], code: &str) -> usize {
    said.iter().filter(|d| d.code == code).count()
}

/// So many numbered repetitions of a pattern in which `#` stands for the number and `+` for the next.
fn many(n: usize, pattern: &str) -> String {
    (0..n).map(|n| pattern.replace('#', &n.to_string()).replace('+', &(n + 1).to_string())).collect()
}

#[test]
fn a_folder_in_which_every_name_is_unknown() {
    let ingredients = many(2_000, "[[ingredient]]\nname = \"drug #\"\nrxnorm = \"1#\"\n");
    let unknown = many(2_000, "\"durg #\", ");
    let files = folder(format!("{ingredients}[[class]]\nname = \"c\"\ntitle = \"c\"\ningredients = [{unknown}]\n"));
    let said = said(&files);
    assert_eq!(count(&said, "K0201"), 2_000, "each is told");
    let guessed = said.iter().filter(|d| d.help.iter().any(|h| h.starts_with("did you mean"))).count();
    assert!((50..=200).contains(&guessed), "the nearest name is looked for {guessed} times, not for ever");
}

#[test]
fn a_name_written_a_thousand_times_is_told_from_its_first_place_each_time() {
    let files = folder(many(2_000, "[[effect]]\nname = \"same\"\ntitle = \"same\"\n"));
    let said = said(&files);
    assert!(said.len() > REPORTED_MAX);
    let text = render(&said, &files, false);
    assert_eq!(text.matches("error[").count(), REPORTED_MAX);
    assert!(text.ends_with(" more; these first\n\n"), "{}", &text[text.len() - 200..]);
    let json: serde_json::Value = serde_json::from_str(&render_json(&said, &files)).unwrap();
    assert_eq!(json.as_array().unwrap().len(), said.len(), "an editor's plugin gets all of them");
    let last = json.as_array().unwrap().iter().filter_map(|d| d["labels"][0]["line"].as_u64()).max();
    assert_eq!(last, Some(2_000 * 3 - 1), "lines are counted to the end of the file");
}

#[test]
fn an_error_behind_a_thousand_warnings_is_written_out() {
    let files = folder(String::new());
    let mut said: Vec<Diagnostic> =
        (0..REPORTED_MAX + 7).map(|n| Diagnostic::warning("K0412", format!("w{n}"))).collect();
    said.push(Diagnostic::error("K0999", "the one that matters"));
    let text = render(&said, &files, false);
    assert!(text.contains("the one that matters"));
    assert!(text.ends_with("8 warnings more; these first\n\n"), "{}", &text[text.len() - 100..]);
    said.retain(|d| d.level == Level::Error);
    assert!(!render(&said, &files, false).contains("more; these first"), "nothing is left out of few");
}

#[test]
fn classes_that_list_each_other_a_thousand_deep() {
    let chain = many(2_000, "[[class]]\nname = \"c#\"\ntitle = \"c\"\nclasses = [\"c+\"]\n");
    let last = "[[class]]\nname = \"c2000\"\ntitle = \"c\"\ningredients = [\"warfarin\"]\n";
    let said_of = |text: String| said(&folder(text));
    let whole = said_of(format!("{chain}{last}"));
    assert!(whole.iter().all(|d| d.level == Level::Warning), "the drug at the end belongs to all");
    assert_eq!(count(&said_of(chain), "K0104"), 1, "its last class is nowhere");
    let mut fan = String::new();
    for n in 0..600 {
        let below: String = (n + 1..(n + 20).min(600)).map(|m| format!("\"c{m}\", ")).collect();
        writeln!(fan, "[[class]]\nname = \"c{n}\"\ntitle = \"c\"\ningredients = [\"warfarin\"]\nclasses = [{below}]")
            .unwrap();
    }
    assert!(said_of(fan).iter().all(|d| d.level == Level::Warning));
}

#[test]
fn a_case_with_more_drugs_than_an_answer_reads() {
    let case = |n: usize| {
        let takes = many(n, "{ drug = \"ibuprofen\", id = \"m#\" }, ");
        let rule = "[[duplicate]]\nid = \"r\"\nversion = 1\ntitle = \"t\"\nseverity = \"minor\"\nsame-ingredient = true\n\
            evidence = { level = \"established\", sources = [\"x\"] }\nauthor = \"u\"\nreview = \"2027-01-01\"\n";
        format!(
            "{rule}[[duplicate.case]]\nname = \"a\"\nas-of = \"2026-01-01\"\ntakes = [{takes}]\nexpect-not = [\"r\"]\n"
        )
    };
    assert_eq!(count(&said(&folder(case(512))), "K0120"), 0);
    assert_eq!(count(&said(&folder(case(513))), "K0120"), 1);
}

/// Every pair of drafts met a rule that asks whether a third drug is taken, and each asked all of them again.
#[test]
fn a_call_with_hundreds_of_drafts_that_all_meet() {
    let pack = Arc::new(pack_of(None).unwrap());
    let coding = |code| {
        format!("{{\"coding\":[{{\"system\":\"http://www.nlm.nih.gov/research/umls/rxnorm\",\"code\":\"{code}\"}}]}}")
    };
    let draft = |n: usize| {
        let drug = coding(["855332", "310965", "7258"][n % 3]);
        format!(
            "{{\"resource\":{{\"resourceType\":\"MedicationRequest\",\"id\":\"m{n}\",\"status\":\"draft\",\"medicationCodeableConcept\":{drug}}}}}"
        )
    };
    let drafts: Vec<String> = (0..150).map(draft).collect();
    let body = format!(
        "{{\"hook\":\"order-sign\",\"context\":{{\"userId\":\"P/1\",\"patientId\":\"1\",\"draftOrders\":{{\"resourceType\":\"Bundle\",\"entry\":[{}]}}}}}}",
        drafts.join(",")
    );
    let answer = plainly(&pack, Hook::OrderSign, body.as_bytes(), Moment(1_600_000_000));
    assert_eq!(answer.status, 200);
    assert!(String::from_utf8(answer.body).unwrap().contains("warfarin"));
}

/// The type of a resource was read with a blank before it, and the order was sent back so.
#[test]
fn an_order_whose_type_has_a_blank_is_screened_and_not_sent_back() {
    let pack = Arc::new(pack_of(None).unwrap());
    let order = |kind: &str, id: &str, code: &str| {
        format!(
            r#"{{"resource":{{"resourceType":"{kind}","id":"{id}","status":"active","intent":"order","subject":{{"reference":"Patient/1"}},"medicationCodeableConcept":{{"coding":[{{"system":"http://www.nlm.nih.gov/research/umls/rxnorm","code":"{code}"}}]}}}}}}"#
        )
    };
    for (kind, sent_back) in [("MedicationRequest", true), (" MedicationRequest", false), ("MedicationRequest ", false)]
    {
        let orders = [order(kind, "i1", "197805"), order("MedicationRequest", "w1", "855332")].join(",");
        let body = format!(
            r#"{{"hook":"order-sign","context":{{"userId":"P/1","patientId":"1","draftOrders":{{"resourceType":"Bundle","entry":[{orders}]}}}}}}"#
        );
        let answer = plainly(&pack, Hook::OrderSign, body.as_bytes(), Moment(1_600_000_000));
        judge_response(Hook::OrderSign, 200, &answer.body);
        let answer = String::from_utf8(answer.body).unwrap();
        assert!(answer.contains("Ibuprofen + warfarin"), "`{kind}`: {answer}");
        assert_eq!(answer.contains(r#""id":"i1","status":"stopped""#), sent_back, "`{kind}`");
    }
}
