//! The rooms of each crate, and which way the arrows between them go.
//!
//! A room is a folder or a file at the top of a crate's sources, or of a folder that has rooms of its own. The tables
//! below are the architecture: read a list from top to bottom, and each room uses only those below it.

use std::path::{Path, PathBuf};

use crate::module_graph::{Module, Modules};

/// The rooms of a crate or of a room.
struct Rooms {
    /// The file with the crate's root.
    root: &'static str,
    /// The room whose rooms these are; empty for the crate.
    within: &'static str,
    /// From top to bottom: each uses only what stands below it.
    order: &'static [&'static str],
    /// Rooms at the side: each uses the rooms of the order, and no room uses one. A wing may use the wings behind it.
    wings: &'static [(&'static str, &'static [&'static str])],
}

const KLING_API: Rooms = Rooms {
    root: "kling-api/src/lib.rs",
    within: "",
    order: &["client", "call", "files", "http", "error", "values"],
    wings: &[
        ("blocking", &["platform"]),
        ("generated", &[]),
        ("journal", &["platform"]),
        ("platform", &[]),
        ("testing", &[]),
        ("webhook", &[]),
    ],
};

const FAKE_FAL: Rooms = Rooms {
    root: "kling-api/src/lib.rs",
    within: "testing",
    order: &[
        "made",
        "fake",
        "server",
        "routes",
        "state",
        "recorder",
        "fault",
        "jobs",
        "documents",
        "wire",
        "operation",
    ],
    wings: &[],
};

const KLING_CODEGEN: Rooms = Rooms {
    root: "kling-codegen/src/lib.rs",
    within: "",
    order: &[
        "build",
        "report",
        "diff",
        "pretty",
        "emit",
        "share",
        "lower",
        "normalize",
        "limits",
        "document",
        "settings",
        "markdown",
        "visible",
        "names",
        "error",
        "pointer",
        "ir",
    ],
    wings: &[],
};

const XTASK: Rooms = Rooms {
    root: "xtask/src/main.rs",
    within: "",
    order: &[
        "commands",
        "report",
        "generate",
        "schemas",
        "repository",
        "terminal",
    ],
    wings: &[],
};

const ALL: [&Rooms; 4] = [&KLING_API, &FAKE_FAL, &KLING_CODEGEN, &XTASK];

impl Rooms {
    fn modules(&self) -> Modules {
        Modules::of(&workspace().join(self.root))
    }

    /// The room that a module stands in; nothing for what stands outside, and for the root that the rooms share.
    fn room<'a>(&self, module: &'a Module) -> Option<&'a str> {
        let below = usize::from(!self.within.is_empty());
        if below == 1 && module.first().is_none_or(|first| first != self.within) {
            return None;
        }
        module.get(below).map(String::as_str)
    }

    fn height(&self, room: &str) -> Option<usize> {
        self.order.iter().position(|name| *name == room)
    }

    fn is_wing(&self, room: &str) -> bool {
        self.wings.iter().any(|(name, _)| *name == room)
    }

    fn may_use(&self, from: &str, to: &str) -> bool {
        if let Some((_, others)) = self.wings.iter().find(|(name, _)| *name == from) {
            return self.height(to).is_some() || others.contains(&to);
        }
        self.height(from) < self.height(to)
    }
}

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("..")
        .canonicalize()
        .unwrap()
}

#[test]
fn every_room_is_in_the_table() {
    for rooms in ALL {
        for module in rooms.modules().uses.keys() {
            let Some(room) = rooms.room(module) else {
                continue;
            };
            assert!(
                rooms.height(room).is_some() || rooms.is_wing(room),
                "{}: the room {room} is in no table of this test",
                rooms.root
            );
        }
    }
}

#[test]
fn no_arrow_runs_back() {
    let mut wrong = Vec::new();
    for rooms in ALL {
        for (module, uses) in &rooms.modules().uses {
            for (used, name) in uses {
                let (Some(from), Some(to)) = (rooms.room(module), rooms.room(used)) else {
                    continue;
                };
                if from != to && !rooms.may_use(from, to) {
                    wrong.push(format!("{} uses crate::{name}", module.join("::")));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn no_files_of_different_rooms_use_each_other() {
    for rooms in ALL {
        let modules = rooms.modules();
        for circle in modules.circles(|module| rooms.room(module).is_some()) {
            let within: Vec<_> = circle
                .iter()
                .filter_map(|module| rooms.room(module))
                .collect();
            assert!(
                within.iter().all(|room| *room == within[0]),
                "{}: {circle:#?}",
                rooms.root
            );
        }
    }
}

/// What the fake signs, encodes and sends it writes itself, so that it can contradict the client. `made` is no part of
/// it.
#[test]
fn the_fake_knows_nothing_private_of_the_client() {
    for (module, uses) in &KLING_API.modules().uses {
        let Some(room) = FAKE_FAL.room(module).filter(|room| *room != "made") else {
            continue;
        };
        for (used, name) in uses {
            let is_public = used
                .first()
                .is_none_or(|room| room == "testing" || room == "client");
            assert!(is_public, "testing::{room} uses crate::{name}");
        }
    }
}

#[test]
fn a_file_imports_from_the_file_that_defines_a_thing() {
    for rooms in [&KLING_API, &KLING_CODEGEN, &XTASK] {
        let detours = rooms.modules().detours;
        assert!(detours.is_empty(), "{}: {detours:#?}", rooms.root);
    }
}
