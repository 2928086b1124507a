//! The certificate in use, and its renewal: files are looked at again and again; what cannot be used leaves the old one.

use crate::settings::server::Tls;
use crate::settings::tls_files::{BadFile, Loaded, hash, load};
use arc_swap::ArcSwap;
use rustls::ServerConfig;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// The certificate in use.
#[derive(Debug)]
pub struct Certificates {
    files: Tls,
    current: ArcSwap<Loaded>,
    refused: Mutex<Option<Refusal>>,
    renewals: AtomicU64,
}

#[derive(Debug)]
struct Refusal {
    hash: [u8; 32],
    why: String,
}

impl Certificates {
    /// The certificate of these files.
    ///
    /// # Errors
    ///
    /// [`BadFile`] when a file cannot be used.
    pub fn load(files: &Tls) -> Result<Certificates, BadFile> {
        let current = ArcSwap::from_pointee(load(files)?);
        Ok(Certificates { files: files.clone(), current, refused: Mutex::new(None), renewals: AtomicU64::new(0) })
    }

    /// What a new connection is shaken hands with. Connections that are open keep what they began with.
    pub fn config(&self) -> Arc<ServerConfig> {
        Arc::clone(&self.current.load().config)
    }

    /// Looks at the files; a renewed certificate that can be used is taken. One that cannot is told once, and looked at again
    /// when the files change: they may be half written.
    pub fn look(&self) {
        let found = hash(&self.files);
        if found == self.current.load().hash {
            *self.refused.lock().unwrap_or_else(PoisonError::into_inner) = None;
            return;
        }
        let mut refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        if refused.as_ref().is_some_and(|refusal| refusal.hash == found) {
            return;
        }
        match load(&self.files) {
            Ok(loaded) => {
                tracing::info!(not_after = loaded.not_after, "the renewed certificate is in use");
                self.current.store(Arc::new(loaded));
                self.renewals.fetch_add(1, Ordering::Relaxed);
                *refused = None;
            }
            Err(bad) => {
                tracing::error!(%bad, "the renewed certificate cannot be used; the old one goes on");
                *refused = Some(Refusal { hash: found, why: bad.to_string() });
            }
        }
    }

    /// Looks again and again, until dropped.
    pub async fn keep_looking(self: Arc<Certificates>) {
        loop {
            tokio::time::sleep(self.files.look_every).await;
            let this = Arc::clone(&self);
            let _ = tokio::task::spawn_blocking(move || this.look()).await;
        }
    }

    /// Until when the certificate in use is good, in seconds since 1970.
    pub fn not_after(&self) -> Option<i64> {
        self.current.load().not_after
    }

    /// Certificates taken since the start.
    pub fn renewals(&self) -> u64 {
        self.renewals.load(Ordering::Relaxed)
    }

    /// Why the files as they are now are not in use; `None`: they are.
    pub fn trouble(&self) -> Option<String> {
        self.refused.lock().unwrap_or_else(PoisonError::into_inner).as_ref().map(|refusal| refusal.why.clone())
    }
}
