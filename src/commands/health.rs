//! `caveat health`: asks a running server whether it is ready, for containers that hold no other program.

use reqwest::{Certificate, Client, Identity, Url};
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

/// How long the server may take to answer.
const TIME_MAX: Duration = Duration::from_secs(2);

/// Whom to ask, whom to trust, what to show.
#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    /// Its address.
    #[arg(default_value = "http://127.0.0.1:8080/readyz")]
    pub address: String,
    /// A PEM file with the authorities that may have signed the server's certificate. Default: those the machine trusts.
    #[arg(long, value_name = "FILE")]
    pub authority: Option<PathBuf>,
    /// A PEM file with the certificate to show, where the server asks for one.
    #[arg(long, value_name = "FILE", requires = "key")]
    pub certificate: Option<PathBuf>,
    /// A PEM file with the key of that certificate.
    #[arg(long, value_name = "FILE", requires = "certificate")]
    pub key: Option<PathBuf>,
    /// Where to connect, whatever the name in the address leads to: 127.0.0.1 for the server in the same container.
    #[arg(long, value_name = "IP")]
    pub connect: Option<IpAddr>,
}

/// Asks an address. Exit code 0 when it answers 2xx, 1 when it answers otherwise, 2 when it does not answer or a file cannot be used.
pub fn run(options: &Options) -> ExitCode {
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(e) => {
            eprintln!("caveat: cannot start: {e}");
            return ExitCode::from(2);
        }
    };
    let address = &whole(&options.address);
    let client = match client(options, address) {
        Ok(client) => client,
        Err(why) => {
            eprintln!("caveat: {why}");
            return ExitCode::from(2);
        }
    };
    match runtime.block_on(ask(&client, address)) {
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

fn client(options: &Options, address: &str) -> Result<Client, String> {
    let mut client = Client::builder().timeout(TIME_MAX).no_proxy();
    if let Some(file) = &options.authority {
        let found = Certificate::from_pem_bundle(&read(file)?).ok().filter(|found| !found.is_empty());
        let found = found.ok_or_else(|| format!("`{}` holds no certificate as PEM", file.display()))?;
        client = client.tls_certs_only(found);
    }
    if let (Some(certificate), Some(key)) = (&options.certificate, &options.key) {
        let pem = [read(certificate)?, vec![b'\n'], read(key)?].concat();
        let wanted = |e| {
            format!("`{}` and `{}` are no certificate with its key, as PEM: {e}", certificate.display(), key.display())
        };
        client = client.identity(Identity::from_pem(&pem).map_err(wanted)?);
    }
    if let Some(at) = options.connect {
        let url = Url::parse(address).ok();
        let name = url.as_ref().and_then(Url::domain);
        let name = name.ok_or_else(|| format!("`--connect {at}` stands for a name, and {address} has none"))?;
        client = client.resolve(name, SocketAddr::new(at, 0));
    }
    client.build().map_err(|e| format!("the connection cannot be prepared: {}", told(&e)))
}

fn read(file: &Path) -> Result<Vec<u8>, String> {
    std::fs::read(file).map_err(|e| format!("cannot read `{}`: {e}", file.display()))
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
    match Url::parse(address) {
        Ok(url) if url.path() == "/" => format!("{}/readyz", address.trim_end_matches('/')),
        _ => address.to_owned(),
    }
}

async fn ask(client: &Client, address: &str) -> Result<u16, String> {
    if !address.starts_with("http://") && !address.starts_with("https://") {
        return Err(String::from("it is no http or https address"));
    }
    let answer = client.get(address).send().await.map_err(|e| told(&e.without_url()))?;
    Ok(answer.status().as_u16())
}
