//! The tables of rules: conditions, outcomes, modifiers and the rules of every kind. Laid out as `tables` says.

use crate::pack::column::Column;
use crate::pack::tables::ListTable;
use serde::{Deserialize, Serialize};

/// Conditions: nodes in depth-first order; children of `all`, `any`, `not` are ranges of `children`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConditionTable {
    /// `ConditionKind as u8`.
    pub kinds: Column<u8>,
    /// Comparison: 0 `<`, 1 `<=`, 2 `=`, 3 `>=`, 4 `>`, 5 inclusive range; 255 none.
    pub comparisons: Column<u8>,
    /// Whom it is about: `Subject as u8`, or 16 + slot.
    pub subjects: Column<u8>,
    /// First argument: an id, a bit set, a start of children, by kind.
    pub firsts: Column<u32>,
    /// Second argument: an end of children, a dimension and per-body, flags, by kind.
    pub seconds: Column<u32>,
    /// The number compared with (low end of a range): numerator.
    pub low_numerators: Column<i64>,
    /// Denominator.
    pub low_denominators: Column<i64>,
    /// High end of a range: numerator.
    pub high_numerators: Column<i64>,
    /// Denominator.
    pub high_denominators: Column<i64>,
    /// A look-back in seconds (`within`); -1 none.
    pub withins: Column<i64>,
    /// Child nodes, pointed to by ranges.
    pub children: Column<u32>,
    /// Text id of the condition as the editor wrote it: for traces.
    pub written: Column<u32>,
}

/// What a condition asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum ConditionKind {
    /// Every child. `firsts..seconds` is a range of `children`.
    All,
    /// Some child.
    Any,
    /// Not the one child.
    Not,
    /// Route of the subject meets the `firsts` bits.
    Route,
    /// Form of the subject is in the bits `firsts | seconds << 32`.
    Form,
    /// Setting of the subject (subject 6: the encounter) is in the bits `firsts` (1 << `Setting as u8`).
    Setting,
    /// A single dose of the subject compares; `firsts` = dimension, `seconds` = `PerBody` | 0x100 for expected not worst.
    SingleDose,
    /// A daily dose of the subject compares; as above.
    DailyDose,
    /// The whole planned course in seconds compares.
    Duration,
    /// Time already taken, in seconds, compares.
    TakenFor,
    /// The shared time of the participants in seconds compares.
    Overlap,
    /// The change of the subject is in the bits `firsts` (1 << `Change as u8`).
    Change,
    /// The subject is the one being ordered.
    Ordered,
    /// The subject is taken only when needed.
    AsNeeded,
    /// The subject is given once.
    OneTime,
    /// Age compares, in months (`firsts` = 0) or days (`firsts` = 1).
    Age,
    /// Sex is `firsts` (`Sex as u8`).
    Sex,
    /// Weight compares, in grams.
    Weight,
    /// Creatinine clearance compares, mL/min.
    Clearance,
    /// eGFR compares, mL/min/1.73 m².
    Egfr,
    /// On dialysis.
    Dialysis,
    /// Acute kidney injury.
    AcuteKidneyInjury,
    /// The latest value of lab `firsts` compares, in the rules' unit.
    Lab,
    /// Lab `firsts` is known.
    LabKnown,
    /// Problem `firsts`: `seconds` 0 active, 1 ever, 2 within the look-back, 3 begun within the look-back.
    Problem,
    /// Takes a drug of set `firsts` other than the participants (within the look-back, if any).
    Taking,
    /// Pregnant: `firsts` 0 any, 1 to 3 the trimester.
    Pregnant,
    /// Breastfeeding.
    Breastfeeding,
    /// The reaction recorded is in row `firsts` of `reaction_sets`.
    Reaction,
    /// Allergy (0) or intolerance (1): `firsts`.
    AllergyKind,
    /// Criticality is `firsts`.
    Criticality,
    /// Verification status in the bits `firsts`.
    Verification,
    /// Reaction severity in the bits `firsts`.
    ReactionSeverity,
    /// The same ingredient was given or dispensed after the reaction.
    Tolerated,
    /// Routes of the two participants differ.
    RoutesDiffer,
    /// Strengths of the two participants differ.
    StrengthsDiffer,
    /// Settings of the two participants differ.
    SettingsDiffer,
    /// Both are the same product.
    SameProduct,
    /// An active allergy to a member of set `firsts` is recorded.
    AllergyTo,
    /// The indication of the subject is problem `firsts`.
    Indication,
    /// Pregnant, and the days since day 0 of the pregnancy compare.
    Gestation,
    /// The amount each day on average compares; arguments as of `SingleDose`.
    AverageDose,
    /// Every giving of the subject stands `firsts` seconds before and `seconds` seconds after each of the others.
    Apart,
}

/// Whom a condition is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Subject {
    /// The drug being ordered (or asked about).
    Ordered,
    /// The one it meets.
    Other,
    /// The object drug.
    Object,
    /// The precipitant drug.
    Precipitant,
    /// The first participant.
    First,
    /// Any participant.
    Any,
    /// The patient or encounter.
    Patient,
}

/// Outcomes: what a rule or one of its modifiers says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutcomeTable {
    /// `Severity as u8`; 255 = silent: no finding.
    pub severities: Column<u8>,
    /// 0 by policy, 1 passive, 2 interruptive.
    pub loudness: Column<u8>,
    /// `Management as u8`.
    pub managements: Column<u8>,
    /// `Evidence as u8`.
    pub evidence: Column<u8>,
    /// `Seriousness as u8`.
    pub seriousness: Column<u8>,
    /// Text id: the risk in a few words.
    pub risks: Column<u32>,
    /// Text id: the action in a few words.
    pub advice: Column<u32>,
    /// Text id: the consequence.
    pub consequences: Column<u32>,
    /// Text ids of the actions in order.
    pub actions: ListTable<u32>,
    /// The same when the object is being ordered (empty: as `actions`).
    pub actions_object: ListTable<u32>,
    /// The same when the precipitant is being ordered.
    pub actions_precipitant: ListTable<u32>,
    /// Text ids of the sources.
    pub sources: ListTable<u32>,
}

/// Modifiers, in written order within each rule.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModifierTable {
    /// Condition.
    pub conditions: Column<u32>,
    /// When its datum is missing: 0 worst, 1 ask, 2 ignore.
    pub missing: Column<u8>,
    /// Whether it makes the rule louder or worse (1), quieter (2), or neither (0): worked out by the compiler.
    pub directions: Column<u8>,
    /// Outcome.
    pub outcomes: Column<u32>,
    /// Text id of `because` (`NONE`: nothing to say).
    pub because: Column<u32>,
}

/// Rules of every kind, sorted by name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleTable {
    /// Text id of the identity.
    pub names: Column<u32>,
    /// Version.
    pub versions: Column<u32>,
    /// `Question as u8`.
    pub questions: Column<u8>,
    /// Text id of the title.
    pub titles: Column<u32>,
    /// `Audience as u8`.
    pub audiences: Column<u8>,
    /// Settings it speaks in, bits of `Setting as u8`; all ones: everywhere.
    pub settings: Column<u8>,
    /// Bit 0: never silence.
    pub flags: Column<u8>,
    /// Days an override may quiet it.
    pub override_days: Column<u16>,
    /// Effect id, `NONE16`: none.
    pub effects: Column<u16>,
    /// Gate condition, `NONE`: none.
    pub gates: Column<u32>,
    /// When the gate's datum is missing: 0 worst, 1 ask, 2 ignore.
    pub gate_missing: Column<u8>,
    /// Base outcome.
    pub outcomes: Column<u32>,
    /// n + 1 offsets into `modifiers`.
    pub modifier_starts: Column<u32>,
    /// Rules each replaces, ascending.
    pub replaces: ListTable<u32>,
    /// Text id of the mechanism (`NONE`).
    pub mechanisms: Column<u32>,
    /// Text id of the frequency of exposure.
    pub exposure_frequencies: Column<u32>,
    /// Text id of the frequency of harm.
    pub harm_frequencies: Column<u32>,
    /// Text id of the author.
    pub authors: Column<u32>,
    /// Text id of the review date.
    pub reviews: Column<u32>,
    /// Onset in seconds (0 rapid).
    pub onsets: Column<i64>,
    /// How long the precipitant (or any participant) keeps acting after its end, in seconds.
    pub offsets: Column<i64>,
    /// How long the object keeps acting after its end, in seconds.
    pub object_offsets: Column<i64>,
    /// For two-sided rules: the object's (or first) set and the precipitant's (or second) set; `NONE` otherwise.
    pub object_sets: Column<u32>,
    /// The second set.
    pub precipitant_sets: Column<u32>,
    /// Bit 0: mutual (neither is object).
    pub pair_flags: Column<u8>,
}
