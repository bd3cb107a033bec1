//! A server of Postgres for a test, on a free port, with its data in a folder of its own.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use kling_api::journal::PostgresStore;
use tempfile::TempDir;

/// A server that ends with this value.
pub(crate) struct Cluster {
    server: Child,
    port: u16,
    programs: PathBuf,
    folder: TempDir,
}

impl Cluster {
    /// Starts a server with the table of the journal. `None`, and a line that says so, where Postgres is not installed.
    pub(crate) async fn start() -> Option<Self> {
        let Some(programs) = programs() else {
            eprintln!("left out: Postgres is not installed (Debian: apt-get install postgresql)");
            return None;
        };
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        run(Command::new("chown")
            .arg("-R")
            .args(owner())
            .arg(folder.path()));
        run(as_postgres(&programs.join("initdb"), folder.path())
            .args([
                "--no-sync",
                "--auth=trust",
                "--username=postgres",
                "--pgdata",
            ])
            .arg(&data));
        // Free now; whoever else is quicker makes the test fail, and not lie.
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let server = serve(&programs, folder.path(), port, &[]);
        let cluster = Self {
            server,
            port,
            programs,
            folder,
        };
        for _ in 0..300 {
            if PostgresStore::create_table(&cluster.url()).await.is_ok() {
                return Some(cluster);
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        PostgresStore::create_table(&cluster.url()).await.unwrap();
        Some(cluster)
    }

    /// Ends the server at once, as a crash of it would.
    pub(crate) fn crash(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }

    /// Starts the server again, at the same port and with the same data.
    #[cfg(unix)]
    pub(crate) fn start_again(&mut self, options: &[&str]) {
        let lock = self.folder.path().join("data/postmaster.pid");
        let _ = std::fs::remove_file(lock);
        self.server = serve(&self.programs, self.folder.path(), self.port, options);
    }

    /// A file in the folder of the server, which the server may read.
    #[cfg(unix)]
    pub(crate) fn own(&self, name: &str, content: &[u8]) -> PathBuf {
        use std::os::unix::fs::PermissionsExt as _;

        let path = self.folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        run(Command::new("chown").args(owner()).arg(&path));
        path
    }

    pub(crate) fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // At once: its data are thrown away.
        self.crash();
    }
}

fn serve(programs: &Path, folder: &Path, port: u16, options: &[&str]) -> Child {
    let options = options.iter().flat_map(|option| ["-c", option]);
    as_postgres(&programs.join("postgres"), folder)
        .arg("-D")
        .arg(folder.join("data"))
        .args(["-p", &port.to_string(), "-c", "listen_addresses=127.0.0.1"])
        .args(["-c", "unix_socket_directories="])
        .args(["-c", "max_connections=200"])
        // Programs are killed here, and not machines.
        .args(["-c", "fsync=off"])
        .args(options)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// Where the programs of the newest Postgres are.
fn programs() -> Option<PathBuf> {
    let debian = std::fs::read_dir("/usr/lib/postgresql").ok();
    let mut all: Vec<PathBuf> = debian
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path().join("bin")))
        .chain(
            std::env::var_os("PATH")
                .iter()
                .flat_map(std::env::split_paths),
        )
        .filter(|folder| folder.join("initdb").is_file() && folder.join("postgres").is_file())
        .collect();
    all.sort();
    all.pop()
}

fn is_root() -> bool {
    let output = Command::new("id").arg("-u").output().unwrap();
    output.stdout == b"0\n"
}

/// Postgres refuses to run as root.
fn as_postgres(program: &Path, folder: &Path) -> Command {
    let mut command = if is_root() {
        let mut command = Command::new("setpriv");
        command
            .args(["--reuid=postgres", "--regid=postgres", "--clear-groups"])
            .arg(program);
        command
    } else {
        Command::new(program)
    };
    command.current_dir(folder);
    command
}

fn owner() -> [String; 1] {
    if is_root() {
        return ["postgres".to_owned()];
    }
    let output = Command::new("id").arg("-un").output().unwrap();
    [String::from_utf8(output.stdout).unwrap().trim().to_owned()]
}

fn run(command: &mut Command) {
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {said}");
}
