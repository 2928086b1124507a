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

async fn ask(address: &str) -> Result<u16, String> {
    let client = reqwest::Client::builder().timeout(TIME_MAX).no_proxy().build().map_err(|e| e.to_string())?;
    let answer = client.get(address).send().await.map_err(|e| e.without_url().to_string())?;
    Ok(answer.status().as_u16())
}
