//! `forerun params`: a parameter file to start from, or a table.

use clap::Args;

use super::Failure;
use super::parameters::{Reader, Settings, Which, markdown};

/// Prints a verb's parameters as a ROS 2 parameter file, with what files and `--set` change in them.
#[derive(Debug, Args)]
pub struct Params {
    /// Whose.
    #[arg(value_enum, default_value = "run")]
    verb: Reader,
    #[command(flatten)]
    which: Which,
    /// Print a Markdown table of all verbs' parameters instead.
    #[arg(long, conflicts_with_all = ["set", "params_file"])]
    markdown: bool,
    #[command(flatten)]
    settings: Settings,
}

impl Params {
    pub(super) fn run(self) -> Result<(), Failure> {
        if self.markdown {
            print!("{}", markdown()?);
        } else {
            let parameters = self.settings.read(self.verb, self.which.robot)?;
            print!("{}", parameters.to_yaml(self.verb.node(self.which.robot)));
        }
        Ok(())
    }
}
