//! TLS to a client's FHIR server: who is believed, and what the prescriber sees when nobody is.

use crate::authority::{Authority, Pair};
use crate::fetching::{Site, TOKEN, but, lacking, meets_warfarin, on_file, sign};
use crate::fhir_server::FhirServer;
use crate::server::Folder;
use caveat::hooks::call::Hook;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

const HERE: &[&str] = &["127.0.0.1"];

/// A site that trusts the authorities of a file, besides those of the machine.
fn site(server: &FhirServer, authorities: Option<PathBuf>) -> Site {
    Site::with(server, |_, settings| {
        settings.fetching.fhir_server_authority = authorities;
        settings.fetching.request_time = Duration::from_secs(5);
    })
}

/// Asks without the allergies; warfarin was sent, and is screened whatever becomes of them.
async fn asked(site: &Site, server: &FhirServer) -> Vec<String> {
    let (reply, _) = site.ask(Hook::OrderSign, &sign(server, &but("allergies"))).await;
    assert_eq!(reply.status, 200);
    assert!(meets_warfarin(&reply), "what was sent is screened all the same");
    lacking(&reply)
}

fn said(words: &str) -> Vec<String> {
    vec![format!("source-failed: allergies: {words}, so nothing was asked")]
}

#[tokio::test]
async fn a_private_authority_that_the_settings_name_is_believed() {
    let (folder, ours) = (Folder::new("fhir-tls"), Authority::new("hospital"));
    let file = folder.write("authorities.pem", &format!("{}{}", Authority::new("another").pem, ours.pem));
    let server = FhirServer::secure(ours.server_named(HERE).config(), on_file()).await;
    assert_eq!(asked(&site(&server, Some(file)), &server).await, [""; 0]);
    assert_eq!(server.asked(), ["/fhir/AllergyIntolerance?patient=p1&_count=200"]);
    assert!(server.heads()[0].contains(&format!("authorization: Bearer {TOKEN}")));
}

/// Each certificate that is not good, beside the one that is; the server is otherwise the same.
#[tokio::test]
async fn a_server_that_is_not_what_it_should_be_gets_no_request_and_the_gap_says_why() {
    let (folder, ours) = (Folder::new("fhir-tls"), Authority::new("hospital"));
    let (theirs, namesake) = (Authority::new("elsewhere"), Authority::new("hospital"));
    let file = folder.write("authority.pem", &ours.pem);
    let table: [(&str, Pair, Option<PathBuf>, Option<&str>); 8] = [
        ("good", ours.server_named(HERE), Some(file.clone()), None),
        (
            "of another authority",
            theirs.server_named(HERE),
            Some(file.clone()),
            Some("the FHIR server's certificate is of an authority that is not trusted here"),
        ),
        (
            "of another authority of the same name",
            namesake.server_named(HERE),
            Some(file.clone()),
            Some("the FHIR server's certificate is not good"),
        ),
        (
            "of an authority that no setting names",
            ours.server_named(HERE),
            None,
            Some("the FHIR server's certificate is of an authority that is not trusted here"),
        ),
        (
            "for another name",
            ours.server_named(&["fhir.hospital.example"]),
            Some(file.clone()),
            Some("the FHIR server's certificate is for another server"),
        ),
        (
            "for another address",
            ours.server_named(&["127.0.0.2", "localhost"]),
            Some(file.clone()),
            Some("the FHIR server's certificate is for another server"),
        ),
        ("expired", ours.expired(HERE), Some(file.clone()), Some("the FHIR server's certificate has expired")),
        (
            "made for clients",
            ours.client(None, HERE),
            Some(file.clone()),
            Some("the FHIR server's certificate is not good"),
        ),
    ];
    for (name, pair, authorities, words) in table {
        let server = FhirServer::secure(pair.config(), on_file()).await;
        let gaps = asked(&site(&server, authorities), &server).await;
        assert_eq!(gaps, words.map(said).unwrap_or_default(), "{name}");
        assert_eq!(server.asked().is_empty(), words.is_some(), "{name}: neither request nor token is sent");
    }
}

#[tokio::test]
async fn plain_http_on_the_tls_port_is_not_taken_for_an_answer() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let heard = Arc::new(Mutex::new(Vec::new()));
    let ears = Arc::clone(&heard);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut chunk = [0; 4_096];
            let n = stream.read(&mut chunk).await.unwrap_or(0);
            ears.lock().unwrap().extend_from_slice(&chunk[..n]);
            let body = r#"{"resourceType":"Bundle","type":"searchset","total":0}"#;
            let head =
                format!("HTTP/1.1 200 OK\r\ncontent-type: application/fhir+json\r\ncontent-length: {}", body.len());
            let _ = stream.write_all(format!("{head}\r\n\r\n{body}").as_bytes()).await;
        }
    });
    let mut server = FhirServer::start(on_file()).await;
    server.base = format!("https://127.0.0.1:{port}/fhir");
    let words = "no safe connection to the FHIR server came about";
    assert_eq!(asked(&site(&server, None), &server).await, said(words));
    assert!(!String::from_utf8_lossy(&heard.lock().unwrap()).contains(TOKEN), "the token is not sent in the clear");
}

#[tokio::test]
async fn a_handshake_that_does_not_end_is_given_up_in_time() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        let mut held = Vec::new();
        while let Ok((stream, _)) = listener.accept().await {
            held.push(stream);
        }
    });
    let mut server = FhirServer::start(on_file()).await;
    server.base = format!("https://127.0.0.1:{port}/fhir");
    let site = Site::with(&server, |_, settings| settings.fetching.request_time = Duration::from_millis(300));
    let gaps = asked(&site, &server).await;
    assert_eq!(gaps, ["source-failed: allergies: the FHIR server did not answer in time"]);
}

#[tokio::test]
async fn an_authority_file_that_is_gone_is_a_gap_until_it_is_back() {
    let (folder, ours) = (Folder::new("fhir-tls"), Authority::new("hospital"));
    let file = folder.path().join("authority.pem");
    let server = FhirServer::secure(ours.server_named(HERE).config(), on_file()).await;
    let site = site(&server, Some(file));
    assert_eq!(asked(&site, &server).await, ["source-failed: allergies: no connection can be made here"]);
    folder.write("authority.pem", &ours.pem);
    assert_eq!(asked(&site, &server).await, [""; 0]);
}
