//! Which network addresses may be asked for data: public ones; those of the inside only by the operator's leave.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What kind of place an address is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Out in the internet.
    Public,
    /// Loopback, link-local, private, shared, or one IPv4 address dressed as IPv6: only by the operator's leave.
    Inside,
    /// Nowhere one could ask: unspecified, multicast, broadcast, reserved.
    Nowhere,
}

/// Whether an address may be asked. `inside` is the operator's leave to ask addresses of the inside.
pub fn allowed(address: IpAddr, inside: bool) -> bool {
    match place(address) {
        Place::Public => true,
        Place::Inside => inside,
        Place::Nowhere => false,
    }
}

/// What kind of place an address is.
pub fn place(address: IpAddr) -> Place {
    match address {
        IpAddr::V4(v4) => place_v4(v4),
        IpAddr::V6(v6) => place_v6(v6),
    }
}

fn place_v4(address: Ipv4Addr) -> Place {
    let [a, b, c, _] = address.octets();
    match (a, b, c) {
        // "This network", and everything from multicast up to the broadcast address.
        (0, ..) | (224..=255, ..) => Place::Nowhere,
        (127 | 10, ..) | (169, 254, _) | (172, 16..=31, _) | (192, 168, _) | (100, 64..=127, _) => Place::Inside,
        // Protocol assignments, documentation, benchmarks, relays.
        (192, 0, 0 | 2) | (198, 18..=19, _) | (198, 51, 100) | (203, 0, 113) | (192, 88, 99) => Place::Nowhere,
        _ => Place::Public,
    }
}

fn place_v6(address: Ipv6Addr) -> Place {
    let words = address.segments();
    if address.is_unspecified() || address.is_multicast() {
        return Place::Nowhere;
    }
    // IPv4 in IPv6: mapped, compatible, NAT64 (both prefixes), 6to4; none is more public than what it hides.
    let [.., high, low] = words;
    let tail = Ipv4Addr::from((u32::from(high) << 16) | u32::from(low));
    let hidden = match words {
        [0, 0, 0, 0, 0, 0, 0, 1] => return Place::Inside,
        [0, 0, 0, 0, 0, 0xffff | 0, ..] | [0, 0, 0, 0, 0xffff, 0, ..] | [0x64, 0xff9b, 0 | 1, ..] => Some(tail),
        [0x2002, a, b, ..] => Some(Ipv4Addr::from((u32::from(a) << 16) | u32::from(b))),
        _ => None,
    };
    if let Some(hidden) = hidden {
        return if place_v4(hidden) == Place::Nowhere { Place::Nowhere } else { Place::Inside };
    }
    match words {
        // Unique local, link-local, and site-local, which is no longer given out.
        [0xfc00..=0xfdff | 0xfe80..=0xfeff, ..] => Place::Inside,
        // Teredo, benchmarks, documentation, discard.
        [0x2001, 0..=0x1ff | 0xdb8, ..] | [0x3fff, ..] | [0x100, 0, 0, 0, ..] => Place::Nowhere,
        // Only 2000::/3 is given out.
        [0x2000..=0x3fff, ..] => Place::Public,
        _ => Place::Nowhere,
    }
}
