//! HTTP/2 with TLS in front of a server that speaks neither. The certificate is made at run time.

use std::sync::Arc;

use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use kling_api::reqwest;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

/// Starts the front of the server at this URL; gives its own URL, and its certificate.
pub(crate) async fn start(behind: String) -> (String, Vec<u8>) {
    let pair = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let certificate = pair.cert.der().clone();
    let key = PrivateKeyDer::try_from(pair.signing_key.serialize_der()).unwrap();
    // For the bare client below, too.
    ring::default_provider().install_default().unwrap();
    let mut config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.clone()], key)
        .unwrap();
    config.alpn_protocols = vec![b"h2".to_vec()];
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    let builder = reqwest::Client::builder().no_proxy().tls_certs_only([]);
    let client = builder.build().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (acceptor, client, behind) = (acceptor.clone(), client.clone(), behind.clone());
            tokio::spawn(async move {
                let Ok(stream) = acceptor.accept(stream).await else {
                    return;
                };
                let service =
                    service_fn(move |request| pass_on(client.clone(), behind.clone(), request));
                // A connection ends as it likes.
                let _ = hyper::server::conn::http2::Builder::new(TokioExecutor::new())
                    .serve_connection(TokioIo::new(stream), service)
                    .await;
            });
        }
    });
    (url, certificate.to_vec())
}

/// What the server behind resets is reset here, too: an error ends the stream of HTTP/2.
async fn pass_on(
    client: reqwest::Client,
    behind: String,
    request: hyper::Request<Incoming>,
) -> Result<hyper::Response<reqwest::Body>, reqwest::Error> {
    let path = request
        .uri()
        .path_and_query()
        .map_or("/", |path| path.as_str());
    let url = format!("{behind}{path}");
    let (parts, body) = request.into_parts();
    let mut headers = parts.headers;
    headers.remove("host");
    let response = client
        .request(parts.method, url)
        .headers(headers)
        .body(reqwest::Body::wrap(body))
        .send()
        .await?;
    let mut response: hyper::Response<reqwest::Body> = response.into();
    for name in ["connection", "transfer-encoding", "keep-alive"] {
        response.headers_mut().remove(name);
    }
    Ok(response)
}
