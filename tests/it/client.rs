//! A client of the server's own router. Every response it gets passes the judge.

use crate::judge::{judge_discovery, judge_headers, judge_outcome, judge_response};
use crate::judge_desk::judge_issues;
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use caveat::clinical::time::Moment;
use caveat::hooks::call::Hook;
use caveat::live::lineup::Lineup;
use caveat::serve::router::router;
use caveat::serve::service::Service;
use caveat::settings::access::{Access, Grant, Role};
use caveat::settings::whole::Settings;
use http_body_util::BodyExt;
use serde_json::Value;
use std::sync::Arc;
use tower::ServiceExt;

/// A judged response.
#[derive(Clone, Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: axum::http::HeaderMap,
    pub body: Vec<u8>,
}

impl Reply {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// The cards, as `indicator: summary`.
    pub fn cards(&self) -> Vec<String> {
        let json = self.json();
        let cards = json["cards"].as_array().cloned().unwrap_or_default();
        cards
            .iter()
            .map(|c| format!("{}: {}", c["indicator"].as_str().unwrap(), c["summary"].as_str().unwrap()))
            .collect()
    }

    /// The findings of the response extension, as `rule severity loudness`.
    pub fn findings(&self) -> Vec<String> {
        let json = self.json();
        let list = json["extension"]["org.caveat.screening"]["findings"].as_array().cloned().unwrap_or_default();
        let word = |v: &Value| v.as_str().unwrap_or("?").to_owned();
        list.iter()
            .map(|f| format!("{} {} {}", word(&f["rule"]["id"]), word(&f["severity"]), word(&f["loudness"])))
            .collect()
    }

    /// The gaps of the response extension, as `kind`.
    pub fn gaps(&self) -> Vec<String> {
        let json = self.json();
        let list = json["extension"]["org.caveat.screening"]["gaps"].as_array().cloned().unwrap_or_default();
        list.iter().map(|g| g["kind"].as_str().unwrap().to_owned()).collect()
    }
}

/// The built-in pack, compiled once for all tests.
pub static BUILT_IN: &[u8] = caveat::commands::builtin::PACK;

/// A client of a service over the built-in pack, at a fixed moment.
pub struct Client {
    pub service: Arc<Service>,
}

impl Client {
    /// Over the built-in pack, by this clock.
    pub fn at(clock: fn() -> Moment) -> Client {
        let lineup = Arc::new(Lineup::new());
        lineup.activate(BUILT_IN, "built-in", Moment(0)).expect("the built-in pack is sound");
        Client::over(lineup, clock)
    }

    /// Over any lineup.
    pub fn over(lineup: Arc<Lineup>, clock: fn() -> Moment) -> Client {
        Client::with(lineup, clock, Settings::default())
    }

    /// Over any lineup, with settings; `secret` is the token of somebody who may do everything.
    pub fn with(lineup: Arc<Lineup>, clock: fn() -> Moment, mut settings: Settings) -> Client {
        let everything = Grant {
            name: "everything".to_owned(),
            roles: vec![Role::Editor, Role::Pharmacist, Role::Auditor, Role::Operator],
            token: Some(*blake3::hash(b"secret").as_bytes()),
            certificate: None,
        };
        settings.access = Access { grants: vec![everything] };
        let mut service = Service::for_trying(lineup, settings);
        service.clock = clock;
        Client { service: Arc::new(service) }
    }

    pub async fn get(&self, path: &str) -> Reply {
        self.send(Request::get(path).body(Body::empty()).unwrap()).await
    }

    pub async fn post(&self, path: &str, body: impl Into<Body>) -> Reply {
        let request = Request::post(path).header(header::CONTENT_TYPE, "application/json");
        self.send(request.body(body.into()).unwrap()).await
    }

    /// Sends a request whose answer is not JSON: its headers are judged.
    pub async fn send_plain(&self, request: Request<Body>) -> Reply {
        let response = router(Arc::clone(&self.service)).oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes().to_vec();
        assert!(
            parts.headers.contains_key(header::CONTENT_TYPE)
                && parts.headers.contains_key(header::ACCESS_CONTROL_ALLOW_ORIGIN)
        );
        Reply { status: parts.status.as_u16(), headers: parts.headers, body }
    }

    /// Sends any request; the judge reads the response before anyone else does.
    pub async fn send(&self, request: Request<Body>) -> Reply {
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        let response = router(Arc::clone(&self.service)).oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes().to_vec();
        let reply = Reply { status: parts.status.as_u16(), headers: parts.headers, body };
        judge(method.as_str(), &path, &reply);
        assert!(reply.status < 500 || parts.status == StatusCode::SERVICE_UNAVAILABLE, "{path}: {}", reply.status);
        reply
    }
}

/// Every response passes here: errors are OperationOutcomes, discovery and answers what CDS Hooks says they are.
#[track_caller]
pub fn judge(method: &str, path: &str, reply: &Reply) {
    if method == "OPTIONS" {
        return;
    }
    if path.starts_with("/docs") {
        return;
    }
    judge_headers(reply.headers.iter().map(|(name, value)| (name.as_str(), value.to_str().unwrap())));
    let service = path.strip_prefix("/cds-services/");
    match (reply.status, service.and_then(Hook::of_service)) {
        (200, Some(hook)) => judge_response(hook, reply.status, &reply.body),
        (200, None) if path == "/cds-services" => judge_discovery(reply.status, &reply.body),
        (200, None) if path == "/screen" => judge_issues(&reply.body),
        (200, None) => assert!(serde_json::from_slice::<Value>(&reply.body).unwrap().is_object()),
        (202, None) => assert!(serde_json::from_slice::<Value>(&reply.body).unwrap().is_object()),
        _ => judge_outcome(reply.status, &reply.body),
    }
}
