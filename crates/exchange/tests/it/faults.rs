//! Commits that fail, and commits whose answer alone is lost: what rows name stays, the rest goes.

use std::path::{Path, PathBuf};

use crate::app::{arkivmelding, avtalt, files, unpack, world};

/// Whether there is a file in a folder of blobs.
fn holds_a_blob(folder: &Path) -> bool {
    let entries = |folder: &Path| -> Vec<PathBuf> {
        std::fs::read_dir(folder)
            .map(|found| found.flatten().map(|entry| entry.path()).collect())
            .unwrap_or_default()
    };
    entries(folder).iter().any(|shelf| !entries(shelf).is_empty())
}

#[tokio::test]
async fn a_message_that_came_in_keeps_its_files() {
    let world = world().await;
    let id = world.a.send(&arkivmelding(), &files()).await;
    let containers = world.blob_folder(crate::app::B, "in-container");
    world.b.commits.lose_answer_when(move || holds_a_blob(&containers));

    world.settle().await;
    world.settle().await;

    assert!(world.b.commits.were_struck());
    assert_eq!(world.b.peek().await.as_deref(), Some(id.as_str()));
    let popped = world.b.get(&format!("api/messages/in/pop/{id}")).await;
    assert_eq!(popped.status, 200, "{popped:?}");
    assert_eq!(unpack(popped.bytes).iter().filter(|(name, _)| name == "svar.pdf").count(), 1);
    assert_eq!(world.a.statuses(&id).await, ["OPPRETTET", "SENDT", "MOTTATT"]);
    // There a commit may come after all, and the sweep waits a day before it decides.
    let left = usize::from(testkit::stores::chosen() == store::Engine::Postgres);
    assert_eq!(world.b.blobs_of("in-package").await, left);
}

/// Covers: ET-42
#[tokio::test]
async fn what_comes_in_is_confirmed_when_it_is_stored_and_comes_in_once() {
    let world = world().await;
    let containers = world.blob_folder(crate::app::B, "in-container");
    let opened = containers.clone();
    world.b.commits.fail_when(move || holds_a_blob(&opened));
    let first = world.a.send(&arkivmelding(), &files()).await;
    world.a.exchange.run_due().await;

    world.b.exchange.run_due().await;
    assert!(world.b.commits.were_struck());
    assert_eq!(world.published_for(crate::app::B).await.len(), 1, "not stored, so not confirmed");
    world.settle().await;
    assert!(world.published_for(crate::app::B).await.is_empty());

    assert_eq!(world.b.peek().await.as_deref(), Some(first.as_str()));
    assert_eq!(world.b.delete(&format!("api/messages/in/{first}")).await.status, 200);
    world.b.commits.lose_answer_when(move || holds_a_blob(&containers));
    let second = world.a.send(&arkivmelding(), &files()).await;
    world.settle().await;
    world.settle().await;

    assert!(world.b.commits.were_struck());
    assert!(world.published_for(crate::app::B).await.is_empty(), "stored before, so only confirmed");
    assert_eq!(world.b.peek().await.as_deref(), Some(second.as_str()));
    assert_eq!(world.b.peek().await, None, "it came in once");
}

#[tokio::test]
async fn a_package_that_was_set_aside_is_kept_to_be_looked_at() {
    let world = world().await;
    let packages = world.blob_folder(crate::app::B, "in-package");
    world.b.commits.lose_answer_when(move || holds_a_blob(&packages));
    world.smuggle("8d2d5b52-3a3e-4c0d-9a37-9c2f5b3c7c11", b"this is no zip at all".to_vec()).await;

    world.settle().await;
    world.settle().await;

    assert!(world.b.commits.were_struck());
    assert_eq!(world.b.blobs_of("in-package").await, 1);
}

#[tokio::test]
async fn a_message_accepted_in_one_step_is_sent_with_its_files() {
    let world = world().await;
    world.a.commits.lose_answer_when(|| true);

    let answer = world.a.one_step(&arkivmelding(), &files()).await;
    world.settle().await;

    assert_eq!((answer.status.as_u16(), world.a.commits.were_struck()), (500, true));
    let id = world.b.peek().await.expect("it has come");
    assert_eq!(world.a.statuses(&id).await, ["OPPRETTET", "SENDT", "MOTTATT"]);
}

#[tokio::test]
async fn a_file_that_was_attached_is_sent() {
    let world = world().await;
    let id = world.a.draft(&avtalt()).await;
    world.a.commits.lose_answer_when(|| true);

    let answer = world.a.attach(&id, "a.pdf", b"%PDF-1.7".to_vec()).await;
    assert_eq!((answer.status.as_u16(), world.a.commits.were_struck()), (500, true));
    assert_eq!(world.a.post(&format!("api/messages/out/{id}")).await.status, 200);
    world.settle().await;

    assert_eq!(world.a.statuses(&id).await, ["OPPRETTET", "SENDT", "MOTTATT"]);
}

#[tokio::test]
async fn a_package_that_was_sealed_is_sent_and_nothing_is_left_over() {
    let world = world().await;
    let packages = world.blob_folder(crate::app::A, "out-package");
    let id = world.a.send(&arkivmelding(), &files()).await;
    world.a.commits.lose_answer_when(move || holds_a_blob(&packages));

    world.settle().await;
    world.pass(10);
    world.settle().await;

    assert!(world.a.commits.were_struck());
    assert_eq!(world.a.statuses(&id).await, ["OPPRETTET", "SENDT", "MOTTATT"]);
    assert_eq!(world.a.blobs_of("out-package").await, 0);
}

#[tokio::test]
async fn a_package_whose_row_could_not_be_written_does_not_stay() {
    let world = world().await;
    let packages = world.blob_folder(crate::app::A, "out-package");
    let id = world.a.send(&arkivmelding(), &files()).await;
    world.a.commits.fail_when(move || holds_a_blob(&packages));

    world.settle().await;

    assert!(world.a.commits.were_struck());
    assert_eq!(world.a.blobs_of("out-package").await, 0);
    world.pass(10);
    world.settle().await;
    assert_eq!(world.a.statuses(&id).await, ["OPPRETTET", "SENDT", "MOTTATT"]);
}
