//! What the tests of the runtime have in common: a client for a `FakeFal`, a network that refuses connections, and a
//! server that only writes down what reaches it.
#![expect(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "this is for tests only, which end where something is not as it should be"
)]

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::kling::v1::standard::image_to_video::Input;
use kling_api::reqwest;
use kling_api::reqwest::dns::{Addrs, Name, Resolve, Resolving};
use kling_api::testing::{FakeFal, FakeFalBuilder};
use kling_api::{Client, ClientBuilder, Error, Job, Retry};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// A prompt that is found again wherever it leaks to.
pub const PROMPT: &str = "a prompt that is nobody else's business";

/// The input that the tests submit.
#[must_use]
pub fn input() -> Input {
    Input::new(PROMPT, "https://example.com/robins.webp")
}

/// A fake that serves the endpoints of [`crate::kling`].
///
/// # Panics
///
/// When a document of the fixture is no JSON.
pub fn fake() -> FakeFalBuilder {
    let documents = crate::kling::DOCUMENTS.iter();
    documents.fold(FakeFal::builder(), |fake, (id, text)| {
        fake.document(*id, serde_json::from_str(text).unwrap())
    })
}

/// The settings of a client for this fake: three attempts at most, and hardly a pause between them.
pub fn settings(fake: &FakeFal) -> ClientBuilder {
    fake.client().retry(brief()).configure_http(plain)
}

/// The transport of a client for loopback: reading the system's certificates takes longer than most tests.
fn plain(transport: reqwest::ClientBuilder) -> reqwest::ClientBuilder {
    transport.no_proxy().tls_certs_only([])
}

/// A client for this fake.
#[must_use]
pub fn client(fake: &FakeFal) -> Client {
    settings(fake).build().unwrap()
}

/// Three attempts, and pauses that a test can wait for.
pub fn brief() -> Retry {
    Retry::default()
        .attempts(3)
        .first_delay(Duration::from_millis(1))
        .max_delay(Duration::from_millis(2))
}

/// A job that the fake has.
pub async fn submitted(client: &Client) -> Job<Input> {
    client.call(input()).submit().await.unwrap()
}

/// The error with all that stands behind it, as texts: of each, what it prints and how it looks for debugging.
#[must_use]
pub fn chain(error: &Error) -> Vec<String> {
    let mut texts = Vec::new();
    let mut next: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = next {
        texts.push(error.to_string());
        texts.push(format!("{error:?}"));
        texts.push(format!("{error:#?}"));
        next = error.source();
    }
    texts
}

/// A network whose connections to a fake may be refused, without any timing: the name [`Gate::HOST`] leads to the
/// fake, or to an address of the same machine on which nobody listens.
#[derive(Clone, Debug, Default)]
pub struct Gate {
    left: Arc<AtomicUsize>,
    refused: Arc<AtomicUsize>,
}

impl Gate {
    /// The name that stands for the fake.
    pub const HOST: &'static str = "queue.localhost";

    /// The fake's URL through this gate.
    #[must_use]
    pub fn url(fake: &FakeFal) -> String {
        fake.url().replace("127.0.0.1", Self::HOST)
    }

    /// Refuses so many connections from now on.
    pub fn refuse(&self, connections: usize) {
        self.left.store(connections, Ordering::SeqCst);
    }

    /// How many connections were refused.
    #[must_use]
    pub fn refused(&self) -> usize {
        self.refused.load(Ordering::SeqCst)
    }

    /// Makes a client go through this gate.
    pub fn guard(&self, settings: ClientBuilder, fake: &FakeFal) -> ClientBuilder {
        let gate = self.clone();
        settings
            .queue_url(Self::url(fake))
            .run_url(format!("{}/-/run", Self::url(fake)))
            .allow_plain_http(true)
            .configure_http(move |transport| plain(transport).dns_resolver(Arc::new(gate.clone())))
    }
}

impl Resolve for Gate {
    fn resolve(&self, name: Name) -> Resolving {
        assert_eq!(name.as_str(), Self::HOST, "no other name is asked for");
        let is_refused = self
            .left
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| {
                left.checked_sub(1)
            })
            .is_ok();
        let address = if is_refused {
            self.refused.fetch_add(1, Ordering::SeqCst);
            IpAddr::V6(Ipv6Addr::LOCALHOST)
        } else {
            IpAddr::V4(Ipv4Addr::LOCALHOST)
        };
        // The port of the URL takes the place of 0.
        let addresses: Addrs = Box::new(std::iter::once(SocketAddr::new(address, 0)));
        Box::pin(std::future::ready(Ok(addresses)))
    }
}

/// A server on loopback that belongs to somebody else: it keeps every byte that reaches it.
#[derive(Debug)]
pub struct Spy {
    url: String,
    heard: Arc<Mutex<Vec<u8>>>,
    connections: Arc<AtomicUsize>,
}

impl Spy {
    /// Starts a spy on the present runtime.
    pub async fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let heard = Arc::<Mutex<Vec<u8>>>::default();
        let connections = Arc::<AtomicUsize>::default();
        let (keep, count) = (heard.clone(), connections.clone());
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                count.fetch_add(1, Ordering::SeqCst);
                let keep = keep.clone();
                tokio::spawn(async move {
                    let mut piece = [0; 4096];
                    while let Ok(length @ 1..) = stream.read(&mut piece).await {
                        keep.lock().unwrap().extend_from_slice(&piece[..length]);
                        let answer = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 22\r\n\r\n{\"status\":\"COMPLETED\"}";
                        // Whoever asked may be gone.
                        let _ = stream.write_all(answer).await;
                    }
                });
            }
        });
        Self {
            url,
            heard,
            connections,
        }
    }

    /// The spy's URL, without a slash at the end.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// How many connections were made to the spy.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    /// All that was sent to the spy.
    #[must_use]
    pub fn heard(&self) -> String {
        String::from_utf8_lossy(&self.heard.lock().unwrap()).into_owned()
    }
}
