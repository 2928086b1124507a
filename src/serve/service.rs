//! What the handlers share.

use crate::clinical::time::Moment;
use crate::fetch::base::Base;
use crate::fetch::fetcher::Fetcher;
use crate::live::clock::now;
use crate::live::lineup::Lineup;
use crate::record::book::Book;
use crate::record::pseudonym::Pseudonyms;
use crate::record::recorder::Recorder;
use crate::serve::late::Late;
use crate::serve::metrics::Metrics;
use crate::serve::traffic::Traffic;
use crate::settings::whole::Settings;
use crate::trust::gate::Gate;
use std::sync::Arc;

/// What the handlers share.
#[derive(Debug)]
pub struct Service {
    /// The pack in service.
    pub lineup: Arc<Lineup>,
    /// What the operator set.
    pub settings: Arc<Settings>,
    /// Who is let in.
    pub gate: Gate,
    /// Fetches what was not sent.
    pub fetcher: Fetcher,
    /// Answers whose rest came late.
    pub late: Late,
    /// Keeps what was answered and what came back.
    pub recorder: Arc<Recorder>,
    /// Overrides, as later answers have to know them.
    pub book: Arc<Book>,
    /// What comes and goes.
    pub traffic: Arc<Traffic>,
    /// Makes pseudonyms.
    pub pseudonyms: Pseudonyms,
    /// What is counted.
    pub metrics: Metrics,
    /// What time it is: the machine's clock, or a test's.
    pub clock: fn() -> Moment,
}

impl Service {
    /// A service over a lineup, by the machine's clock, with these parts.
    pub fn new(
        lineup: Arc<Lineup>,
        settings: Arc<Settings>,
        recorder: Arc<Recorder>,
        pseudonyms: Pseudonyms,
    ) -> Service {
        for client in &settings.clients {
            for (entry, refused) in Base::useless(client) {
                tracing::error!(client = client.name, entry, %refused, "a FHIR server on the list can never be asked");
            }
        }
        Service {
            lineup,
            gate: Gate::new(&settings),
            traffic: Arc::new(Traffic::new(settings.clients.iter().map(|client| &**client))),
            fetcher: Fetcher::new(&settings.fetching),
            book: Arc::new(Book::by(&settings.overriding)),
            late: Late::new(&settings.fetching),
            settings,
            recorder,
            pseudonyms,
            metrics: Metrics::new(),
            clock: now,
        }
    }

    /// A service for trying: records in memory, pseudonyms by a key that lasts as long as the process.
    pub fn for_trying(lineup: Arc<Lineup>, settings: Settings) -> Service {
        let key = uuid::Uuid::new_v4().into_bytes();
        Service::new(lineup, Arc::new(settings), Arc::new(Recorder::in_memory()), Pseudonyms::new(&key))
    }
}
