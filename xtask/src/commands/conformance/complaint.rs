//! What the compiler says against generated code, and which endpoint it is about.

use kling_codegen::ir::{Endpoint, Identifier};
use serde_json::Value;

/// What the compiler says about one place.
pub(super) struct Complaint {
    /// The endpoint in whose module the place is.
    pub(super) endpoint: Option<String>,
    pub(super) text: String,
}

/// Reads an error of the compiler; `modules` are those of [`modules_by_line`].
pub(super) fn complaint(message: &Value, modules: &[String], endpoints: &[Endpoint]) -> Complaint {
    let spans = message["spans"].as_array().into_iter().flatten();
    let module = spans
        .filter(|span| {
            span["is_primary"] == true
                && span["file_name"]
                    .as_str()
                    .is_some_and(|file| file.ends_with("endpoints.rs"))
        })
        .find_map(|span| {
            let line = usize::try_from(span["line_start"].as_u64()?).ok()?;
            modules.get(line.checked_sub(1)?)
        });
    let endpoint = module.and_then(|module| {
        endpoints.iter().find(|endpoint| {
            let path: Vec<&str> = endpoint.module.iter().map(Identifier::as_str).collect();
            path.join("::") == *module
        })
    });
    Complaint {
        endpoint: endpoint.map(|endpoint| endpoint.id.to_string()),
        text: message["rendered"].as_str().unwrap_or_default().to_owned(),
    }
}

/// The path of modules around each line of generated code.
pub(super) fn modules_by_line(code: &str) -> Vec<String> {
    let mut open: Vec<(usize, &str)> = Vec::new();
    let mut modules = Vec::new();
    for line in code.lines() {
        let body = line.trim_start();
        let indent = line.len() - body.len();
        if let Some(name) = body
            .strip_prefix("pub mod ")
            .and_then(|rest| rest.strip_suffix(" {"))
        {
            open.push((indent, name));
        }
        let path: Vec<&str> = open.iter().map(|(_, name)| *name).collect();
        modules.push(path.join("::"));
        if body == "}" && open.last().is_some_and(|(outer, _)| *outer == indent) {
            open.pop();
        }
    }
    modules
}

#[cfg(test)]
mod tests {
    use super::modules_by_line;

    #[test]
    fn a_line_belongs_to_the_innermost_module() {
        let code = "fn a() {\n}\npub mod b {\n    pub mod r#type {\n        struct C {\n        }\n    }\n    fn d() {}\n}\nfn e() {}\n";
        assert_eq!(
            modules_by_line(code),
            [
                "",
                "",
                "b",
                "b::r#type",
                "b::r#type",
                "b::r#type",
                "b::r#type",
                "b",
                "b",
                ""
            ]
        );
    }
}
