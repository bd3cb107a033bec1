//! This program once more, in a process of its own: so that memory is counted for one thing alone, and no server's work
//! for the client's.

use std::process::Command;

use crate::runtime::{calls, json, memory, server, throughput};
use crate::{compile, generation, progenitor};

/// Names the role in the environment of the child.
const ROLE: &str = "KLING_BENCH_ROLE";

/// What a child does; see the function of each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Generate,
    Progenitor,
    Compiler,
    Server,
    Calls,
    Json,
    Jobs,
    Memory,
}

type Play = fn(&[String]);

impl Role {
    const ALL: [(&'static str, Self, Play); 8] = [
        ("generate", Self::Generate, generation::generate),
        ("progenitor", Self::Progenitor, progenitor::generate),
        ("compiler", Self::Compiler, compile::compiler),
        ("server", Self::Server, server::serve),
        ("calls", Self::Calls, calls::call),
        ("json", Self::Json, json::repeat),
        ("jobs", Self::Jobs, throughput::run),
        ("memory", Self::Memory, memory::follow),
    ];

    /// What the process that is to play a role has to do.
    pub(crate) fn from_environment() -> Option<Play> {
        let name = std::env::var(ROLE).ok()?;
        let found = Self::ALL.iter().find(|(other, ..)| *other == name);
        found.map(|(.., play)| *play)
    }

    /// Gives a command's process this role.
    pub(crate) fn set(self, command: &mut Command) {
        let found = Self::ALL.iter().find(|(_, role, _)| *role == self);
        command.env(ROLE, found.map_or("", |(name, ..)| name));
    }

    /// The command that starts a child in this role.
    pub(crate) fn command(self, arguments: &[&str]) -> Command {
        let mut command = Command::new(std::env::current_exe().expect("this program has a path"));
        command.args(arguments);
        self.set(&mut command);
        command
    }

    /// What a child in this role prints: numbers, each with its name.
    pub(crate) fn numbers(self, arguments: &[&str]) -> Numbers {
        let output = self
            .command(arguments)
            .stderr(std::process::Stdio::inherit())
            .output()
            .expect("this program starts");
        assert!(
            output.status.success(),
            "{self:?} {arguments:?} ended with {}",
            output.status
        );
        Numbers::read(&String::from_utf8_lossy(&output.stdout))
    }
}

/// Numbers with names, as `name=number` in lines.
#[derive(Clone, Debug, Default)]
pub(crate) struct Numbers(Vec<(String, f64)>);

impl Numbers {
    pub(crate) fn read(text: &str) -> Self {
        let pairs = text.lines().filter_map(|line| line.split_once('='));
        Self(
            pairs
                .filter_map(|(name, number)| Some((name.to_owned(), number.parse().ok()?)))
                .collect(),
        )
    }

    pub(crate) fn get(&self, name: &str) -> f64 {
        let found = self.0.iter().find(|(other, _)| other == name);
        found
            .unwrap_or_else(|| panic!("no number {name} in {self:?}"))
            .1
    }
}

/// The most memory that this process has held, in MiB.
pub(crate) fn peak_memory() -> f64 {
    memory("VmHWM:")
}

/// The memory that this process holds, in MiB.
pub(crate) fn resident_memory() -> f64 {
    memory("VmRSS:")
}

fn memory(name: &str) -> f64 {
    let status = std::fs::read_to_string("/proc/self/status")
        .expect("Linux says what memory a process holds");
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix(name))
        .expect("this line is there");
    let kibibytes: f64 = line
        .trim()
        .trim_end_matches(" kB")
        .parse()
        .expect("a number");
    kibibytes / 1024.0
}

/// The processor time that this process has used, in seconds. Other processes disturb it far less than the clock.
pub(crate) fn processor_time() -> f64 {
    processor_time_of(nix::sys::resource::UsageWho::RUSAGE_SELF)
}

/// The processor time of this process, or of its children that have ended, in seconds.
pub(crate) fn processor_time_of(who: nix::sys::resource::UsageWho) -> f64 {
    let usage = nix::sys::resource::getrusage(who).expect("the system counts");
    [usage.user_time(), usage.system_time()]
        .iter()
        .map(|time| time.tv_sec() as f64 + time.tv_usec() as f64 / 1e6)
        .sum()
}
