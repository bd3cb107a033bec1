//! `cargo xtask regen`: documents in, crate out.

use std::process::ExitCode;

use anyhow::Result;

use crate::commands::fetch::keep;
use crate::commands::regenerate::{Output, regenerate};
use crate::report::notes::Deny;
use crate::repository::Repository;
use crate::schemas::Schemas;
use crate::schemas::download::download;
use crate::schemas::http::Server;
use crate::terminal::counted;

/// Fetches the documents, generates the crate from them, and reports what changed
///
/// All files are generated and checked before the first one is replaced. The report compares with the last commit; its
/// lines also go to the Unreleased section of CHANGELOG.md.
#[derive(clap::Args, Debug)]
pub(crate) struct Arguments {
    /// Generates from the documents as they are, without the network
    #[arg(long)]
    offline: bool,
    /// Writes nothing, and fails if anything would change
    #[arg(long)]
    check: bool,
    /// Prints the change of the generated code as a patch
    #[arg(long)]
    patch: bool,
    /// Writes nothing, and fails, if the generator guessed, dropped or warns of anything
    #[arg(long, value_enum, value_name = "WHAT")]
    deny: Option<Deny>,
    #[command(flatten)]
    server: Server,
}

/// Runs the command.
pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode> {
    let repository = Repository::find()?;
    let mut schemas = Schemas::load(&repository)?;
    let mut exit_code = ExitCode::SUCCESS;
    if !arguments.offline {
        let ids: Vec<String> = schemas.manifest.ids().map(str::to_owned).collect();
        let downloads = download(&mut schemas, &ids, &arguments.server)?;
        downloads.print();
        if downloads.has_failures() && !arguments.check && !schemas.are_complete() {
            // No code can be generated, but the documents that came are good.
            let written = keep(&repository, &mut schemas)?;
            say!(
                "Wrote {} below schemas/, but no code.",
                counted(written, "file")
            );
        }
        exit_code = downloads.exit_code();
    }
    let output = Output {
        check: arguments.check,
        patch: arguments.patch,
        offline: arguments.offline,
        deny: arguments.deny,
    };
    regenerate(&repository, &mut schemas, output)?;
    if exit_code != ExitCode::SUCCESS && !arguments.check {
        complain!(
            "Code was generated all the same, from the old files of the documents that could not be fetched. Run `cargo xtask regen` again later."
        );
    }
    Ok(exit_code)
}
