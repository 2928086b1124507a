//! The whole response to a hook call: cards, worst first, and the extension that says what was checked and what was not.

use crate::clinical::remembered::Remembered;
use crate::clinical::severity::{Audience, Loudness};
use crate::engine::finding::{Finding, Screening};
use crate::hooks::call::{Call, Hook};
use crate::hooks::cards_identity::{Namer, TOPIC_SYSTEM, topic, topic_of};
use crate::hooks::cards_overview::{
    GAP_CARDS_MAX, gap_card, gaps_on_cards, is_anything_unchecked, review_card, unchecked_card,
};
use crate::hooks::cards_reasons::{indicator, reasons_member};
use crate::hooks::cards_suggestions;
use crate::hooks::cards_words::{detail, reference_of, summary};
use crate::hooks::extension;
use crate::hooks::json::Json;
use crate::hooks::manner::Manner;
use crate::settings::client::Client;
use hashbrown::HashMap;
use smallvec::SmallVec;
use uuid::Uuid;

/// An answer, and which findings stand on which of its cards.
#[derive(Debug)]
pub struct Answer {
    /// The response, as JSON.
    pub body: Vec<u8>,
    /// In the order of the cards.
    pub shown: Vec<Shown>,
}

/// A finding on a card, for the record: what feedback about the card will be about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shown {
    /// The card.
    pub card: Uuid,
    /// Its place among the findings of the screening.
    pub finding: usize,
}

/// Writes the response to a call.
pub fn write(call: &Call<'_>, screening: &Screening<'_>) -> Vec<u8> {
    let (client, remembered) = (Client::default(), Remembered::default());
    answer(call, screening, &Manner { decision: "", client: &client, remembered: &remembered }).body
}

/// Writes the response to a call, and says which findings stand on which card.
pub fn answer(call: &Call<'_>, screening: &Screening<'_>, manner: &Manner<'_>) -> Answer {
    let mut page = Page {
        call,
        screening,
        namer: Namer::new(call),
        on_card: vec![None; screening.findings.len()],
        shown: Vec::with_capacity(screening.findings.len()),
        text: String::with_capacity(2048),
        line: String::with_capacity(256),
        label: format!("Caveat medication safety, pack {} {}", screening.pack.name, screening.pack.version),
    };
    let bytes = 4096 * (1 + screening.findings.len()) + 256 * (screening.gaps.len() + screening.checked.rows.len());
    let mut json = Json::with_capacity(bytes);
    json.object(|json| {
        json.array_even_empty_at("cards", |json| page.cards(json));
        extension::screening(json, call, screening, &page.on_card, manner.decision);
    });
    Answer { body: json.into_bytes(), shown: page.shown }
}

/// A response in the making: the call, the screening, and room to compose words in.
struct Page<'c, 's, 'p> {
    call: &'c Call<'c>,
    screening: &'s Screening<'p>,
    namer: Namer,
    on_card: Vec<Option<Uuid>>,
    shown: Vec<Shown>,
    text: String,
    line: String,
    label: String,
}

impl<'s> Page<'_, 's, '_> {
    fn cards(&mut self, json: &mut Json) {
        if self.call.nothing_chosen {
            return;
        }
        match self.call.hook {
            Hook::PatientView | Hook::EncounterDischarge => self.review(json),
            hook => {
                let quiet = |f: &Finding<'_>| f.loudness == Loudness::Passive;
                let loud = self.screening.findings.iter().take_while(|f| !quiet(f)).count();
                self.findings(json, 0..loud);
                if hook == Hook::MedicationVerify {
                    self.unchecked(json);
                } else {
                    self.gaps(json);
                }
                self.findings(json, loud..self.screening.findings.len());
            }
        }
    }

    /// A card for each finding of a stretch that is meant for whom the hook addresses.
    fn findings(&mut self, json: &mut Json, stretch: std::ops::Range<usize>) {
        let screening = self.screening;
        let mut twins: HashMap<&str, u32> = HashMap::with_capacity(stretch.len());
        for at in stretch {
            let finding = &screening.findings[at];
            let twin = twins.entry(finding.key.as_str()).and_modify(|n| *n += 1).or_insert(0);
            if is_for(self.call.hook, finding.audience) {
                let twin = if *twin == 0 { String::new() } else { twin.to_string() };
                self.finding(json, at, finding, &twin);
            }
        }
    }

    /// The card of one finding. `twin` tells findings with the same key apart (two drafts of the same drug).
    fn finding(&mut self, json: &mut Json, at: usize, finding: &'s Finding<'_>, twin: &str) {
        let loudness = finding.loudness.word();
        let key = [finding.key.as_str(), loudness, twin];
        let uuid = self.namer.uuid(&key);
        self.on_card[at] = Some(uuid);
        self.shown.push(Shown { card: uuid, finding: at });
        json.object(|json| {
            let chart = &self.call.chart;
            summary(&mut self.line, finding);
            detail(&mut self.text, chart, self.screening, finding);
            self.head(json, uuid, indicator(finding.loudness, finding.severity, finding.management));
            topic(&mut self.line, finding);
            self.source(json);
            cards_suggestions::write(json, self.call, finding, uuid, &mut self.line);
            json.members(reasons_member(finding.question));
            extension::finding(json, chart, finding);
        });
    }

    /// A card for each ordered drug that is not identified, and for each check that must never be silent and was not made.
    fn gaps(&mut self, json: &mut Json) {
        let mut named: SmallVec<[Uuid; GAP_CARDS_MAX]> = SmallVec::new();
        for gaps in gaps_on_cards(&self.screening.gaps) {
            gap_card(&mut self.line, &mut self.text, &self.call.chart, &gaps);
            let about: Vec<&str> = gaps.iter().flat_map(|g| [g.kind.word(), g.words.as_str()]).collect();
            let place = gaps.first().map_or("", |g| reference_of(&self.call.chart, g.entry));
            let entry = gaps.first().map(|g| format!("{:?}", g.entry)).unwrap_or_default();
            let parts = [&["gap", place, &entry], about.as_slice()].concat();
            let uuid = self.apart(&parts, &named);
            named.push(uuid);
            self.plain(json, uuid, "gap", &about);
        }
    }

    /// The uuid of a card of these parts; one that is taken is told apart by a number (the same gap given twice).
    fn apart(&mut self, parts: &[&str], taken: &[Uuid]) -> Uuid {
        let mut uuid = self.namer.uuid(parts);
        let mut twin = 1u32;
        while taken.contains(&uuid) {
            uuid = self.namer.uuid(&[parts, &[itoa::Buffer::new().format(twin)]].concat());
            twin += 1;
        }
        uuid
    }

    /// The pharmacist's card: all that could not be checked.
    fn unchecked(&mut self, json: &mut Json) {
        if is_anything_unchecked(self.screening) {
            unchecked_card(&mut self.line, &mut self.text, &self.call.chart, self.screening);
            let gaps = self.screening.gaps.iter();
            let about: Vec<&str> = gaps.flat_map(|g| [g.kind.word(), g.words.as_str()]).collect();
            let uuid = self.namer.uuid(&["unchecked"]);
            self.plain(json, uuid, "unchecked", &about);
        }
    }

    /// The one passive card of a review.
    fn review(&mut self, json: &mut Json) {
        let screening = self.screening;
        if screening.findings.is_empty() && screening.gaps.is_empty() {
            return;
        }
        review_card(&mut self.line, &mut self.text, screening);
        let keys = screening.findings.iter().map(|f| f.key.as_str());
        let about: Vec<&str> = keys.chain(screening.gaps.iter().map(|g| g.words.as_str())).collect();
        let uuid = self.namer.uuid(&["review"]);
        self.on_card.fill(Some(uuid));
        self.shown.extend((0..screening.findings.len()).map(|finding| Shown { card: uuid, finding }));
        self.plain(json, uuid, "review", &about);
    }

    /// An `info` card of the words composed, without suggestions and reasons.
    fn plain(&mut self, json: &mut Json, uuid: Uuid, kind: &str, about: &[&str]) {
        json.object(|json| {
            self.head(json, uuid, "info");
            topic_of(&mut self.line, kind, about);
            self.source(json);
        });
    }

    /// The members every card begins with; summary and detail as composed.
    fn head(&self, json: &mut Json, uuid: Uuid, indicator: &'static str) {
        json.text_at("uuid", uuid.hyphenated().encode_lower(&mut Uuid::encode_buffer()));
        json.text_at("summary", &self.line);
        json.text_at("detail", &self.text);
        json.word_at("indicator", indicator);
    }

    /// The source, with the topic code as composed.
    fn source(&self, json: &mut Json) {
        json.object_at("source", |json| {
            json.text_at("label", &self.label);
            json.object_at("topic", |json| {
                json.text_at("code", &self.line);
                json.word_at("system", TOPIC_SYSTEM);
            });
        });
    }
}

/// Whether a finding for this audience is shown by a hook: what is meant for pharmacists alone stays off the prescriber's
/// screen (and in the extension); the pharmacist sees everything.
fn is_for(hook: Hook, audience: Audience) -> bool {
    match hook {
        Hook::OrderSelect | Hook::OrderSign | Hook::MedicationPrescribe => audience != Audience::Pharmacist,
        _ => true,
    }
}
