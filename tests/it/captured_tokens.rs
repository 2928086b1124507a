//! Tokens in a request that is kept whole: blanked wherever they stand, before anything is kept or hashed; what is clinical stays,
//! and the answer can be repeated.

use crate::client::{BUILT_IN, Client};
use crate::records::{Folder, means};
use crate::records_replay::{key, replay};
use crate::serve::{late_2026, order_sign};
use caveat::clinical::access_token::is_token;
use caveat::live::lineup::Lineup;
use caveat::record::blank::{DEPTH_MAX, blank, without_tokens};
use caveat::record::capture::Vault;
use caveat::record::recorder::Recorder;
use caveat::record::sqlite::SqliteStore;
use caveat::record::store::{Ask, Store};
use caveat::settings::recording::{Capture, Recording};
use serde_json::{Value, json};
use std::sync::Arc;

const JWT: &str = "eyJhbGciOiJFUzM4NCIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJzZWNyZXQtY2xpZW50In0.c2VjcmV0LXNpZ25hdHVyZQ";
const OPAQUE: &str = "s3cret-0paque";

/// A text, and whether it is a token.
const TEXTS: &[(&str, bool)] = &[
    (JWT, true),
    (" eyJhbGciOiJFUzM4NCIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJzIn0.c2ln ", true),
    ("eyJhbGciOiJub25lIn0.eyJzdWIiOiJzIn0.", true),
    ("eyJhbGciOiJSU0EtT0FFUCIsImVuYyI6IkEyNTZHQ00ifQ.a2V5.aXY.Y2lwaGVy.dGFn", true),
    ("Bearer s3cret-0paque", true),
    ("bearer  abc.def", true),
    ("BEARER abcdefghijklmnopqrst", true),
    ("DPoP aBc", true),
    ("(token)", true),
    // Near misses.
    ("", false),
    ("token", false),
    ("Bearer", false),
    ("Bearer status", false),
    ("Bearer of a factor V Leiden mutation", false),
    ("bearer: unknown", false),
    ("deaf", false),
    ("eyJ", false),
    ("eyJhbGciOiJFUzM4NCJ9", false),
    ("eyJhbGciOiJFUzM4NCJ9.eyJzdWIiOiJzIn0", false),
    ("eyJNoHeadOfOurs.1.2", false),
    ("eyJ0b2tlbiI6InggfQ.a.b", false),
    ("the token eyJhbGciOiJFUzM4NCJ9.eyJzdWIiOiJzIn0.c2ln of the portal", false),
    ("(token) given", false),
];

#[test]
fn a_text_is_a_token_only_as_a_whole() {
    for (text, token) in TEXTS {
        assert_eq!(is_token(text), *token, "`{text}`");
    }
}

/// JSON, and what is kept of it; empty: all of it as it stands.
const JSON: &[(&str, &str)] = &[
    // By the name of a member, at any depth, however it is spelled.
    (r#"{"access_token":"0123456789"}"#, r#"{"access_token":"(token)"   }"#),
    (r#"{"a":[{"b":{"refreshToken":"0123456"}}]}"#, r#"{"a":[{"b":{"refreshToken":"(token)"}}]}"#),
    (r#"{"ID-TOKEN":"abc"}"#, r#"{"ID-TOKEN":"-"  }"#),
    (r#"{"client_secret" : "0123456" , "x":"y"}"#, r#"{"client_secret" : "(token)" , "x":"y"}"#),
    (r#"{"access\u005ftoken":"0123456"}"#, r#"{"access\u005ftoken":"(token)"}"#),
    (r#"{"epicAccessToken":"0123456"}"#, r#"{"epicAccessToken":"(token)"}"#),
    (r#"{"com.example.assertion":"0123456"}"#, r#"{"com.example.assertion":"(token)"}"#),
    (r#"{"Authorization":"Basic \"x\\"}"#, r#"{"Authorization":"(token)"    }"#),
    (r#"{"authorization":12345}"#, r#"{"authorization":0    }"#),
    (
        r#"{"access_token":["0123456",{"v":"1234567"}],"b":"c"}"#,
        r#"{"access_token":["(token)",{"v":"(token)"}],"b":"c"}"#,
    ),
    (r#"{"access_token":null,"id_token":true}"#, ""),
    // An extension or parameter of that name.
    (
        r#"{"url":"http://x/access_token","valueString":"0123456"}"#,
        r#"{"url":"http://x/access_token","valueString":"(token)"}"#,
    ),
    (r#"{"valueString":"0123456","name":"id_token"}"#, r#"{"valueString":"(token)","name":"id_token"}"#),
    // What is a token by itself, in a list, escaped, or in JSON within a text.
    (r#"["Bearer abc-1","x"]"#, r#"["(token)"     ,"x"]"#),
    (r#"{"note":"\u0042earer abc-1"}"#, r#"{"note":"(token)"          }"#),
    (r#"{"blob":"{\"access_token\":\"abc\"}"}"#, r#"{"blob":"(token)"                   }"#),
    // A resource under such a name is none; a token in it is.
    (r#"{"assertion":{"id":"1","resourceType":"Observation","code":{"text":"K"}}}"#, ""),
    (
        r#"{"authorization":[{"id":"1","resourceType":"Task","access_token":{"v":"0123456"}}]}"#,
        r#"{"authorization":[{"id":"1","resourceType":"Task","access_token":{"v":"(token)"}}]}"#,
    ),
    // Near misses: clinical words, and what only goes with a token.
    (r#"{"code":{"text":"token"},"valueString":"positive"}"#, ""),
    (r#"{"name":"Token","valueQuantity":{"value":5}}"#, ""),
    (r#"{"display":"authorization","code":"access_token"}"#, ""),
    (r#"{"note":[{"text":"Prior authorization: Bearer of card 12 has an access_token"}]}"#, ""),
    (r#"{"code":"abc123","state":"s","token_type":"Bearer","expires_in":300,"scope":"launch"}"#, ""),
    (r#"{"url":"http://x/priorAuthorization","valueString":"PA-1"}"#, ""),
    (r#"{"tokens":3,"authorizationDate":"2026-01-01","passwordless":"yes","secretion":"none"}"#, ""),
    (r#"{"blob":"{\"code\":\"abc\"}"}"#, ""),
    ("", ""),
    (r#"{"a":"#, ""),
    (r#"{"access_token":{"v":"0123456""#, r#"{"access_token":{"v":"(token)""#),
    (r#"{"access_token":"0123456"#, r#"{"access_token":"(token""#),
];

#[test]
fn tokens_are_blanked_and_clinical_content_stays() {
    for (json, wanted) in JSON {
        let mut kept = json.as_bytes().to_vec();
        let count = blank(&mut kept).unwrap();
        let kept = String::from_utf8(kept).unwrap();
        if json.ends_with('}') || json.ends_with(']') {
            assert_eq!(kept, if wanted.is_empty() { *json } else { *wanted }, "{json}");
            assert_eq!(count == 0, wanted.is_empty(), "{json}");
            serde_json::from_str::<Value>(&kept).unwrap();
        } else {
            assert!(!kept.contains("0123456"), "{kept}");
        }
        let once = kept.clone();
        let mut twice = kept.into_bytes();
        blank(&mut twice).unwrap();
        assert_eq!(String::from_utf8(twice).unwrap(), once, "blanked twice, it is the same");
    }
}

#[test]
fn what_is_too_deep_to_be_looked_through_is_not_kept() {
    let deep = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth)).into_bytes();
    assert_eq!(blank(&mut deep(DEPTH_MAX)), Some(0));
    assert_eq!(blank(&mut deep(DEPTH_MAX + 1)), None);
}

#[test]
fn what_was_fetched_is_kept_without_tokens() {
    let fetched = |value: &str| json!({"prefetch": json!({"labs": {"x": value}}).to_string(), "lacks": []}).to_string();
    assert_eq!(without_tokens(&fetched("potassium")), Some(fetched("potassium")));
    let kept = without_tokens(&fetched(JWT)).unwrap();
    assert!(!kept.contains(JWT) && kept.contains("(token)") && kept.contains(r#""lacks":[]"#), "{kept}");
    assert_eq!(without_tokens("no JSON"), None);
}

/// Name, what is put into the call, and the token in it; empty: a near miss, of which every byte stays.
type Sent = (&'static str, fn(&mut Value), &'static str);

fn draft(call: &mut Value) -> &mut Value {
    &mut call["context"]["draftOrders"]["entry"][0]["resource"]
}

fn on_file(call: &mut Value) -> &mut Value {
    &mut call["prefetch"]["medications"]["entry"][0]["resource"]
}

const SENT: &[Sent] = &[
    ("beside the hook", |c| c["access_token"] = json!(OPAQUE), OPAQUE),
    ("in the context", |c| c["context"]["idToken"] = json!(OPAQUE), OPAQUE),
    (
        "in the extension of the call",
        |c| c["extension"] = json!({"com.example.auth": {"refresh_token": OPAQUE}}),
        OPAQUE,
    ),
    ("as a prefetch key", |c| c["prefetch"]["authorization"] = json!(OPAQUE), OPAQUE),
    (
        "in fhirAuthorization",
        |c| {
            c["fhirAuthorization"] =
                json!({"access_token": OPAQUE, "token_type": "Bearer", "scope": "x", "subject": "y"})
        },
        OPAQUE,
    ),
    (
        "in an extension of the order, which a suggestion may repeat",
        |c| {
            let extension = json!([{"url": "http://example.org/access_token", "valueString": OPAQUE}]);
            draft(c)["extension"] = extension.clone();
            on_file(c)["extension"] = extension;
        },
        OPAQUE,
    ),
    (
        "a short one in an order that a suggestion repeats",
        |c| on_file(c)["extension"] = json!([{"url": "urn:x:id_token", "valueString": "zq9"}]),
        "zq9",
    ),
    ("as the words of a drug", |c| draft(c)["medicationCodeableConcept"]["text"] = json!(JWT), JWT),
    (
        "as all that is said of a drug",
        |c| on_file(c)["medicationCodeableConcept"] = json!({"text": format!("Bearer {OPAQUE}")}),
        OPAQUE,
    ),
    ("as a dosage", |c| draft(c)["dosageInstruction"] = json!([{"text": JWT}]), JWT),
    (
        "as an amount",
        |c| draft(c)["dosageInstruction"] = json!([{"doseAndRate": [{"doseQuantity": {"value": JWT}}]}]),
        JWT,
    ),
    ("as the hook's instance", |c| c["hookInstance"] = json!(JWT), JWT),
    (
        "a laboratory value named token",
        |c| {
            c["prefetch"]["labs"] = json!({"resourceType": "Bundle", "entry": [{"resource": {"resourceType": "Observation",
                "id": "token", "status": "final", "subject": {"reference": "Patient/p1"}, "code": {"text": "token"},
                "valueString": "Bearer status"}}]});
        },
        "",
    ),
    (
        "a note about authorization",
        |c| draft(c)["note"] = json!([{"text": "authorization by phone, access_token none"}]),
        "",
    ),
    ("a member `code`", |c| c["context"]["code"] = json!("abc123"), ""),
    (
        "a resource under the key `assertion`",
        |c| {
            c["prefetch"]["assertion"] = json!({"resourceType": "Observation", "id": "o", "status": "final",
                "subject": {"reference": "Patient/p1"}, "code": {"coding": [{"system": "http://loinc.org", "code": "2823-3"}]},
                "valueQuantity": {"value": 3.1, "unit": "mmol/L"}});
        },
        "",
    ),
];

#[tokio::test]
async fn no_token_is_captured_and_the_answer_is_repeated() {
    let folder = Folder::new();
    let key_file = key(&folder, "capture.key", "c4");
    let recording = Recording { capture: Some(Capture { key_file: key_file.clone() }), ..folder.recording() };
    let lineup = Arc::new(Lineup::new());
    lineup.activate(BUILT_IN, "test", late_2026()).unwrap();
    let mut client = Client::over(lineup, late_2026);
    Arc::get_mut(&mut client.service).unwrap().recorder = Arc::new(Recorder::open(&recording, &means()).unwrap());
    let mut answers = Vec::new();
    for (name, put, _) in SENT {
        let mut call: Value = serde_json::from_str(&order_sign(&["197805"], &["197805", "855332"])).unwrap();
        put(&mut call);
        let call = call.to_string();
        let reply = client.post("/cds-services/caveat-order-sign", call.clone()).await;
        assert_eq!(reply.status, 200, "{name}");
        let id = reply.json()["extension"]["org.caveat.screening"]["decision"].as_str().unwrap().to_owned();
        answers.push((id, call, String::from_utf8(reply.body).unwrap()));
    }
    client.service.recorder.close();
    assert_eq!(client.service.recorder.health().captures_lost, 0);
    let vault = Vault::open(&key_file).unwrap();
    let mut store = SqliteStore::open_to_read(&folder.0).unwrap();
    let key_file = key_file.display().to_string();
    let mut repeated = 0;
    for ((name, _, token), (id, call, answer)) in SENT.iter().zip(&answers) {
        let entry = store.find(&Ask::Capture(id.clone())).unwrap().remove(0);
        let kept = vault.read(id, &entry.payload).unwrap();
        let all = [kept.body.clone(), kept.answer.clone(), kept.fetched.unwrap_or_default().into_bytes()].concat();
        let all = String::from_utf8(all).unwrap();
        if token.is_empty() {
            assert_eq!(String::from_utf8(kept.body).unwrap(), *call, "{name}");
        } else {
            assert!(call.contains(token) && !all.contains(token), "{name}: {all}");
        }
        repeated += usize::from(!token.is_empty() && answer.contains(token));
        let (code, said) = replay(&folder, id, &["--key-file", &key_file]);
        assert!(code == 0 && said.contains("same: "), "{name}: {said}");
        assert_eq!(said.contains("but for tokens"), !token.is_empty() && answer.contains(token), "{name}: {said}");
    }
    assert_eq!(repeated, 2, "the order that a suggestion repeats");
    folder.verify().unwrap();
}
