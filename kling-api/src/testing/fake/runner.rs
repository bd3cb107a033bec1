//! Where a fake runs: as a task of the caller's runtime, or on a thread of its own.

use std::io;
use std::sync::Arc;
use std::thread;

use tokio::net::TcpListener;
use tokio::runtime;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

use crate::testing::fake::builder::{FakeFalBuilder, StartError};
use crate::testing::server::listener;
use crate::testing::server::listener::Command;
use crate::testing::state::Shared;

/// A fake that runs. Dropping it stops it.
pub(super) struct Runner {
    shared: Arc<Shared>,
    commands: Option<mpsc::UnboundedSender<Command>>,
    place: Place,
}

enum Place {
    Task(JoinHandle<()>),
    Thread(Option<thread::JoinHandle<()>>),
}

impl Runner {
    pub(super) fn on_this_runtime(builder: FakeFalBuilder) -> Result<Self, StartError> {
        let (listener, shared) = prepare(builder)?;
        let (commands, receiver) = mpsc::unbounded_channel();
        let task = tokio::spawn(listener::run(listener, Arc::clone(&shared), receiver));
        Ok(Self {
            shared,
            commands: Some(commands),
            place: Place::Task(task),
        })
    }

    pub(super) fn on_own_thread(builder: FakeFalBuilder) -> Result<Self, StartError> {
        let (started, outcome) = std::sync::mpsc::channel();
        let (commands, receiver) = mpsc::unbounded_channel();
        let body = move || {
            // Nobody waits for the outcome any more where sending it fails, here and below.
            let runtime = match runtime::Builder::new_current_thread().enable_all().build() {
                Ok(runtime) => runtime,
                Err(error) => return drop(started.send(Err(StartError::Listen(error)))),
            };
            runtime.block_on(async {
                match prepare(builder) {
                    Err(error) => drop(started.send(Err(error))),
                    Ok((listener, shared)) => {
                        drop(started.send(Ok(Arc::clone(&shared))));
                        listener::run(listener, shared, receiver).await;
                    }
                }
            });
        };
        let thread = thread::Builder::new()
            .name("fake-fal".to_owned())
            .spawn(body)
            .map_err(StartError::Listen)?;
        let shared = outcome.recv().unwrap_or_else(|_| {
            let error = io::Error::other("the fake's thread ended before it had started");
            Err(StartError::Listen(error))
        })?;
        Ok(Self {
            shared,
            commands: Some(commands),
            place: Place::Thread(Some(thread)),
        })
    }

    pub(super) fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    /// Gives a command to the listener, and waits until it is carried out.
    pub(super) async fn command(
        &self,
        command: impl FnOnce(oneshot::Sender<io::Result<()>>) -> Command,
    ) -> io::Result<()> {
        let (done, outcome) = oneshot::channel();
        let stopped = || io::Error::other("this FakeFal has stopped");
        let commands = self.commands.as_ref().ok_or_else(stopped)?;
        commands.send(command(done)).map_err(|_| stopped())?;
        outcome.await.map_err(|_| stopped())?
    }

    pub(super) async fn shutdown(mut self) {
        // An error says that it has stopped already.
        let _ = self.command(Command::Shutdown).await;
        if let Place::Task(task) = &mut self.place {
            let _ = task.await;
        }
    }
}

/// The listener, and what the connections share. Needs a runtime.
fn prepare(builder: FakeFalBuilder) -> Result<(TcpListener, Arc<Shared>), StartError> {
    let listener = listener::listen(builder.port).map_err(StartError::Listen)?;
    let port = listener.local_addr().map_err(StartError::Listen)?.port();
    Ok((listener, builder.share(port)?))
}

impl Drop for Runner {
    fn drop(&mut self) {
        self.shared.deliveries.stop();
        // Without a sender, the listener returns by itself.
        self.commands = None;
        match &mut self.place {
            Place::Task(task) => task.abort(),
            Place::Thread(thread) => {
                if let Some(thread) = thread.take() {
                    // A panic of the thread was printed when it happened.
                    let _ = thread.join();
                }
            }
        }
    }
}
