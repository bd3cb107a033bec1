//! The two stores keep the contract.

use std::time::Duration;

use kling_api::journal::{
    FileStore, JournalStore, PostgresStore, Replaced, Row, State, conformance,
};

use crate::cluster::Cluster;

pub(crate) fn row(key: &str) -> Row {
    Row {
        key: key.to_owned(),
        version: 1,
        state: State::Sending,
        request_id: None,
        cost: 1,
        body: "{}".to_owned(),
        checksum: 0,
    }
}

#[tokio::test]
async fn the_file_keeps_the_contract() {
    let folder = tempfile::tempdir().unwrap();
    let store = FileStore::open(folder.path().join("a.journal")).unwrap();
    conformance::check(&store).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn postgres_keeps_the_contract() {
    let Some(cluster) = Cluster::start().await else {
        return;
    };
    let store = PostgresStore::connect(&cluster.url()).await.unwrap();
    conformance::check(&store).await.unwrap();
    // What is there is not made again, and a second store sees what the first one wrote.
    PostgresStore::create_table(&cluster.url()).await.unwrap();
    store.insert(row("a"), None).await.unwrap();
    let other = PostgresStore::connect(&cluster.url()).await.unwrap();
    assert_eq!(other.get("a").await.unwrap(), Some(row("a")));
    count_up_together(&store, &other).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_who_have_the_file_see_each_other() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.journal");
    let store = FileStore::open(&path).unwrap();
    let other = FileStore::open(&path).unwrap();
    store.insert(row("a"), None).await.unwrap();
    count_up_together(&store, &other).await;
}

/// Each replaces the row 100 times, and no change is lost.
async fn count_up_together(one: &dyn JournalStore, other: &dyn JournalStore) {
    let count = async |store: &dyn JournalStore| {
        let mut done = 0;
        while done < 100 {
            let row = store.get("a").await.unwrap().unwrap();
            let next = Row {
                version: row.version + 1,
                cost: row.cost + 1,
                ..row
            };
            match store.replace(next).await.unwrap() {
                Replaced::Done => done += 1,
                Replaced::Stale => {}
                Replaced::RequestIdTaken => panic!("no row has a request id"),
            }
        }
    };
    tokio::join!(count(one), count(other));
    let row = one.get("a").await.unwrap().unwrap();
    assert_eq!((row.version, row.cost), (201, 201));
    assert_eq!(other.sums().await.unwrap(), (1, 201));
}

#[tokio::test]
async fn what_is_wrong_with_a_server_is_said_without_its_password() {
    for url in [
        "postgres://me:hunter2@127.0.0.1:1/db",
        "postgres://me:hunter2@127.0.0.1:port/db",
        "mysql://me:hunter2@127.0.0.1/db",
    ] {
        let connecting = PostgresStore::connect(url);
        let error = tokio::time::timeout(Duration::from_secs(20), connecting)
            .await
            .unwrap()
            .unwrap_err();
        let said = format!("{error} {error:?}");
        assert!(said.contains("URL") && !said.contains("hunter2"), "{said}");
    }
}

#[tokio::test]
async fn a_database_without_the_table_says_how_to_make_it() {
    let Some(cluster) = Cluster::start().await else {
        return;
    };
    let url = format!("{}?options=-csearch_path%3Dother", cluster.url());
    let error = format!("{:#}", PostgresStore::connect(&url).await.unwrap_err());
    assert!(error.contains("create_table"), "{error}");
}
