//! What a Prometheus server may read: counts and times, by rule, kind and phase; nothing of any patient.

use crate::clinical::severity::Question;
use crate::hooks::cards_reasons::{REASON_SYSTEM, reasons};
use crate::pack::signature::hex;
use crate::record::decision::{Decision, FeedbackRecord, Took};
use crate::serve::service::Service;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

/// The content type of the text.
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Upper bounds of the buckets of times, in seconds: fine where our own budget lies, coarse where a FHIR server is waited for.
const BOUNDS: [f64; 20] = [
    10e-6, 20e-6, 35e-6, 50e-6, 75e-6, 100e-6, 150e-6, 250e-6, 500e-6, 1e-3, 2.5e-3, 5e-3, 10e-3, 25e-3, 50e-3, 100e-3,
    250e-3, 500e-3, 1.0, 2.5,
];

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CallLabels {
    hook: String,
    status: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct PhaseLabels {
    phase: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct FindingLabels {
    rule: String,
    kind: String,
    severity: String,
    loudness: String,
    /// `yes`, or why not.
    shown: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct KindLabels {
    kind: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ReasonLabels {
    reason: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct FeedbackLabels {
    outcome: &'static str,
    reason: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct PackLabels {
    name: String,
    version: String,
    hash: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct SignerLabels {
    signer: String,
}

/// Counters and times since the start.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    calls: Family<CallLabels, Counter>,
    phases: Family<PhaseLabels, Histogram, fn() -> Histogram>,
    findings: Family<FindingLabels, Counter>,
    gaps: Family<KindLabels, Counter>,
    completed: Counter,
    feedback: Family<FeedbackLabels, Counter>,
    state: State,
}

/// What is read off the service when it is asked.
#[derive(Debug, Default)]
struct State {
    ready: Gauge,
    pack: Family<PackLabels, Gauge>,
    pack_age: Gauge,
    signature_age: Family<SignerLabels, Gauge>,
    pack_doubted: Gauge,
    swaps: Gauge,
    last_pack_refused: Gauge,
    record_queue: Gauge,
    record_lost: Gauge,
    record_trouble: Gauge,
    traffic: Family<KindLabels, Gauge>,
    denied: Family<ReasonLabels, Gauge>,
    clients_in: Family<KindLabels, Gauge>,
    key_sets_unusable: Gauge,
}

impl Default for Metrics {
    fn default() -> Metrics {
        Metrics::new()
    }
}

impl Metrics {
    /// All at zero.
    pub fn new() -> Metrics {
        let histogram: fn() -> Histogram = || Histogram::new(BOUNDS);
        let mut metrics = Metrics {
            registry: Registry::with_prefix("caveat"),
            calls: Family::default(),
            phases: Family::new_with_constructor(histogram),
            findings: Family::default(),
            gaps: Family::default(),
            completed: Counter::default(),
            feedback: Family::default(),
            state: State::default(),
        };
        metrics.name();
        metrics
    }

    fn name(&mut self) {
        let Metrics { registry, calls, phases, findings, gaps, completed, feedback, state } = self;
        registry.register("calls", "Calls answered, by hook and HTTP status", calls.clone());
        let words = "Time of a call by phase: admit, read, fetch, screen, write, whole";
        registry.register_with_unit("phase", words, Unit::Seconds, phases.clone());
        registry.register(
            "findings",
            "Findings, by rule, kind, severity, loudness, and whether a card showed them",
            findings.clone(),
        );
        registry.register(
            "completed_late",
            "Answers completed, after they went out, by data that came late",
            completed.clone(),
        );
        registry.register("gaps", "What could not be checked, by kind", gaps.clone());
        registry.register("feedback", "Cards accepted or overridden, by code of the reason", feedback.clone());
        registry.register("ready", "1 when a pack is in service", state.ready.clone());
        registry.register("pack", "The pack in service", state.pack.clone());
        registry.register_with_unit(
            "pack_age",
            "Since the pack in service was put there",
            Unit::Seconds,
            state.pack_age.clone(),
        );
        registry.register("pack_swaps", "Packs put into service since the start", state.swaps.clone());
        registry.register(
            "pack_last_refused",
            "1 when the newest pack offered was refused",
            state.last_pack_refused.clone(),
        );
        registry.register_with_unit(
            "pack_signature_age",
            "Since the pack in service was signed, by the key that signed it; absent where that is not known",
            Unit::Seconds,
            state.signature_age.clone(),
        );
        registry.register(
            "pack_doubted",
            "1 when the pack in service may not be the newest there is; /status says why",
            state.pack_doubted.clone(),
        );
        registry.register("record_queue", "Decisions waiting to be written", state.record_queue.clone());
        registry.register(
            "record_lost",
            "Decisions that could not be recorded since the start",
            state.record_lost.clone(),
        );
        registry.register(
            "traffic",
            "Connections and requests: open now, in work now; turned away, shed, throttled since the start",
            state.traffic.clone(),
        );
        registry.register("denied", "Calls not let in since the start, by reason", state.denied.clone());
        registry.register("let_in", "Calls let in since the start, by what was shown", state.clients_in.clone());
        registry.register(
            "key_sets_unusable",
            "Key sets of clients that cannot be used now",
            state.key_sets_unusable.clone(),
        );
        registry.register(
            "record_trouble",
            "1 when the record has a trouble now; /status says which",
            state.record_trouble.clone(),
        );
    }

    /// Counts an answer that was recorded.
    pub fn answered(&self, decision: &Decision) {
        if decision.late {
            // It completes an answer that was counted when it went out.
            self.completed.inc();
            return;
        }
        self.refused(&decision.hook, decision.status);
        let Took { admit_us, read_us, fetch_us, screen_us, write_us, whole_us } = decision.took;
        let phases =
            [("admit", admit_us), ("read", read_us), ("screen", screen_us), ("write", write_us), ("whole", whole_us)];
        for (phase, us) in phases.into_iter().chain((fetch_us > 0).then_some(("fetch", fetch_us))) {
            self.phases.get_or_create(&PhaseLabels { phase }).observe(us as f64 * 1e-6);
        }
        for finding in &decision.findings {
            let shown = match (finding.card.is_empty(), finding.suppressed.as_str()) {
                (false, _) => "yes",
                (true, "") => "no",
                (true, why) => why,
            };
            let labels = FindingLabels {
                rule: finding.rule.clone(),
                kind: finding.kind.clone(),
                severity: finding.severity.clone(),
                loudness: finding.loudness.clone(),
                shown: shown.to_owned(),
            };
            self.findings.get_or_create(&labels).inc();
        }
        for gap in &decision.gaps {
            self.gaps.get_or_create(&KindLabels { kind: gap.kind.clone() }).inc();
        }
    }

    /// Counts a call by its status alone.
    pub fn refused(&self, hook: &str, status: u16) {
        self.calls.get_or_create(&CallLabels { hook: hook.to_owned(), status }).inc();
    }

    /// Counts what became of a card. A reason of another system than ours is counted as `other`: it is the client's word, and
    /// might be anything.
    pub fn heard(&self, feedback: &FeedbackRecord) {
        let outcome = match feedback.accepted {
            Some(true) => "accepted",
            Some(false) => "overridden",
            None => "unreadable",
        };
        let sent = feedback.reason_code.as_str();
        let ours = Question::ALL.into_iter().flat_map(|q| reasons(q).iter().map(|(code, _)| *code));
        let known = ours.into_iter().find(|code| feedback.reason_system == REASON_SYSTEM && *code == sent);
        let reason = if sent.is_empty() { "none" } else { known.unwrap_or("other") };
        self.feedback.get_or_create(&FeedbackLabels { outcome, reason: reason.to_owned() }).inc();
    }

    /// The text that a Prometheus server reads.
    pub fn text(&self, service: &Service) -> String {
        self.look_at(service);
        let mut text = String::with_capacity(16 * 1024);
        match encode(&mut text, &self.registry) {
            Ok(()) => text,
            Err(_) => String::from("# EOF\n"),
        }
    }

    fn look_at(&self, service: &Service) {
        let (state, status, record) = (&self.state, service.lineup.status(), service.recorder.health());
        let count = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
        state.ready.set(i64::from(status.active.is_some()));
        state.pack.clear();
        if let Some((stamp, since, _)) = &status.active {
            let labels =
                PackLabels { name: stamp.name.clone(), version: stamp.version.clone(), hash: stamp.hash.clone() };
            state.pack.get_or_create(&labels).set(1);
            state.pack_age.set((service.clock)().0.saturating_sub(since.0));
        }
        let now = (service.clock)();
        state.signature_age.clear();
        if let Some((voucher, at)) = status.voucher.as_ref().and_then(|voucher| Some((voucher, voucher.at?))) {
            let labels = SignerLabels { signer: hex(&voucher.signer) };
            state.signature_age.get_or_create(&labels).set(now.since(at).0);
        }
        let doubt = service.lineup.doubt(service.settings.knowledge.signature_age_max, now);
        state.pack_doubted.set(i64::from(doubt.is_some()));
        state.swaps.set(count(status.swaps));
        state.last_pack_refused.set(i64::from(status.last_refusal().is_some()));
        state.record_queue.set(count(record.queued));
        state.record_lost.set(count(record.lost));
        state.record_trouble.set(i64::from(record.trouble.is_some()));
        self.look_at_traffic(service);
    }

    fn look_at_traffic(&self, service: &Service) {
        let (state, traffic, gate) = (&self.state, &service.traffic, service.gate.health());
        let count = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
        let here = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
        let kinds = [
            ("connections", here(traffic.connections.now())),
            ("requests", here(traffic.requests.now())),
            ("in-work", here(traffic.in_work.now())),
            ("turned-away", count(traffic.turned_away.now())),
            ("turned-away-by-address", count(traffic.turned_away_by_address.now())),
            ("not-taken", count(traffic.not_taken.now())),
            ("shed", count(traffic.shed.now())),
            ("throttled", count(traffic.throttled.now())),
            ("slow-heads", count(traffic.slow_heads.now())),
            ("slow-readers", count(traffic.slow_readers.now())),
            ("handshakes-failed", count(traffic.handshakes_failed.now())),
        ];
        for (kind, n) in kinds {
            state.traffic.get_or_create(&KindLabels { kind: kind.to_owned() }).set(n);
        }
        for (reason, n) in &gate.denied {
            state.denied.get_or_create(&ReasonLabels { reason }).set(count(*n));
        }
        for (kind, n) in
            [("token", gate.by_token), ("certificate", gate.by_certificate), ("stale-keys", gate.by_stale_keys)]
        {
            state.clients_in.get_or_create(&KindLabels { kind: kind.to_owned() }).set(count(n));
        }
        state.key_sets_unusable.set(here(gate.keys.iter().filter(|keys| !keys.usable).count()));
    }
}
