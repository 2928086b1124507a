//! Addresses a call may name, and those it may not: every trick to make the service ask the inside.

use crate::fetching::{Site, but, lacking, sign};
use crate::fhir_server::{Act, FhirServer, empty};
use caveat::fetch::address::{Place, place};
use caveat::fetch::base::Base;
use caveat::fetch::fetcher::Fetcher;
use caveat::fetch::resolver::{Found, LookUp};
use caveat::hooks::call::Hook;
use caveat::settings::client::Client;
use caveat::settings::fetching::Fetching;
use std::net::IpAddr;
use std::sync::Arc;

fn client(inside: bool, servers: &[&str]) -> Client {
    let fhir_servers = servers.iter().map(ToString::to_string).collect();
    Client { fhir_servers, fhir_servers_private: inside, ..Client::default() }
}

fn verdict(client: &Client, server: &str) -> String {
    match Base::of(client, server) {
        Ok(_) => String::from("asked"),
        Err(refused) => refused.to_string(),
    }
}

const SPELLING: &str = "it is not written as the base of a FHIR server is written";
const UNLISTED: &str = "it is not on the client's list";
const ADDRESS: &str = "its address may not be asked";

#[test]
fn a_base_is_asked_only_as_it_stands_on_the_list() {
    let listed = client(false, &["https://fhir.example.org/r4", "https://ports.example.org:8443/"]);
    for (server, expect) in [
        ("https://fhir.example.org/r4", "asked"),
        ("https://fhir.example.org/r4/", "asked"),
        ("https://fhir.example.org/r4/tenant-7", "asked"),
        ("https://ports.example.org:8443/any/path", "asked"),
        ("https://ports.example.org:8443", "asked"),
        // Other server, other port, other path, only half a segment.
        ("https://fhir.example.org", UNLISTED),
        ("https://fhir.example.org/r4evil", UNLISTED),
        ("https://fhir.example.org/R4", UNLISTED),
        ("https://fhir.example.org/dstu2", UNLISTED),
        ("https://fhir.example.org:8443/r4", UNLISTED),
        ("https://ports.example.org/r4", UNLISTED),
        ("https://fhir.example.org.evil.org/r4", UNLISTED),
        ("https://evil.org/https://fhir.example.org/r4", SPELLING),
        ("https://evil.org/fhir.example.org/r4", UNLISTED),
        ("https://xfhir.example.org/r4", UNLISTED),
        // Other schemes.
        ("http://fhir.example.org/r4", SPELLING),
        ("HTTPS://fhir.example.org/r4", SPELLING),
        ("file:///etc/passwd", SPELLING),
        ("gopher://fhir.example.org/r4", SPELLING),
        ("//fhir.example.org/r4", SPELLING),
        ("fhir.example.org/r4", SPELLING),
        ("", SPELLING),
        // Users, queries, fragments.
        ("https://user@fhir.example.org/r4", SPELLING),
        ("https://fhir.example.org@evil.org/r4", SPELLING),
        ("https://fhir.example.org:443@evil.org/r4", SPELLING),
        ("https://evil.org/?https://fhir.example.org/r4", SPELLING),
        ("https://fhir.example.org/r4?x=1", SPELLING),
        ("https://fhir.example.org/r4#x", SPELLING),
        ("https://evil.org#fhir.example.org/r4", SPELLING),
        // Backslashes, dots, escapes, blanks, empty segments, parameters.
        ("https://fhir.example.org\\@evil.org/r4", SPELLING),
        ("https:\\\\fhir.example.org/r4", SPELLING),
        ("https:/fhir.example.org/r4", SPELLING),
        ("https:///fhir.example.org/r4", SPELLING),
        ("https://fhir.example.org/r4/../admin", SPELLING),
        ("https://fhir.example.org/r4/./x", SPELLING),
        ("https://fhir.example.org/r4/..", SPELLING),
        ("https://fhir.example.org/r4/%2e%2e/admin", SPELLING),
        ("https://fhir.example.org/r4%2f..%2fadmin", SPELLING),
        ("https://fhir.example.org/r4/..;/admin", SPELLING),
        ("https://fhir.example.org//r4", SPELLING),
        ("https://fhir.example.org/r4//x", SPELLING),
        ("https://fhir.example.org/r4\n", SPELLING),
        ("https://fhir.example.org/r4\t", SPELLING),
        (" https://fhir.example.org/r4", SPELLING),
        ("https://fhir.example.org\u{0}/r4", SPELLING),
        // Other spellings of the host.
        ("https://FHIR.example.org/r4", SPELLING),
        ("https://fhir.example.org./r4", SPELLING),
        ("https://fhir.example.org:443/r4", SPELLING),
        ("https://fhir.example.org:/r4", SPELLING),
        ("https://fhir.ex\u{e4}mple.org/r4", SPELLING),
        ("https://fhir.example\u{3002}org/r4", SPELLING),
        ("https://\u{ff46}hir.example.org/r4", SPELLING),
        ("https://%66hir.example.org/r4", SPELLING),
    ] {
        assert_eq!(verdict(&listed, server), expect, "{server:?}");
    }
}

#[test]
fn an_address_in_numbers_is_asked_only_with_leave_and_in_its_plain_form() {
    // Even on the list, where an attacker would never be.
    for (server, outside, inside) in [
        ("https://93.184.216.34", "asked", "asked"),
        ("https://127.0.0.1", ADDRESS, "asked"),
        ("https://10.1.2.3", ADDRESS, "asked"),
        ("https://169.254.169.254", ADDRESS, "asked"),
        ("https://0.0.0.0", ADDRESS, ADDRESS),
        ("https://255.255.255.255", ADDRESS, ADDRESS),
        ("https://[::1]", ADDRESS, "asked"),
        ("https://[::]", ADDRESS, ADDRESS),
        ("https://[fe80::1]", ADDRESS, "asked"),
        ("https://[fd00::1]", ADDRESS, "asked"),
        ("https://[::ffff:7f00:1]", ADDRESS, "asked"),
        ("https://[64:ff9b::7f00:1]", ADDRESS, "asked"),
        // One address in other clothes.
        ("https://2130706433", SPELLING, SPELLING),
        ("https://0x7f000001", SPELLING, SPELLING),
        ("https://0x7f.0.0.1", SPELLING, SPELLING),
        ("https://017700000001", SPELLING, SPELLING),
        ("https://0177.0.0.1", SPELLING, SPELLING),
        ("https://127.1", SPELLING, SPELLING),
        ("https://127.0.0.1.", SPELLING, SPELLING),
        ("https://[::ffff:127.0.0.1]", SPELLING, SPELLING),
        ("https://[0:0:0:0:0:0:0:1]", SPELLING, SPELLING),
        ("https://[::1%25lo]", SPELLING, SPELLING),
    ] {
        assert_eq!(verdict(&client(false, &[server]), server), outside, "{server}");
        assert_eq!(verdict(&client(true, &[server]), server), inside, "{server} with leave");
    }
    assert_eq!(verdict(&client(true, &["http://10.0.0.1"]), "http://10.0.0.1"), "asked", "plain HTTP with leave");
    assert_eq!(verdict(&client(false, &["http://93.184.216.34"]), "http://93.184.216.34"), SPELLING);
    assert_eq!(verdict(&client(true, &[""]), "https://10.0.0.1"), UNLISTED, "an empty entry lets nobody in");
}

#[test]
fn an_entry_that_no_call_can_name_is_a_mistake() {
    let entries =
        ["https://fhir.example.org/r4/", "https://FHIR.example.org/r4", "http://10.0.0.1/r4", "https://10.0.0.1"];
    let useless =
        |inside| Base::useless(&client(inside, &entries)).iter().map(|(e, _)| e.to_string()).collect::<Vec<_>>();
    assert_eq!(useless(false), entries[1..]);
    assert_eq!(useless(true), entries[1..2]);
}

#[test]
fn addresses_are_told_apart() {
    for (place_is, addresses) in [
        (
            Place::Public,
            &[
                "8.8.8.8",
                "93.184.216.34",
                "172.15.0.1",
                "172.32.0.1",
                "100.63.0.1",
                "100.128.0.1",
                "169.253.1.1",
                "192.167.1.1",
                "2606:4700::1111",
                "2a00::1",
            ][..],
        ),
        (
            Place::Inside,
            &[
                "127.0.0.1",
                "127.255.1.1",
                "10.0.0.1",
                "172.16.0.1",
                "172.31.255.255",
                "192.168.0.1",
                "169.254.169.254",
                "100.64.0.1",
                "100.127.255.255",
                "::1",
                "fc00::1",
                "fdff::1",
                "fe80::1",
                "febf::1",
                "fec0::1",
                "::ffff:8.8.8.8",
                "::ffff:127.0.0.1",
                "::127.0.0.1",
                "64:ff9b::10.0.0.1",
                "64:ff9b:1::8.8.8.8",
                "2002:7f00:1::",
                "2002:808:808::",
            ],
        ),
        (
            Place::Nowhere,
            &[
                "0.0.0.0",
                "0.1.2.3",
                "224.0.0.1",
                "239.1.1.1",
                "240.0.0.1",
                "255.255.255.255",
                "192.0.2.1",
                "198.18.0.1",
                "198.51.100.1",
                "203.0.113.1",
                "192.0.0.1",
                "::",
                "ff02::1",
                "2001:db8::1",
                "2001::1",
                "100::1",
                "4000::1",
                "::ffff:0.0.0.0",
            ],
        ),
    ] {
        for address in addresses {
            assert_eq!(place(address.parse().unwrap()), place_is, "{address}");
        }
    }
}

#[test]
fn nothing_asked_lies_outside_the_base() {
    let base = Base::of(&client(false, &["https://h.example.org/r4"]), "https://h.example.org/r4").unwrap();
    for (path, whole) in [
        ("Patient/1", Some("https://h.example.org/r4/Patient/1")),
        ("/Patient/1", Some("https://h.example.org/r4/Patient/1")),
        ("?page=2", Some("https://h.example.org/r4?page=2")),
        ("Condition?next=https://evil.org/../x", Some("https://h.example.org/r4/Condition?next=https://evil.org/../x")),
        ("../admin", None),
        ("Patient/../../admin", None),
        ("Patient/%2e%2e/%2e%2e/admin", None),
        ("Patient%2f..%2fadmin", None),
        ("Patient\\..\\..\\admin", None),
        ("/..;/admin", None),
        ("//evil.org/x", None),
        ("Patient/1#x", None),
    ] {
        assert_eq!(base.at(path).ok().as_ref().map(|u| u.as_str()), whole, "{path}");
    }
    let page = base.at("Condition?patient=1").unwrap();
    for (link, whole) in [
        ("?page=2", Some("https://h.example.org/r4/Condition?page=2")),
        ("https://h.example.org/r4/Condition?page=2", Some("https://h.example.org/r4/Condition?page=2")),
        ("https://h.example.org/r4?p=2", Some("https://h.example.org/r4?p=2")),
        ("https://h.example.org/r4x?p=2", None),
        ("https://h.example.org/?p=2", None),
        ("http://h.example.org/r4?p=2", None),
        ("https://h.example.org:8443/r4?p=2", None),
        ("https://u:p@h.example.org/r4?p=2", None),
        ("//evil.org/r4?p=2", None),
        ("https://evil.org/r4?p=2", None),
        ("https://h.example.org@evil.org/r4?p=2", None),
        ("/r4/../x", None),
        ("javascript:alert(1)", None),
        ("file:///etc/passwd", None),
    ] {
        assert_eq!(base.follow(&page, link).ok().as_ref().map(|u| u.as_str()), whole, "{link}");
    }
}

/// Says of every name that it has these addresses.
#[derive(Debug)]
struct Names(Vec<IpAddr>);

impl LookUp for Names {
    fn look_up(&self, _name: &str) -> Found {
        let found = self.0.clone();
        Box::pin(async move { Ok(found) })
    }
}

#[tokio::test]
async fn a_name_that_leads_inside_is_not_asked_without_leave() {
    let said = ["source-failed: allergies: the FHIR server's name leads to an address that may not be asked"];
    for (inside, addresses, asked) in [
        (false, &["127.0.0.1"][..], 0),
        (false, &["93.184.216.34", "127.0.0.1"], 0),
        (false, &["127.0.0.1", "93.184.216.34"], 0),
        (false, &["::ffff:127.0.0.1"], 0),
        (true, &["0.0.0.0"], 0),
        (true, &["127.0.0.1"], 1),
    ] {
        let server = FhirServer::start([("", Act::Json(empty()))]).await;
        let port = server.base.trim_end_matches("/fhir").rsplit_once(':').unwrap().1;
        let scheme = if inside { "http" } else { "https" };
        let base = format!("{scheme}://fhir.hospital.example:{port}/fhir");
        let mut site = Site::with(&server, |client, _| {
            client.fhir_servers = vec![base.clone()];
            client.fhir_servers_private = inside;
        });
        let names = Names(addresses.iter().map(|a| a.parse().unwrap()).collect());
        let service = Arc::get_mut(&mut site.desk.service).unwrap();
        service.fetcher = Fetcher::with_names(&Fetching::default(), Arc::new(names));
        let body = sign(&server, &but("allergies")).replace(&server.base, &base);
        let (reply, _) = site.ask(Hook::OrderSign, &body).await;
        assert_eq!(server.connections(), asked, "{addresses:?}");
        assert_eq!(lacking(&reply), said[asked..], "{addresses:?}");
    }
}
