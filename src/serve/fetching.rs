//! A call from its body to its answer: read; where it lacks something and a FHIR server may be asked, fetched for until the
//! deadline; answered; and where something was late, answered once more when it came.

use crate::clinical::time::Moment;
use crate::fetch::errand::{Errand, Step};
use crate::fetch::fetcher::{Leave, Want};
use crate::fetch::trouble::{IllKind, Trouble};
use crate::hooks::call::{Call, Hook};
use crate::hooks::fetched::{Fetched, Lack, Why};
use crate::hooks::limits::REFERENCES_MAX;
use crate::hooks::request;
use crate::hooks::wanted::{Wanted, Wants, wanted};
use crate::pack::read::Pack;
use crate::serve::answer::{Answer, micros};
use crate::serve::calls::{composed, recorded};
use crate::serve::late::Waiting;
use crate::serve::service::Service;
use crate::trust::caller::Caller;
use axum::body::Bytes;
use axum::http::HeaderMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What is left of the deadline for screening and writing.
const HEADROOM: Duration = Duration::from_millis(30);

/// One call in work.
pub struct Work {
    /// What the handlers share.
    pub service: Arc<Service>,
    /// The pack in service when the call came.
    pub pack: Arc<Pack>,
    /// Who asks.
    pub caller: Caller,
    /// Which hook.
    pub hook: Hook,
    /// The body.
    pub body: Bytes,
    /// When its last byte had come.
    pub begun: Instant,
    /// As of when it is judged.
    pub as_of: Moment,
    /// The id of the decision.
    pub id: String,
    /// `traceparent`, as sent.
    pub trace: Option<String>,
}

impl Work {
    /// A call that was let in. The clock is read here, once.
    pub fn new(
        service: &Arc<Service>,
        pack: &Arc<Pack>,
        caller: Caller,
        (hook, body): (Hook, Bytes),
        headers: &HeaderMap,
        begun: Instant,
    ) -> Work {
        Work {
            service: Arc::clone(service),
            pack: Arc::clone(pack),
            caller,
            hook,
            body,
            begun,
            as_of: (service.clock)(),
            id: uuid::Uuid::new_v4().to_string(),
            trace: headers.get("traceparent").and_then(|v| v.to_str().ok()).map(str::to_owned),
        }
    }

    /// When fetching has to end.
    fn until(&self) -> Instant {
        let deadline = self.caller.client.deadline;
        self.begun + deadline.saturating_sub(HEADROOM.min(deadline / 4))
    }

    /// Answers from what was fetched.
    fn answer_with(&self, fetched: &Fetched, fetch_us: u64) -> Answer {
        let reading = Instant::now();
        let call = request::read_with(self.hook, &self.body, fetched, self.as_of);
        let mut answer = composed(self, call.as_ref(), micros(reading));
        let whole = fetched.to_json();
        if let Some(decision) = &mut answer.decision {
            decision.took.fetch_us = fetch_us;
            decision.fetched = blake3::hash(whole.as_bytes()).to_hex().to_string();
        }
        answer.fetched = Some(whole);
        answer
    }
}

/// Reads one call, fetches what it lacks, and answers it. Where something was late there is more to do when the answer is on its way.
pub async fn answered(work: Work) -> (Answer, Option<Later>) {
    let reading = Instant::now();
    let (mut trip, expires) = {
        let call = request::read(work.hook, &work.body, work.as_of);
        match call.as_ref().ok().and_then(|call| Some((set_out(&work, call)?, call.access.expires_in))) {
            Some(trip) => trip,
            None => return (composed(&work, call.as_ref(), micros(reading)), None),
        }
    };
    let fetching = Instant::now();
    let wants = trip.asked.len();
    trip.go_on(&work, work.until()).await;
    let fetched = trip.fetched();
    let fetch_us = micros(fetching);
    let answer = work.answer_with(&fetched, fetch_us);
    let late = fetched.lacks.iter().filter(|lack| lack.why == Why::Late).count();
    let lacks = fetched.lacks.len();
    tracing::debug!(client = work.caller.client.name, wants, lacks, late, fetch_us, "fetched");
    let later = if answer.status == 200 && late > 0 { Later::of(work, trip, expires) } else { None };
    (answer, later)
}

/// What is to be done after the answer went out.
pub struct Later {
    work: Work,
    trip: Trip,
    waiting: Waiting,
    until: Instant,
}

impl Later {
    /// Going on, if that is wanted and others leave room: never past the life of the token.
    fn of(work: Work, trip: Trip, expires: Option<i64>) -> Option<Later> {
        let most = work.service.fetcher.bounds().late_time;
        if most.is_zero() {
            return None;
        }
        let life = expires.and_then(|s| u64::try_from(s).ok()).map(Duration::from_secs);
        let token = life.and_then(|life| work.begun.checked_add(life));
        let until = Instant::now() + most;
        let until = token.map_or(until, |token| until.min(token));
        let waiting = work.service.late.begin(&work.service, &work.id)?;
        Some(Later { work, trip, waiting, until })
    }

    /// Goes on in the background. To be called once the answer was recorded, so that what completes it comes after it.
    pub fn start(self) {
        tokio::spawn(completed(self.work, self.trip, self.waiting, self.until));
    }
}

/// Goes on fetching after the answer went out; then screens the whole again, under the same id.
async fn completed(work: Work, mut trip: Trip, waiting: Waiting, until: Instant) {
    let fetching = Instant::now();
    trip.go_on(&work, until).await;
    trip.give_up();
    let fetched = trip.fetched();
    drop(trip);
    let fetch_us = micros(fetching);
    let mut answer = work.answer_with(&fetched, fetch_us);
    let Some(mut decision) = answer.decision.take() else { return };
    decision.late = true;
    decision.took.whole_us = micros(work.begun);
    tracing::debug!(hook = work.hook.name(), gaps = decision.gaps.len(), fetch_us, "completed late");
    let out = recorded(&work.service, &work.caller.client, work.body.clone(), *decision, answer);
    waiting.whole(out);
}

/// One call's way to a FHIR server and back.
struct Trip {
    errand: Option<Errand>,
    asked: Vec<Wanted>,
    lacks: Vec<Lack>,
}

/// Sets out for what a call lacks; `None` where it lacks nothing, or nothing is ever fetched for its client.
fn set_out(work: &Work, call: &Call<'_>) -> Option<Trip> {
    let client = &work.caller.client;
    let fetcher = &work.service.fetcher;
    if call.access.server.is_empty() || !fetcher.serves(client) {
        return None;
    }
    let wants = wanted(call);
    if wants.list.is_empty() && wants.lacks.is_empty() {
        return None;
    }
    let mut trip = Trip { errand: None, asked: Vec::new(), lacks: Vec::new() };
    match call.access.token_for(&call.patient) {
        Err(words) => trip.lack("fhirAuthorization", words),
        Ok(token) => {
            let leave = Leave { server: &call.access.server, token, trace: work.trace.as_deref() };
            match fetcher.errand(client, leave) {
                Ok(errand) => trip.errand = Some(errand),
                Err(refused) => {
                    tracing::warn!(client = client.name, %refused, "a call names a FHIR server that is not asked");
                    trip.lack("fhirServer", "the FHIR server of the call is not one that may be asked for this client");
                }
            }
        }
    }
    trip.ask(wants);
    Some(trip)
}

impl Trip {
    fn lack(&mut self, key: &str, words: &str) {
        self.lacks.push(Lack { key: key.to_owned(), words: words.to_owned(), why: Why::Failed });
    }

    /// Asks for what was not asked for yet.
    fn ask(&mut self, wants: Wants) {
        let Some(errand) = &mut self.errand else { return };
        for lack in wants.lacks {
            if !self.lacks.contains(&lack) {
                self.lacks.push(lack);
            }
        }
        let mut more = Vec::new();
        for want in wants.list {
            let references = self.asked.iter().filter(|asked| asked.key.contains('/')).count();
            if !self.asked.contains(&want) && (references < REFERENCES_MAX || !want.key.contains('/')) {
                more.push(Want { key: want.key.clone(), path: want.path.clone() });
                self.asked.push(want);
            }
        }
        errand.ask(&more);
    }

    /// Goes on until a moment. What came may name what is still lacking: that is asked for as well.
    async fn go_on(&mut self, work: &Work, until: Instant) {
        loop {
            let Some(errand) = &mut self.errand else { return };
            match errand.step(until).await {
                Step::Some(keys) if keys.iter().any(|key| names_others(key)) => {
                    let fetched = self.fetched();
                    let call = request::read_with(work.hook, &work.body, &fetched, work.as_of);
                    if let Ok(call) = &call {
                        self.ask(wanted(call));
                    }
                }
                Step::Some(_) => {}
                Step::Done | Step::OutOfTime => return,
            }
        }
    }

    /// Breaks off what is under way: it is not late any more, it did not come.
    fn give_up(&mut self) {
        if let Some(errand) = &mut self.errand {
            errand.give_up();
        }
    }

    fn fetched(&self) -> Fetched {
        let fetched = self.errand.as_ref().map(Errand::fetched).unwrap_or_default();
        let lacks = self.lacks.iter().cloned().chain(fetched.troubles.into_iter().map(lack)).collect();
        Fetched { prefetch: fetched.prefetch, lacks }
    }
}

/// Whether what comes under a key may name medications or orders that were not sent.
fn names_others(key: &str) -> bool {
    !(key.starts_with("Medication/")
        || matches!(key, "patient" | "allergies" | "problems" | "labs" | "pregnancy" | "procedures"))
}

fn lack(trouble: Trouble) -> Lack {
    let why = match trouble.ill.kind {
        IllKind::Failed => Why::Failed,
        IllKind::NotOffered => Why::NotOffered,
        IllKind::Late => Why::Late,
        IllKind::More => Why::More,
    };
    Lack { key: trouble.key, words: trouble.ill.words.to_owned(), why }
}
