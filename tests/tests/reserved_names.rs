//! The names that the runtime takes, so that no endpoint can have them.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use syn::{ImplItem, Item, UseTree, Visibility};

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)).unwrap()
}

pub(crate) fn items(path: &str) -> Vec<Item> {
    syn::parse_file(&read(path)).unwrap().items
}

/// The words of a list in the generator's source.
fn reserved(list: &str) -> BTreeSet<String> {
    let text = read("kling-codegen/src/names/reserved.rs");
    let (_, after) = text.split_once(&format!("const {list}:")).unwrap();
    let (_, after) = after.split_once("= &[").unwrap();
    let (words, _) = after.split_once("];").unwrap();
    let words = words.split('"').skip(1).step_by(2);
    words.map(str::to_owned).collect()
}

/// The public functions in `impl Client`.
fn methods(path: &str) -> impl Iterator<Item = String> {
    let blocks = items(path).into_iter().filter_map(|item| match item {
        Item::Impl(block) if block.trait_.is_none() => Some(block.items),
        _ => None,
    });
    blocks.flatten().filter_map(|item| match item {
        ImplItem::Fn(function) if matches!(function.vis, Visibility::Public(_)) => {
            Some(function.sig.ident.to_string())
        }
        _ => None,
    })
}

#[test]
fn no_endpoint_can_take_the_name_of_a_method_of_the_client() {
    let mut names: BTreeSet<String> = methods("kling-api/src/client/mod.rs")
        .chain(methods("kling-api/src/platform/of_client.rs"))
        .chain(methods("kling-api/src/generated/mod.rs"))
        .collect();
    assert!(
        names.contains("call") && names.contains("live_price"),
        "{names:?}"
    );
    names.insert("clone".to_owned());
    assert_eq!(reserved("METHODS"), names);
}

#[test]
fn no_endpoint_can_take_the_name_of_a_room_or_of_what_the_root_hands_on() {
    let mut names = BTreeSet::from(["types".to_owned()]);
    for item in items("kling-api/src/lib.rs") {
        match item {
            Item::Mod(room) => drop(names.insert(room.ident.to_string())),
            Item::Use(item) => handed_on(&item.tree, &mut names),
            _ => {}
        }
    }
    assert!(names.contains("testing"), "{names:?}");
    assert_eq!(reserved("MODULES"), names);
}

/// The names of modules and crates that a `use` brings: those of types start with a capital.
fn handed_on(tree: &UseTree, names: &mut BTreeSet<String>) {
    match tree {
        UseTree::Path(path) => handed_on(&path.tree, names),
        UseTree::Group(group) => group.items.iter().for_each(|tree| handed_on(tree, names)),
        UseTree::Name(name) => {
            let name = name.ident.to_string();
            if name.starts_with(|first: char| first.is_ascii_lowercase()) {
                names.insert(name);
            }
        }
        UseTree::Rename(_) | UseTree::Glob(_) => {}
    }
}
