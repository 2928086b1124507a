//! Who is connected from where: so many connections from one address and no more, so that one machine cannot take them all.

use crate::serve::traffic::Traffic;
use crate::settings::server::Server;
use hashbrown::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How many connections each address has open. Holds no more addresses than there are connections.
#[derive(Debug, Default)]
pub struct Neighbours(Mutex<HashMap<IpAddr, usize>>);

/// One connection of an address, until it is dropped.
pub struct Place {
    traffic: Arc<Traffic>,
    house: IpAddr,
}

impl Neighbours {
    /// How many connections an address has open now.
    pub fn of(&self, address: IpAddr) -> usize {
        self.lock().get(&house(address)).copied().unwrap_or(0)
    }

    /// A thread that died while it counted left at worst one count too many.
    fn lock(&self) -> MutexGuard<'_, HashMap<IpAddr, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place {
    /// Counts one more connection of an address, unless it has as many as one may have. Proxies may have any number.
    pub fn take(traffic: &Arc<Traffic>, limits: &Server, address: IpAddr) -> Option<Place> {
        let (address, house) = (address.to_canonical(), house(address));
        let mut open = traffic.neighbours.lock();
        let count = open.entry(house).or_insert(0);
        if *count >= limits.address_connections_max && !limits.proxies.iter().any(|p| p.to_canonical() == address) {
            return None;
        }
        *count += 1;
        drop(open);
        Some(Place { traffic: Arc::clone(traffic), house })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.traffic.neighbours.lock();
        if let Some(count) = open.get_mut(&self.house) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                open.remove(&self.house);
            }
        }
    }
}

/// What counts as one machine: an address of IPv4, also one dressed as IPv6, or the /64 of an address of IPv6, for a machine has all
/// of its network to choose from.
fn house(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(six) => IpAddr::V6(Ipv6Addr::from_bits(six.to_bits() & (u128::MAX << 64))),
        four => four,
    }
}
