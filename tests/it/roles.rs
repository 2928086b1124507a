//! Roles: each denied by default, and none does another's work, by token and by certificate.

use crate::client::{BUILT_IN, Client, Reply};
use crate::serve::late_2026;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, header};
use caveat::clinical::time::Moment;
use caveat::live::lineup::Lineup;
use caveat::serve::access::granted;
use caveat::serve::peer::Peer;
use caveat::serve::service::Service;
use caveat::settings::access::{Access, Grant, Role};
use caveat::settings::whole::Settings;
use std::sync::Arc;

const ROLES: [Role; 4] = [Role::Editor, Role::Pharmacist, Role::Auditor, Role::Operator];

fn word(role: Role) -> String {
    format!("{role:?}").to_lowercase()
}

/// One grant for each role by token, and one by certificate.
fn one_each() -> Access {
    let by_token = ROLES.map(|role| Grant {
        name: word(role),
        roles: vec![role],
        token: Some(*blake3::hash(format!("token-of-{}", word(role)).as_bytes()).as_bytes()),
        certificate: None,
    });
    let by_certificate = ROLES.map(|role| Grant {
        name: format!("{}-certificate", word(role)),
        roles: vec![role],
        token: None,
        certificate: Some(format!("{}.example", word(role))),
    });
    Access { grants: by_token.into_iter().chain(by_certificate).collect() }
}

fn token(value: &str) -> HeaderMap {
    [(header::AUTHORIZATION, value.parse().unwrap())].into_iter().collect()
}

fn peer(certificate: Option<&str>) -> Peer {
    Peer { address: ([127, 0, 0, 1], 1).into(), tls: true, certificate: certificate.map(str::to_owned) }
}

#[test]
fn every_role_is_denied_until_it_is_granted() {
    let none = Access::default();
    for role in ROLES {
        for sent in ["Bearer ", "Bearer x", "Bearer token-of-editor", ""] {
            assert!(granted(&none, role, &token(sent), Some(&peer(Some("editor.example")))).is_err());
        }
        assert!(granted(&none, role, &HeaderMap::new(), None).is_err());
    }
}

#[test]
fn no_role_does_anothers_work_by_token_or_by_certificate() {
    let access = one_each();
    for held in ROLES {
        for asked in ROLES {
            let by_token = granted(&access, asked, &token(&format!("Bearer token-of-{}", word(held))), None);
            assert_eq!(by_token.is_ok(), held == asked, "{held:?} as {asked:?}");
            let shown = peer(Some(&format!("{}.example", word(held))));
            let by_certificate = granted(&access, asked, &HeaderMap::new(), Some(&shown));
            assert_eq!(by_certificate.is_ok(), held == asked, "{held:?} as {asked:?}");
            // A token of one and a certificate of another open what each opens alone, and nothing more.
            let other = token("Bearer token-of-auditor");
            let both = granted(&access, asked, &other, Some(&shown));
            assert_eq!(both.is_ok(), asked == held || asked == Role::Auditor, "{held:?} and auditor as {asked:?}");
        }
    }
}

#[test]
fn what_is_nearly_a_token_or_certificate_is_neither() {
    let access = one_each();
    let tokens = [
        "token-of-editor",
        "Basic token-of-editor",
        "Bearer token-of-edito",
        "Bearer token-of-editorr",
        "Bearer TOKEN-OF-EDITOR",
        "Bearer  token-of-editor",
        "Bearer token-of-editor ",
        "Bearer editor",
        "Bearer ",
        "Bearer",
    ];
    for sent in tokens {
        assert!(granted(&access, Role::Editor, &token(sent), Some(&peer(None))).is_err(), "{sent}");
    }
    for name in ["", "editor", "EDITOR.example", "editor.example.evil", "*.example"] {
        assert!(granted(&access, Role::Editor, &HeaderMap::new(), Some(&peer(Some(name)))).is_err(), "{name}");
    }
    let hash = blake3::hash(b"token-of-editor").to_hex();
    assert!(granted(&access, Role::Editor, &token(&format!("Bearer {hash}")), None).is_err(), "the hash is no token");
}

/// A client of a server where each role has one token.
fn client() -> Client {
    let lineup = Arc::new(Lineup::new());
    lineup.activate(BUILT_IN, "built-in", Moment(0)).unwrap();
    let mut service = Service::for_trying(lineup, Settings { access: one_each(), ..Settings::default() });
    service.clock = late_2026;
    Client { service: Arc::new(service) }
}

async fn ask(client: &Client, method: &str, path: &str, role: Option<Role>) -> Reply {
    let mut request = Request::builder().method(method).uri(path);
    if let Some(role) = role {
        request = request.header(header::AUTHORIZATION, format!("Bearer token-of-{}", word(role)));
    }
    client.send(request.body(Body::from("no pack")).unwrap()).await
}

#[tokio::test]
async fn admin_calls_want_their_role_and_no_other() {
    for (path, wants, done) in [("/admin/pack", Role::Editor, 422), ("/admin/drain", Role::Operator, 200)] {
        let client = client();
        assert_eq!(ask(&client, "POST", path, None).await.status, 401, "{path}");
        for role in ROLES.into_iter().filter(|role| *role != wants) {
            let reply = ask(&client, "POST", path, Some(role)).await;
            assert_eq!(reply.status, 401, "{path} as {role:?}");
            assert!(!String::from_utf8_lossy(&reply.body).contains("role"), "a refusal does not say why");
        }
        assert_eq!(ask(&client, "POST", path, Some(wants)).await.status, done, "{path}");
    }
}

#[tokio::test]
async fn status_is_told_in_full_to_an_operator_and_in_short_to_others() {
    let client = client();
    for role in [None, Some(Role::Editor), Some(Role::Pharmacist), Some(Role::Auditor), Some(Role::Operator)] {
        let reply = ask(&client, "GET", "/status", role).await;
        let json = reply.json();
        assert_eq!((reply.status, &json["ready"]), (200, &true.into()));
        let full = json["attempts"].is_array() || json["traffic"].is_object() || json["active"].is_object();
        assert_eq!(full, role == Some(Role::Operator), "{role:?}: {json}");
    }
    let huge = Body::from(vec![b'x'; 4 << 20]);
    let pack = Request::post("/admin/pack").header(header::AUTHORIZATION, "Bearer token-of-operator");
    assert_eq!(client.send(pack.body(huge).unwrap()).await.status, 401);
    for path in ["/livez", "/readyz"] {
        assert_eq!(ask(&client, "GET", path, None).await.status, 200, "{path} is open");
    }
}

#[tokio::test]
async fn without_any_grant_status_is_told_in_full_on_loopback_alone() {
    for (listen, full) in [("127.0.0.1:8080", true), ("0.0.0.0:8080", false)] {
        let mut settings = Settings::default();
        settings.server.listen = listen.parse().unwrap();
        let service = Service::for_trying(Arc::new(Lineup::new()), settings);
        let reply = Client { service: Arc::new(service) }.get("/status").await;
        assert_eq!(reply.json()["attempts"].is_array(), full, "{listen}");
    }
}
