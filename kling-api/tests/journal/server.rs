//! A server of Postgres that encrypts, or that is away for a while.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use kling_api::journal::{Journal, PostgresStore, State};
use kling_api::testing::Operation;

use crate::authority;
use crate::cluster::Cluster;
use crate::support::{client, fake, input};

/// A server that crashes while a call is under way: before the answer to the submit, and before the end of the job.
#[tokio::test(flavor = "multi_thread")]
async fn a_call_outlasts_a_server_that_is_started_anew() {
    let Some(mut cluster) = Cluster::start().await else {
        return;
    };
    let fake = fake().hold().start().await.unwrap();
    let journal = Journal::postgres(&cluster.url()).await.unwrap();
    let caller = client(&fake, &journal);
    let call = tokio::spawn(async move {
        let call = caller.call(input("a nest")).idempotency_key("a");
        call.await
    });
    fake.wait_for(Operation::Submit, 1).await;
    cluster.crash();
    tokio::time::sleep(Duration::from_secs(1)).await;
    cluster.start_again(&[]);
    fake.wait_for(Operation::Stream, 1).await;
    cluster.crash();
    fake.release();
    tokio::time::sleep(Duration::from_secs(1)).await;
    cluster.start_again(&[]);
    let video = call.await.unwrap().unwrap();
    let entry = journal.get("a").await.unwrap().unwrap();
    assert_eq!(entry.state(), State::Completed);
    assert_eq!(entry.job().unwrap().request_id(), video.request_id());
    assert_eq!(fake.submits(), 1);

    // While it is away, nothing is sent.
    cluster.crash();
    let short = journal.lease(Duration::from_millis(100));
    let other = client(&fake, &short);
    let call = other.call(input("a tree")).idempotency_key("b");
    let error = call
        .timeout(Duration::from_secs(60))
        .submit()
        .await
        .unwrap_err();
    assert!(error.is_journal() && error.may_submit_again(), "{error}");
    assert_eq!(fake.submits(), 1);
}

/// The connection is encrypted where the system trusts the server's authority, and is none where it does not.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_is_trusted_by_its_authority() {
    let Some(mut cluster) = Cluster::start().await else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let issued = authority::issue();
    let certificate = cluster.own("cert.pem", issued.certificate.pem().as_bytes());
    let key = cluster.own("key.pem", issued.key.serialize_pem().as_bytes());
    let trusted = folder.path().join("trusted.pem");
    std::fs::write(&trusted, issued.authority).unwrap();
    cluster.crash();
    cluster.start_again(&[
        "ssl=on",
        &format!("ssl_cert_file={}", certificate.display()),
        &format!("ssl_key_file={}", key.display()),
    ]);
    let url = cluster.url().replace("127.0.0.1", "localhost") + "?sslmode=require";
    // The environment says which authorities the system trusts, so each is a process of its own.
    let connects = |authorities: Option<&Path>| {
        let mut child = Command::new(std::env::current_exe().unwrap());
        child.args(["--exact", "server::connects", "--ignored", "--nocapture"]);
        child.env("DATABASE", &url);
        if let Some(authorities) = authorities {
            child.env("SSL_CERT_FILE", authorities);
        }
        let output = child.output().unwrap();
        let said = [output.stdout, output.stderr].concat();
        (
            output.status.success(),
            String::from_utf8_lossy(&said).into_owned(),
        )
    };
    let (is_connected, said) = connects(Some(&trusted));
    assert!(is_connected && said.contains("1 passed"), "{said}");
    let (is_connected, said) = connects(None);
    assert!(
        !is_connected && said.contains("InvalidCertificate"),
        "{said}"
    );
}

#[tokio::test]
#[ignore = "the test before runs it with variables of its own"]
async fn connects() {
    let url = std::env::var("DATABASE").unwrap();
    for _ in 0..100 {
        match PostgresStore::connect(&url).await {
            Ok(_) => return,
            // The server may still be starting.
            Err(error)
                if format!("{error:?}").contains("refused")
                    || format!("{error:?}").contains("starting up") =>
            {
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
            Err(error) => panic!("{error:?}"),
        }
    }
    panic!("the server does not start");
}
