//! The module that an endpoint becomes.

use crate::error::Error;
use crate::ir::names::{EndpointId, Identifier};
use crate::names;
use crate::settings::{EndpointSettings, Settings};

/// The module path: the one of the settings, or that of the family with what follows it in the id.
pub(super) fn path(
    id: &EndpointId,
    own: &EndpointSettings,
    settings: &Settings,
) -> Result<Vec<Identifier>, Error> {
    if let Some(module) = &own.module {
        return written(id, module);
    }
    let Some((prefix, module)) = settings.family(id.as_str()) else {
        return Ok(names::module_path(id, "", Vec::new()));
    };
    let start = if module.is_empty() {
        Vec::new()
    } else {
        written(id, module)?
    };
    Ok(names::module_path(id, prefix, start))
}

/// A path that a person wrote.
fn written(id: &EndpointId, module: &str) -> Result<Vec<Identifier>, Error> {
    let names: Option<Vec<Identifier>> = module.split("::").map(names::module).collect();
    names.ok_or_else(|| {
        Error::new(
            id.as_str(),
            "",
            format!(
                "`{}` is no path of free module names",
                module.escape_debug()
            ),
            "Write `module` in lower case, like `v3::image_to_video`",
        )
    })
}
