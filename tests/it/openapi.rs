//! The OpenAPI document: as kept, and true to the router.

use crate::client::Client;
use crate::serve::late_2026;
use axum::body::Body;
use axum::http::{Method, Request};
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::Path;

/// The document of the running service, as a golden; `UPDATE=1` rewrites it.
#[tokio::test]
async fn the_document_is_the_one_kept() {
    let reply = Client::at(late_2026).get("/openapi.json").await;
    let text = String::from_utf8(reply.body).unwrap() + "\n";
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/openapi.json");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    let wanted = std::fs::read_to_string(&path).unwrap_or_default();
    for (n, (got, wanted)) in text.lines().zip(wanted.lines()).enumerate() {
        assert_eq!(got, wanted, "{} line {}; UPDATE=1 rewrites it", path.display(), n + 1);
    }
    assert_eq!(text.lines().count(), wanted.lines().count(), "{}; UPDATE=1 rewrites it", path.display());
}

/// Method and path of every operation in the document.
fn documented(document: &Value) -> BTreeSet<(String, String)> {
    let mut all = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for method in item.as_object().unwrap().keys() {
            all.insert((method.clone(), path.clone()));
        }
    }
    all
}

/// Method and path of every route, as the router's own source names them.
fn routed() -> BTreeSet<(String, String)> {
    let source = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/serve/router.rs")).unwrap();
    let mut all = BTreeSet::new();
    for route in source.split(".route(").skip(1) {
        let path = route.split('"').nth(1).unwrap();
        let end = route.find(".route(").unwrap_or(route.len());
        let handlers = route[..end].lines().next().unwrap();
        for method in ["get", "post", "put", "delete"] {
            if handlers.contains(&format!("{method}(")) {
                all.insert((method.to_owned(), path.to_owned()));
            }
        }
    }
    all
}

#[tokio::test]
async fn every_route_is_in_the_document_and_nothing_else() {
    let client = Client::at(late_2026);
    let document = client.get("/openapi.json").await.json();
    assert_eq!(document["openapi"], "3.1.0");
    assert_eq!(documented(&document), routed());
    for (method, path) in documented(&document) {
        let path = path.replace("{id}", "x").replace("{card}", "y");
        let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
        let reply = client.send(Request::builder().method(method).uri(&path).body(Body::empty()).unwrap()).await;
        let said = String::from_utf8_lossy(&reply.body).into_owned();
        assert!(reply.status != 405 && !said.contains("there is nothing here"), "{path}: {said}");
    }
}

#[tokio::test]
async fn every_operation_says_what_it_is_for_and_what_it_answers() {
    let document = Client::at(late_2026).get("/openapi.json").await.json();
    let mut ids = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let at = format!("{method} {path}");
            assert!(operation["summary"].as_str().is_some_and(|s| s.len() > 5), "{at} has no summary");
            assert!(ids.insert(operation["operationId"].to_string()), "{at}: its id stands twice");
            let answers = operation["responses"].as_object().unwrap();
            for (status, answer) in answers {
                assert!(answer["content"].is_object(), "{at} {status} has no body");
                assert!(
                    answer["description"].as_str().is_some_and(|d| !d.is_empty()),
                    "{at} {status} is not described"
                );
            }
            for parameter in operation["parameters"].as_array().into_iter().flatten() {
                assert!(parameter["description"].as_str().is_some_and(|d| d.len() > 3), "{at}: {parameter}");
            }
        }
    }
}

#[tokio::test]
async fn the_pages_come_from_this_program_alone() {
    let client = Client::at(late_2026);
    let page = client.get("/docs/").await;
    let text = String::from_utf8_lossy(&page.body).into_owned();
    assert_eq!(page.status, 200);
    assert!(!text.contains("https://") && !text.contains("src=\"//"), "{text}");
    let start = String::from_utf8(client.get("/docs/swagger-initializer.js").await.body).unwrap();
    assert!(start.contains("/openapi.json"), "{start}");
}
