//! Every bound the engine assumes, by name, in one list.

use crate::clinical::time::Span;

/// How long a drug that was completed, handed out or given counts as taken when nothing says how long it lasts.
pub const LOOK_BACK: Span = Span::days(100);

/// How long a drug given once in all counts as taken; a rule's own offset reaches further.
pub const ONE_TIME_LASTS: Span = Span::days(1);

/// From conception dating to the due date: day 0 of a pregnancy lies so long before it.
pub const PREGNANCY_TERM: Span = Span::days(280);

/// How long after its due date, or after it was stated without one, a pregnancy may still be going on: 42 weeks in all.
pub const PREGNANCY_YES_LASTS: Span = Span::days(294);

/// How long a dated statement that there is no pregnancy answers for.
pub const PREGNANCY_NO_LASTS: Span = Span::days(30);

/// How long a dated statement of breastfeeding answers for.
pub const LACTATION_YES_LASTS: Span = Span::days(730);

/// How long a dated statement that there is no breastfeeding answers for.
pub const LACTATION_NO_LASTS: Span = Span::days(280);

/// First day of the second and of the third trimester (14 and 28 completed weeks).
pub const TRIMESTERS: [i64; 2] = [98, 196];

/// How deep conditions may nest before the answer is "unknown".
pub const CONDITION_DEPTH_MAX: u32 = 32;

/// How long after its last procedure somebody is on dialysis: sessions are days apart.
pub const DIALYSIS_LASTS: Span = Span::days(14);

/// How long after its last procedure dialysis may go on elsewhere: until then nobody knows.
pub const DIALYSIS_DOUBT_LASTS: Span = Span::days(90);

/// How old a creatinine may be that a clearance is worked out of.
pub const CREATININE_LASTS: Span = Span::days(365);

/// A rise of the creatinine by so much, in mg/dL, is an acute injury: 26.5 µmol/L, which KDIGO rounds to 0.3 mg/dL.
pub const CREATININE_RISE: (i64, i64) = (2_650, 8_842);

/// Within so long.
pub const CREATININE_RISE_WITHIN: Span = Span::hours(48);

/// Or so many times as high, within the time below.
pub const CREATININE_FACTOR: (i64, i64) = (3, 2);

/// How far back the lowest creatinine counts, and how long a rise stands for an injury now.
pub const INJURY_LASTS: Span = Span::days(7);

/// How many creatinines are compared with each other.
pub const CREATININES_MAX: usize = 32;
