//! The modules of a crate and the arrows between them: which file uses what another one defines.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use proc_macro2::{TokenStream, TokenTree};
use syn::visit::Visit;
use syn::{Attribute, Item, UseTree, Visibility};

/// The path of a module below its crate, such as `["call", "follow"]`; the root is empty.
pub(crate) type Module = Vec<String>;

/// What the files of one crate use of each other, without their tests.
#[derive(Default)]
pub(crate) struct Modules {
    /// Each module of a file, with the modules that it uses and how it names them.
    pub(crate) uses: BTreeMap<Module, BTreeMap<Module, String>>,
    /// Each module, with the names that it hands on from elsewhere.
    handed_on: BTreeMap<Module, BTreeSet<String>>,
    /// Uses of a name where it is handed on, not where it is defined.
    pub(crate) detours: Vec<String>,
}

impl Modules {
    /// Reads a crate from the file of its root.
    pub(crate) fn of(root: &Path) -> Self {
        let mut files = BTreeMap::new();
        read(root, root.parent().unwrap(), Vec::new(), &mut files);
        let mut modules = Self::default();
        for module in files.keys() {
            modules.uses.insert(module.clone(), BTreeMap::new());
        }
        for (module, file) in &files {
            let names = modules.handed_on(module, file);
            modules.handed_on.insert(module.clone(), names);
        }
        for (module, file) in &files {
            let mut paths = Paths::default();
            paths.visit_file(file);
            for path in paths.0 {
                modules.add(module, &path);
            }
        }
        modules
    }

    fn add(&mut self, from: &Module, path: &[String]) {
        let Some(path) = self.absolute(from, path) else {
            return;
        };
        let mut module = Module::new();
        for segment in &path {
            module.push(segment.clone());
            if !self.uses.contains_key(&module) {
                module.pop();
                break;
            }
        }
        if module == *from {
            return;
        }
        let name = path.join("::");
        if let Some(item) = path.get(module.len())
            && self.handed_on[&module].contains(item)
            && !from.is_empty()
        {
            self.detours
                .push(format!("{} uses crate::{name}", from.join("::")));
        }
        self.uses
            .get_mut(from)
            .unwrap()
            .entry(module)
            .or_insert(name);
    }

    /// The names that a module hands on by `pub use` from another module of the crate.
    fn handed_on(&self, module: &Module, file: &syn::File) -> BTreeSet<String> {
        let uses = file.items.iter().filter_map(|item| match item {
            Item::Use(item) if !matches!(item.vis, Visibility::Inherited) => Some(&item.tree),
            _ => None,
        });
        uses.flat_map(leaves)
            .filter(|path| self.absolute(module, path).is_some())
            .filter_map(|path| path.last().cloned())
            .collect()
    }

    /// A path from the root of the crate; nothing for one that leads out of it.
    fn absolute(&self, from: &Module, path: &[String]) -> Option<Vec<String>> {
        let first = path.first()?;
        let supers = path.iter().take_while(|part| *part == "super").count();
        let start = match first.as_str() {
            "crate" => Module::new(),
            "self" => from.clone(),
            "super" => from[..from.len().checked_sub(supers)?].to_vec(),
            child => {
                let child = [from.clone(), vec![child.to_owned()]].concat();
                return self
                    .uses
                    .contains_key(&child)
                    .then(|| [from, path].concat());
            }
        };
        let rest = path.iter().skip(supers.max(1)).cloned();
        Some(start.into_iter().chain(rest).collect())
    }

    /// Circles: modules that use each other, by whatever detour.
    pub(crate) fn circles(&self, is_part: impl Fn(&Module) -> bool) -> Vec<BTreeSet<&Module>> {
        let nodes: Vec<&Module> = self.uses.keys().filter(|module| is_part(module)).collect();
        let reach: BTreeMap<&Module, BTreeSet<&Module>> = nodes
            .iter()
            .map(|node| (*node, self.reach(node, &is_part)))
            .collect();
        let mut circles: Vec<BTreeSet<&Module>> = Vec::new();
        for node in &nodes {
            let circle: BTreeSet<&Module> = nodes
                .iter()
                .filter(|other| reach[*node].contains(*other) && reach[*other].contains(*node))
                .copied()
                .collect();
            if circle.len() > 1 && !circles.contains(&circle) {
                circles.push(circle);
            }
        }
        circles
    }

    fn reach<'a>(
        &'a self,
        from: &'a Module,
        is_part: &impl Fn(&Module) -> bool,
    ) -> BTreeSet<&'a Module> {
        let (mut found, mut open) = (BTreeSet::new(), vec![from]);
        while let Some(module) = open.pop() {
            for next in self.uses[module].keys().filter(|next| is_part(next)) {
                if found.insert(next) {
                    open.push(next);
                }
            }
        }
        found
    }
}

/// Reads the file of a module, and those of its children. What is compiled for tests alone is left out.
fn read(file: &Path, folder: &Path, module: Module, files: &mut BTreeMap<Module, syn::File>) {
    let text =
        fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let mut tree = syn::parse_file(&text).unwrap();
    tree.items.retain(|item| !is_test(attributes(item)));
    for item in &tree.items {
        let Item::Mod(child) = item else { continue };
        if child.content.is_some() || has_path(&child.attrs) {
            continue;
        }
        let name = child.ident.to_string();
        let inner = folder.join(&name);
        let plain = folder.join(format!("{name}.rs"));
        let file = if plain.exists() {
            plain
        } else {
            inner.join("mod.rs")
        };
        read(&file, &inner, [module.clone(), vec![name]].concat(), files);
    }
    files.insert(module, tree);
}

fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Mod(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        _ => &[],
    }
}

/// Whether this is there for tests only.
fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && attribute
                .parse_args::<syn::Path>()
                .is_ok_and(|path| path.is_ident("test"))
    })
}

/// A file that lies elsewhere is generated.
fn has_path(attributes: &[Attribute]) -> bool {
    attributes
        .iter()
        .any(|attribute| attribute.path().is_ident("path"))
}

/// Every path in a file, as it is written.
#[derive(Default)]
struct Paths(Vec<Vec<String>>);

impl<'a> Visit<'a> for Paths {
    fn visit_item_mod(&mut self, item: &'a syn::ItemMod) {
        if !is_test(&item.attrs) {
            syn::visit::visit_item_mod(self, item);
        }
    }

    fn visit_item_use(&mut self, item: &'a syn::ItemUse) {
        self.0.extend(leaves(&item.tree));
    }

    fn visit_path(&mut self, path: &'a syn::Path) {
        let segments = path
            .segments
            .iter()
            .map(|segment| segment.ident.to_string());
        if path.segments.len() > 1 {
            self.0.push(segments.collect());
        }
        syn::visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &'a syn::Macro) {
        self.tokens(call.tokens.clone());
        syn::visit::visit_macro(self, call);
    }
}

impl Paths {
    /// Paths from the root inside a macro.
    fn tokens(&mut self, tokens: TokenStream) {
        let mut path: Vec<String> = Vec::new();
        for token in tokens {
            match token {
                TokenTree::Ident(ident) if ident == "crate" => path = vec![ident.to_string()],
                TokenTree::Ident(ident) if !path.is_empty() => path.push(ident.to_string()),
                TokenTree::Punct(punct) if punct.as_char() == ':' => {}
                TokenTree::Group(group) => {
                    self.end(&mut path);
                    self.tokens(group.stream());
                }
                TokenTree::Ident(_) | TokenTree::Punct(_) | TokenTree::Literal(_) => {
                    self.end(&mut path);
                }
            }
        }
        self.end(&mut path);
    }

    fn end(&mut self, path: &mut Vec<String>) {
        if path.len() > 1 {
            self.0.push(std::mem::take(path));
        }
        path.clear();
    }
}

/// The paths of a `use`, one for each name.
fn leaves(tree: &UseTree) -> Vec<Vec<String>> {
    match tree {
        UseTree::Path(path) => leaves(&path.tree)
            .into_iter()
            .map(|rest| [vec![path.ident.to_string()], rest].concat())
            .collect(),
        UseTree::Name(name) if name.ident == "self" => vec![Vec::new()],
        UseTree::Name(name) => vec![vec![name.ident.to_string()]],
        UseTree::Rename(name) => vec![vec![name.ident.to_string()]],
        UseTree::Glob(_) => vec![Vec::new()],
        UseTree::Group(group) => group.items.iter().flat_map(leaves).collect(),
    }
}
