//! Laws of what is written: whatever words a request holds, the answer is JSON that the judge passes.

use crate::cards_desk::{bleeding, call, gap, screening};
use crate::judge::response_complaints;
use caveat::clinical::chart::Entry;
use caveat::engine::finding::GapKind;
use caveat::hooks::call::Hook;
use caveat::hooks::cards;
use caveat::hooks::json::Json;
use proptest::prelude::*;

/// Words as a hostile or careless client sends them.
fn words() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "",
        " ",
        "a",
        "Warfarin 5 MG",
        "**",
        "`",
        "<b>",
        "</p>",
        "&amp;",
        "\\",
        "\"",
        "\n",
        "\t",
        "\u{0}",
        "\u{7f}",
        "\u{202e}",
        "\u{200b}",
        "é",
        "漢字",
        "🦀",
        "http://x.example",
        "www.x.example",
        "]( ",
        "![",
        "|",
        "# ",
        "1. ",
        "- ",
        "~~",
        "null",
        "{}",
        "[]",
        "\u{a0}",
        "0123456789012345678901234567890123456789",
    ]);
    prop::collection::vec(pieces, 0..12).prop_map(|p| p.concat())
}

fn hook() -> impl Strategy<Value = Hook> {
    prop::sample::select(Hook::ALL.to_vec())
}

fn kind() -> impl Strategy<Value = GapKind> {
    prop::sample::select(GapKind::ALL.to_vec())
}

proptest! {
    /// What is quoted is read back as it was.
    #[test]
    fn text_is_read_back(text in any::<String>(), more in words()) {
        let text = format!("x{text}{more}");
        let mut json = Json::default();
        json.object(|json| json.text_at("a", &text));
        let root: serde_json::Value = serde_json::from_slice(&json.into_bytes()).unwrap();
        prop_assert_eq!(root["a"].as_str(), Some(text.as_str()));
    }

    /// Whatever is written in the chart, the answer passes the judge.
    #[test]
    fn hostile_words_pass_the_judge(
        hook in hook(), drug in words(), reference in words(), allergy in words(), driver in words(),
        instance in words(), gaps in prop::collection::vec((kind(), words(), any::<bool>(), 0u32..4), 0..6),
    ) {
        let mut call = call(hook);
        call.instance = instance;
        call.chart.medications[0].drug.concept.text = Some(drug.as_str().into());
        call.chart.medications[1].reference = reference.as_str().into();
        call.chart.medications[1].drug.concept.codes.clear();
        call.chart.medications[1].drug.concept.text = None;
        call.chart.allergies[0].substance.text = Some(allergy.as_str().into());
        let mut finding = bleeding();
        finding.drivers.push(driver);
        let entry = |n: u32| if n == 3 { Entry::Allergy(0) } else { Entry::Medication(n) };
        let gaps = gaps.into_iter().map(|(kind, words, on_card, n)| gap(entry(n), kind, &words, on_card)).collect();
        let body = cards::write(&call, &screening(vec![finding], gaps));
        let said = response_complaints(hook, 200, &body);
        prop_assert!(said.is_empty(), "{:?}\n{}", said, String::from_utf8_lossy(&body));
    }
}
