//! Which certificates a client trusts, and which provider of cryptography it takes, by each of the features for TLS:
//!
//! ```text
//! cargo test -p kling-api --no-default-features --features rustls-aws-lc --test tls
//! ```
//!
//! The client runs in a process of its own, since both depend on what the process is: the system's list of certificates
//! comes from the environment, and a provider is installed once.
#![expect(
    clippy::unwrap_used,
    reason = "clippy sees that a test may unwrap, but not that these helpers are for tests"
)]

mod authority;

use std::path::Path;
use std::sync::Arc;

use kling_api::v2_1::master::image_to_video::Input;
use kling_api::{Client, Error, Job, Retry, Status};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::process::Command;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::{CryptoProvider, ring};
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

const HAS_TLS: bool = cfg!(any(
    feature = "rustls",
    feature = "rustls-aws-lc",
    feature = "native-tls"
));
const HAS_RUSTLS: bool = cfg!(any(feature = "rustls", feature = "rustls-aws-lc"));

#[tokio::test]
async fn the_certificates_of_the_system_are_trusted_and_no_others() {
    let server = Server::start().await;
    let trusted = server
        .client("asks_for_a_status", Some(&server.authority))
        .await;
    let unknown = server.client("asks_for_a_status", None).await;
    if HAS_TLS {
        assert!(trusted.contains("the job is queued"), "{trusted}");
        assert!(unknown.contains("certificate"), "{unknown}");
    } else {
        for output in [trusted, unknown] {
            assert!(output.contains("was built without TLS"), "{output}");
        }
    }
}

#[tokio::test]
async fn the_provider_that_the_program_has_installed_is_taken() {
    let server = Server::start().await;
    let output = server
        .client(
            "has_a_provider_that_can_do_nothing",
            Some(&server.authority),
        )
        .await;
    if HAS_RUSTLS {
        assert!(!output.contains("the job is queued"), "{output}");
    }
}

/// The client.
#[tokio::test]
#[ignore = "a part of the other tests"]
async fn asks_for_a_status() {
    println!("{}", told(status().await));
}

/// The client of a program with a provider of its own. A handshake by it cannot be made.
#[tokio::test]
#[ignore = "a part of the other tests"]
async fn has_a_provider_that_can_do_nothing() {
    let nothing = CryptoProvider {
        kx_groups: Vec::new(),
        ..ring::default_provider()
    };
    nothing.install_default().unwrap();
    println!("{}", told(status().await));
}

async fn status() -> Result<Status, Error> {
    let client = Client::builder()
        .key("id:secret")
        .queue_url(std::env::var("QUEUE").unwrap())
        .retry(Retry::default().attempts(1))
        .build()?;
    let job = Job::<Input>::from_request_id("764cabcf-b745-4b3e-ae38-1200304cf45b");
    client.status(&job).await
}

/// An error with all its causes.
fn told(result: Result<Status, Error>) -> String {
    match result {
        Ok(status) => format!("the job is queued: {status:?}"),
        Err(error) => {
            let first: &dyn std::error::Error = &error;
            let all = std::iter::successors(Some(first), |error| error.source());
            let all: Vec<String> = all.map(ToString::to_string).collect();
            all.join(": ")
        }
    }
}

/// A server of https whose certificate one authority vouches for, made at run time.
struct Server {
    url: String,
    folder: tempfile::TempDir,
    authority: std::path::PathBuf,
}

impl Server {
    async fn start() -> Self {
        let issued = authority::issue();
        let folder = tempfile::tempdir().unwrap();
        let authority = folder.path().join("authority.pem");
        std::fs::write(&authority, &issued.authority).unwrap();

        let key = PrivateKeyDer::try_from(issued.key.serialize_der()).unwrap();
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![issued.certificate.der().clone()], key)
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!(
            "https://localhost:{}",
            listener.local_addr().unwrap().port()
        );
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let acceptor = acceptor.clone();
                tokio::spawn(async move {
                    // A client that does not trust the certificate goes away.
                    let Ok(mut stream) = acceptor.accept(stream).await else {
                        return;
                    };
                    let mut request = [0; 4096];
                    let _ = stream.read(&mut request).await;
                    let response = format!(
                        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{BODY}",
                        BODY.len()
                    );
                    let _ = stream.write_all(response.as_bytes()).await;
                    let _ = stream.shutdown().await;
                });
            }
        });
        Self {
            url,
            folder,
            authority,
        }
    }

    /// What the client prints in an environment whose list of certificates is this one.
    async fn client(&self, name: &str, certificates: Option<&Path>) -> String {
        let none = self.folder.path().join("none.pem");
        std::fs::write(&none, "").unwrap();
        let output = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", name, "--ignored", "--nocapture"])
            .env("QUEUE", &self.url)
            .env("SSL_CERT_FILE", certificates.unwrap_or(&none))
            .env("SSL_CERT_DIR", self.folder.path().join("no such folder"))
            .output()
            .await;
        let output = output.unwrap();
        String::from_utf8_lossy(&output.stdout).into_owned()
            + &String::from_utf8_lossy(&output.stderr)
    }
}

const BODY: &str = r#"{"status":"IN_QUEUE","queue_position":0,"request_id":"764cabcf-b745-4b3e-ae38-1200304cf45b"}"#;
