//! How a rule becomes an outcome, for every kind of rule: setting, gate, modifiers; three answers, nothing skipped.

use crate::clinical::chart::Setting;
use crate::engine::condition::{Missing, Situation, Truth, Verdict, evaluate};
use crate::engine::docket::{Docket, ordered_entry};
use crate::engine::finding::GapKind;
use crate::engine::trace::record;
use crate::pack::ids::{ConditionId, NONE, RuleId};
use smallvec::SmallVec;

/// When a datum is missing, as the tables say it.
const WORST: u8 = 0;
const ASK: u8 = 1;
/// What a modifier does to its rule, as the tables say it.
const LOUDER: u8 = 1;
const QUIETER: u8 = 2;

/// What a rule says in one situation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    /// A row of the outcome table. It may be silent: see [`Docket`] and `settle`.
    pub outcome: u32,
    /// The modifiers that hold, in written order.
    pub held: SmallVec<[u32; 4]>,
}

/// Whether a rule's gate lets it speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gate {
    /// It speaks.
    Open,
    /// It does not.
    Shut,
    /// It would have to know more, and does not speak.
    Unanswered,
}

/// Judges a rule: `None` when it does not speak here or has nothing to say (a silent outcome).
///
/// `firm` bypasses every modifier that would quiet the rule (severe delayed reactions).
pub fn judge(
    docket: &mut Docket<'_>,
    situation: &Situation<'_, '_>,
    rule: RuleId,
    firm: bool,
) -> (Gate, Option<Judged>) {
    let mut notes = docket.notes();
    let gate = gate(docket, situation, rule, notes.as_mut());
    let base = docket.pack.raw().rules.outcomes.get(rule.index()).copied().unwrap_or(NONE);
    let judged = match gate {
        Gate::Open => Some(decide(docket, situation, rule, base, firm, notes.as_mut())),
        Gate::Shut | Gate::Unanswered => None,
    };
    let judged = judged.filter(|j| !is_silent(docket, j.outcome));
    record(docket, situation, rule, judged.is_some(), notes);
    (gate, judged)
}

/// Whether an outcome says that there is no finding.
pub fn is_silent(docket: &Docket<'_>, outcome: u32) -> bool {
    docket.pack.raw().outcomes.severities.get(outcome as usize).is_none_or(|s| *s == u8::MAX)
}

/// Asks the setting and the gate of a rule.
pub fn gate(
    docket: &mut Docket<'_>,
    situation: &Situation<'_, '_>,
    rule: RuleId,
    mut notes: Option<&mut Vec<String>>,
) -> Gate {
    let rules = &docket.pack.raw().rules;
    let setting = setting_of(situation);
    let speaks_in = rules.settings.get(rule.index()).copied().unwrap_or(u8::MAX);
    if setting != Setting::Unknown && speaks_in >> (setting as u8) & 1 == 0 {
        if let Some(notes) = notes {
            notes.push(format!("setting: {setting:?} -> the rule does not speak here"));
        }
        return Gate::Shut;
    }
    let condition = rules.gates.get(rule.index()).copied().unwrap_or(NONE);
    if condition == NONE {
        return Gate::Open;
    }
    let verdict = ask(situation, condition, &mut notes);
    match verdict.truth {
        Truth::Holds => Gate::Open,
        Truth::Fails => Gate::Shut,
        Truth::Unknown => match rules.gate_missing.get(rule.index()).copied().unwrap_or(WORST) {
            WORST => {
                docket.missing(rule, situation, &verdict.missing, false);
                Gate::Open
            }
            ASK => {
                docket.missing(rule, situation, &verdict.missing, true);
                Gate::Unanswered
            }
            _ => Gate::Shut,
        },
    }
}

/// Asks the modifiers of a rule in written order: the first that acts decides, later ones that hold are told.
pub fn decide(
    docket: &mut Docket<'_>,
    situation: &Situation<'_, '_>,
    rule: RuleId,
    base: u32,
    firm: bool,
    mut notes: Option<&mut Vec<String>>,
) -> Judged {
    let mut judged = Judged { outcome: base, held: SmallVec::new() };
    let modifiers = &docket.pack.raw().modifiers;
    let starts = &docket.pack.raw().rules.modifier_starts;
    let (Some(from), Some(to)) = (starts.get(rule.index()), starts.get(rule.index() + 1)) else { return judged };
    let mut decided = false;
    for row in *from..*to {
        let n = row as usize;
        let direction = modifiers.directions[n];
        if firm && direction == QUIETER {
            if let Some(notes) = notes.as_deref_mut() {
                notes.push("a severe delayed reaction is recorded: this quieting modifier is passed over".to_owned());
            }
            continue;
        }
        if decided && modifiers.because[n] == NONE && notes.is_none() {
            continue;
        }
        let verdict = ask(situation, modifiers.conditions[n], &mut notes);
        let acts = match verdict.truth {
            Truth::Holds => true,
            Truth::Fails => false,
            Truth::Unknown if decided => false,
            Truth::Unknown => match modifiers.missing[n] {
                WORST | ASK => {
                    docket.missing(rule, situation, &verdict.missing, false);
                    modifiers.missing[n] == WORST && direction == LOUDER
                }
                _ => false,
            },
        };
        if acts {
            judged.held.push(row);
            if !decided {
                judged.outcome = modifiers.outcomes[n];
                decided = true;
            }
        }
    }
    judged
}

/// Asks one condition; notes are written only where somebody reads them.
pub fn ask(situation: &Situation<'_, '_>, condition: u32, notes: &mut Option<&mut Vec<String>>) -> Verdict {
    evaluate(situation, ConditionId(condition), notes.as_deref_mut())
}

/// Where the drug asked about is taken: as its own record says, else as the encounter says.
fn setting_of(situation: &Situation<'_, '_>) -> Setting {
    let asked = situation.participants.get(situation.ordered);
    let own = asked.and_then(|i| situation.bound.exposures.get(*i as usize)).map_or(Setting::Unknown, |e| e.setting);
    if own == Setting::Unknown { situation.bound.chart.setting } else { own }
}

/// Says that a rule could not be asked because a past exposure's end is not known.
pub fn end_unknown(docket: &mut Docket<'_>, situation: &Situation<'_, '_>, rule: RuleId, exposure: u32) {
    let ended = situation.bound.exposures.get(exposure as usize);
    let entry = ended.map_or_else(|| ordered_entry(situation), |e| e.entry());
    let named = ended
        .and_then(|e| e.parts.first())
        .map_or(NONE, |p| docket.pack.raw().ingredients.names.get(p.ingredient.index()).copied().unwrap_or(NONE));
    let words = format!("when {} ended", docket.pack.text(named));
    docket.missing(rule, situation, &[Missing { entry, kind: GapKind::Missing, words }], true);
}
