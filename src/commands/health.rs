//! `caveat health`: asks a running server whether it is ready, for containers that hold no other program.

use std::process::ExitCode;
use std::time::Duration;

/// How long the server may take to answer.
const TIME_MAX: Duration = Duration::from_secs(2);

/// Asks an address. Exit code 0 when it answers 2xx, 1 when it answers otherwise, 2 when it does not answer.
pub fn run(address: &str) -> ExitCode {
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(e) => {
            eprintln!("caveat: cannot start: {e}");
            return ExitCode::from(2);
        }
    };
    let address = &whole(address);
    match runtime.block_on(ask(address)) {
        Ok(status) if (200..300).contains(&status) => ExitCode::SUCCESS,
        Ok(status) => {
            eprintln!("caveat: {address} answers {status}");
            ExitCode::FAILURE
        }
        Err(why) => {
            eprintln!("caveat: {address} does not answer: {why}");
            ExitCode::from(2)
        }
    }
}

/// What went wrong, and why.
fn told(error: &dyn std::error::Error) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(why) = cause {
        words = format!("{words}: {why}");
        cause = why.source();
    }
    words
}

/// The address of readiness, where only a server is named.
fn whole(address: &str) -> String {
    match reqwest::Url::parse(address) {
        Ok(url) if url.path() == "/" => format!("{}/readyz", address.trim_end_matches('/')),
        _ => address.to_owned(),
    }
}

async fn ask(address: &str) -> Result<u16, String> {
    let client = reqwest::Client::builder().timeout(TIME_MAX).no_proxy().build().map_err(|e| e.to_string())?;
    if !address.starts_with("http://") && !address.starts_with("https://") {
        return Err(String::from("it is no http or https address"));
    }
    let answer = client.get(address).send().await.map_err(|e| told(&e.without_url()))?;
    Ok(answer.status().as_u16())
}
