//! About how much memory a record takes, so that what waits and what is remembered can be bounded by bytes.

use crate::clinical::remembered::{Obligation, Override, Remembered};
use crate::record::decision::{DecidedFinding, DecidedGap, Decision, FeedbackRecord};

/// What takes memory.
pub trait Weighed {
    /// About how many bytes it takes: itself, and the texts it holds.
    fn bytes(&self) -> usize;
}

impl Weighed for String {
    fn bytes(&self) -> usize {
        size_of::<String>() + self.len()
    }
}

impl Weighed for Decision {
    fn bytes(&self) -> usize {
        let d = self;
        let who = [&d.id, &d.client, &d.tenant, &d.user, &d.patient, &d.encounter, &d.hook, &d.instance];
        let what = [&d.request, &d.fetched, &d.answer, &d.pack, &d.engine, &d.remembered];
        size_of::<Decision>() + long(&who) + long(&what) + all(&d.asked) + all(&d.findings) + all(&d.gaps)
    }
}

impl Weighed for DecidedFinding {
    fn bytes(&self) -> usize {
        let f = self;
        let texts = [&f.card, &f.suppressed, &f.key, &f.fingerprint, &f.rule, &f.kind, &f.severity, &f.loudness];
        size_of::<DecidedFinding>()
            + long(&texts)
            + all(&f.orders)
            + all(&f.participants)
            + all(&f.values)
            + all(&f.also)
    }
}

impl Weighed for DecidedGap {
    fn bytes(&self) -> usize {
        size_of::<DecidedGap>() + long(&[&self.kind, &self.entry, &self.list, &self.rule]) + all(&self.also)
    }
}

impl Weighed for FeedbackRecord {
    fn bytes(&self) -> usize {
        let f = self;
        let texts = [&f.client, &f.tenant, &f.service, &f.card, &f.reason_system, &f.reason_code, &f.comment, &f.form];
        size_of::<FeedbackRecord>() + long(&texts) + all(&f.suggestions) + all(&f.troubles)
    }
}

impl Weighed for Remembered {
    fn bytes(&self) -> usize {
        let texts = self.encounter.len() + all(&self.just_shown);
        size_of::<Remembered>() + texts + all(&self.overrides) + all(&self.obligations)
    }
}

impl Weighed for Override {
    fn bytes(&self) -> usize {
        let o = self;
        let texts = [&o.fingerprint, &o.rule, &o.by, &o.reason_system, &o.reason_code, &o.comment, &o.card];
        size_of::<Override>() + long(&texts) + all(&o.participants)
    }
}

impl Weighed for Obligation {
    fn bytes(&self) -> usize {
        let texts = [&self.rule, &self.by, &self.card];
        size_of::<Obligation>() + long(&texts) + all(&self.participants) + all(&self.values)
    }
}

/// Bytes of texts whose own places are counted already.
fn long(texts: &[&String]) -> usize {
    texts.iter().map(|text| text.len()).sum()
}

/// Bytes of a list.
fn all<T: Weighed>(list: &[T]) -> usize {
    list.iter().map(Weighed::bytes).sum()
}
