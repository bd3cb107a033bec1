//! The thread that holds the file, and carries out what has gathered meanwhile in one commit.

use std::fmt;
use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use rusqlite::{Connection, TransactionBehavior};
use tokio::sync::oneshot;

use crate::journal::file::open::failed;
use crate::journal::store::{Pending, StoreError};

/// As many tasks share a commit at most, so that the first of them does not wait for ever.
const LARGEST_BATCH: usize = 1024;

/// The way to the thread that holds the file.
pub(super) struct Writer {
    tasks: Sender<Box<dyn Task>>,
    #[cfg(test)]
    thread: thread::JoinHandle<()>,
}

/// Something to be done with the file, and somebody who waits for it.
trait Task: Send {
    fn writes(&self) -> bool;
    /// Does it; the error, where SQLite has one.
    fn run(&mut self, connection: &Connection) -> Option<String>;
    /// Tells the outcome; `committed` is whether it is on the disk.
    fn tell(self: Box<Self>, committed: &Result<(), String>, path: &Path);
}

struct Order<T, F> {
    writes: bool,
    work: Option<F>,
    outcome: Option<rusqlite::Result<T>>,
    reply: oneshot::Sender<Result<T, StoreError>>,
}

impl<T, F> Task for Order<T, F>
where
    T: Send,
    F: FnOnce(&Connection) -> rusqlite::Result<T> + Send,
{
    fn writes(&self) -> bool {
        self.writes
    }

    fn run(&mut self, connection: &Connection) -> Option<String> {
        let outcome = self.work.take()?(connection);
        let problem = outcome.as_ref().err().map(ToString::to_string);
        self.outcome = Some(outcome);
        problem
    }

    fn tell(self: Box<Self>, committed: &Result<(), String>, path: &Path) {
        let outcome = match (self.outcome, committed) {
            (Some(Err(error)), _) => Err(failed(path, "be written", error)),
            (Some(Ok(outcome)), Ok(())) => Ok(outcome),
            (_, Err(problem)) => Err(StoreError::new(problem.clone())),
            (None, Ok(())) => Err(StoreError::new("the journal did not come to this task")),
        };
        // Nobody waits where the caller was dropped.
        let _ = self.reply.send(outcome);
    }
}

impl Writer {
    pub(super) fn start(connection: Connection, path: &Path) -> Result<Self, StoreError> {
        let (tasks, receiver) = channel();
        let path = path.to_owned();
        let thread = thread::Builder::new()
            .name("kling-journal".to_owned())
            .spawn(move || serve(connection, &receiver, &path))
            .map_err(|error| {
                StoreError::new("the thread of the journal cannot be started").with_source(error)
            })?;
        // Left to itself, it ends when the last sender is gone.
        #[cfg(not(test))]
        drop(thread);
        Ok(Self {
            tasks,
            #[cfg(test)]
            thread,
        })
    }

    /// Waits until everything is in the one file, and it is closed.
    #[cfg(test)]
    pub(super) fn close(self) {
        drop(self.tasks);
        self.thread.join().unwrap();
    }

    /// On the disk before it is ready.
    pub(super) fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Pending<'static, T> {
        self.order(true, work)
    }

    pub(super) fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Pending<'static, T> {
        self.order(false, work)
    }

    fn order<T: Send + 'static>(
        &self,
        writes: bool,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Pending<'static, T> {
        let (reply, outcome) = oneshot::channel();
        let sent = self.tasks.send(Box::new(Order {
            writes,
            work: Some(work),
            outcome: None,
            reply,
        }));
        Box::pin(async move {
            let ended = "the thread of the journal has ended, which is a bug of kling-api";
            sent.map_err(|_| StoreError::new(ended))?;
            outcome.await.map_err(|_| StoreError::new(ended))?
        })
    }
}

impl fmt::Debug for Writer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Writer").finish_non_exhaustive()
    }
}

/// Ends when the last sender is gone.
fn serve(mut connection: Connection, tasks: &Receiver<Box<dyn Task>>, path: &Path) {
    while let Ok(first) = tasks.recv() {
        let mut batch = vec![first];
        batch.extend(tasks.try_iter().take(LARGEST_BATCH - 1));
        let committed = carry_out(&mut connection, &mut batch, path);
        for task in batch {
            task.tell(&committed, path);
        }
    }
}

/// All tasks in one transaction. One whose statement fails changes nothing, and the others go on, unless SQLite has
/// rolled back all of them, as it does where the disk is full.
fn carry_out(
    connection: &mut Connection,
    batch: &mut [Box<dyn Task>],
    path: &Path,
) -> Result<(), String> {
    let told = |error| {
        let error = failed(path, "be written", error);
        match std::error::Error::source(&error) {
            Some(cause) => format!("{error} ({cause})"),
            None => error.to_string(),
        }
    };
    let behavior = if batch.iter().any(|task| task.writes()) {
        // The lock to write before the first look, so that what is read holds until the commit.
        TransactionBehavior::Immediate
    } else {
        TransactionBehavior::Deferred
    };
    let transaction = connection
        .transaction_with_behavior(behavior)
        .map_err(told)?;
    for task in batch {
        if let Some(problem) = task.run(&transaction)
            && transaction.is_autocommit()
        {
            return Err(format!(
                "the journal {} cannot be written: what shared a commit with this failed ({problem})",
                path.display()
            ));
        }
    }
    transaction.commit().map_err(told)
}
