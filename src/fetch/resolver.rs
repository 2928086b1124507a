//! From the name of a server to addresses that may be asked. The addresses looked at are the ones connected to: nothing looks the
//! name up a second time.

use crate::fetch::address;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;

/// The addresses of a name, on their way.
pub type Found = Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send>>;

/// Looks names up.
pub trait LookUp: Send + Sync + std::fmt::Debug {
    /// The addresses of a name.
    fn look_up(&self, name: &str) -> Found;
}

/// Asks the machine's own resolver.
#[derive(Debug)]
pub struct System;

impl LookUp for System {
    fn look_up(&self, name: &str) -> Found {
        let name = name.to_owned();
        Box::pin(async move { Ok(tokio::net::lookup_host((name, 0)).await?.map(|a| a.ip()).collect()) })
    }
}

/// A name leads to an address that may not be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the name leads to an address that may not be asked")]
pub struct Forbidden;

/// Looks names up, and gives addresses out only when every one of them may be asked.
#[derive(Clone, Debug)]
pub struct Guarded {
    /// Who is asked.
    pub names: Arc<dyn LookUp>,
    /// Whether addresses of the inside may be asked.
    pub inside: bool,
}

impl Resolve for Guarded {
    fn resolve(&self, name: Name) -> Resolving {
        let (found, inside) = (self.names.look_up(name.as_str()), self.inside);
        Box::pin(async move {
            let addresses = found.await?;
            if !addresses.iter().all(|a| address::allowed(*a, inside)) {
                return Err(Forbidden.into());
            }
            let addresses: Addrs = Box::new(addresses.into_iter().map(|a| SocketAddr::new(a, 0)));
            Ok(addresses)
        })
    }
}
