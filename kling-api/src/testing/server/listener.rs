//! Accepts connections, and refuses them while the fake is offline.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::testing::server::connection;
use crate::testing::state::Shared;

/// How many connections may wait to be accepted; thousands of clients may connect at once.
const BACKLOG: u32 = 4096;

/// A command to the listener, with the channel that says when it is carried out.
pub(crate) enum Command {
    Offline(oneshot::Sender<io::Result<()>>),
    Online(oneshot::Sender<io::Result<()>>),
    Shutdown(oneshot::Sender<io::Result<()>>),
}

/// The port is held in both states, so that nobody else can take it.
enum Door {
    Open(TcpListener),
    /// Bound and not listening: the system refuses connections.
    Closed(TcpSocket),
    /// Between the two, or when going from one to the other failed.
    Broken,
}

/// Listens on loopback.
pub(crate) fn listen(port: u16) -> io::Result<TcpListener> {
    bind(port)?.listen(BACKLOG)
}

fn bind(port: u16) -> io::Result<TcpSocket> {
    let socket = TcpSocket::new_v4()?;
    // On Unix this lets a port be taken again whose old connections linger; on Windows it would let others take it.
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    socket.bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))?;
    Ok(socket)
}

/// Runs until a command shuts it down, or nobody can give one any more.
pub(crate) async fn run(
    listener: TcpListener,
    shared: Arc<Shared>,
    mut commands: mpsc::UnboundedReceiver<Command>,
) {
    let port = listener.local_addr().map_or(0, |address| address.port());
    let mut door = Door::Open(listener);
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            stream = accept(&door) => match stream {
                Ok((stream, _)) => {
                    connections.spawn(connection::serve(stream, Arc::clone(&shared)));
                }
                // Out of file descriptors, most likely: some will be free soon.
                Err(_) => sleep(Duration::from_millis(10)).await,
            },
            Some(_) = connections.join_next(), if !connections.is_empty() => {}
            command = commands.recv() => match command {
                None => return,
                Some(Command::Shutdown(done)) => {
                    drop(door);
                    connections.shutdown().await;
                    // The sender of the command may have stopped waiting, here and below.
                    let _ = done.send(Ok(()));
                    return;
                }
                Some(Command::Offline(done)) => {
                    door = Door::Broken;
                    connections.shutdown().await;
                    let closed = bind(port).map(|socket| door = Door::Closed(socket));
                    let _ = done.send(closed);
                }
                Some(Command::Online(done)) => {
                    let opened = match std::mem::replace(&mut door, Door::Broken) {
                        Door::Open(listener) => Ok(listener),
                        Door::Closed(socket) => socket.listen(BACKLOG),
                        Door::Broken => listen(port),
                    };
                    let _ = done.send(opened.map(|listener| door = Door::Open(listener)));
                }
            },
        }
    }
}

async fn accept(door: &Door) -> io::Result<(tokio::net::TcpStream, SocketAddr)> {
    match door {
        Door::Open(listener) => listener.accept().await,
        Door::Closed(_) | Door::Broken => std::future::pending().await,
    }
}
