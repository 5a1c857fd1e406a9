//! `forerun params`: a parameter file to start from, or a table.

use clap::{Args, ValueEnum};

use super::Failure;
use super::parameters::{Reader, Settings, Which, own_defaults, schema};
use super::terminal::put;
use crate::config::{ConfigError, Default, Value};
use crate::embedded::Kind;

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
            put(format_args!("{}", markdown()?));
        } else {
            let parameters = self.settings.read(self.verb, self.which.robot)?;
            put(format_args!(
                "{}",
                parameters.to_yaml(self.verb.node(self.which.robot))
            ));
        }
        Ok(())
    }
}

/// A Markdown table of all records, and one of where a robot or a verb has another default.
///
/// # Errors
/// Those of [`schema`].
pub fn markdown() -> Result<String, ConfigError> {
    let mut text = schema()?.to_markdown();
    text.push_str("\n| where the default differs | parameter | default |\n|---|---|---|\n");
    let mut say = |whose: &str, defaults: &[(&str, Default)]| {
        for (name, value) in defaults {
            let value = Value::from(*value);
            text.push_str(&format!("| {whose} | `{name}` | `{value}` |\n"));
        }
    };
    for robot in Kind::ALL {
        say(robot.name(), own_defaults(robot));
        for reader in Reader::value_variants() {
            let verb = reader.to_possible_value();
            let verb = verb.as_ref().map_or("", |value| value.get_name());
            say(
                &format!("`{verb} {}`", robot.name()),
                reader.own_defaults(robot),
            );
        }
    }
    Ok(text)
}
