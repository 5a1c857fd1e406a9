//! What `--ros-args` says, for the answers that r2r doesn't give.

use std::path::Path;

use super::names::{addressed, node_name};
use crate::config::{ConfigError, Parameters};

/// The process's arguments; what is no text is replaced, for nothing here could be it.
pub fn arguments() -> Vec<String> {
    std::env::args_os()
        .map(|argument| argument.to_string_lossy().into_owned())
        .collect()
}

/// `parameters` with what `--ros-args` says, in its order: `--params-file FILE` and `-p NAME:=VALUE`. `node`: the
/// node's name, unless `-r __node:=` says otherwise. A file without a section for the node changes nothing, as
/// in ROS, but is warned about; ROS's own parameters are passed over, and so is what `-p NODE:NAME:=VALUE` says to others.
///
/// For everything that is asked of a node; read here, not from rcl, because Fast DDS's profile must be known
/// before a context exists, and so that a parameter has one reader, whoever sets it.
pub fn ros_parameters(
    args: &[String],
    node: &str,
    parameters: Parameters,
) -> Result<Parameters, ConfigError> {
    let (parameters, strange) = read_arguments(args, node, parameters)?;
    for error in strange {
        let (file, why) = (&error.origin, error.reasons());
        tracing::warn!("parameter file {file}: nothing applied: {why}");
    }
    Ok(parameters)
}

/// As [`ros_parameters`]; gives the files without a section for the node instead of warning.
pub(super) fn read_arguments(
    args: &[String],
    node: &str,
    parameters: Parameters,
) -> Result<(Parameters, Vec<ConfigError>), ConfigError> {
    let full = node_name(args, node);
    let mut strange = Vec::new();
    let mut parameters = parameters;
    for (flag, value) in options(args) {
        // What lacks its value is refused by rcl, in its own words.
        let Some(value) = value else { continue };
        match flag {
            "--params-file" => {
                parameters = match parameters.with_yaml_file(Path::new(value), &full) {
                    Err(error) if error.is_no_section() => {
                        strange.push(error);
                        parameters
                    }
                    read => read?,
                };
            }
            "-p" | "--param" => {
                // What is no rule is refused by rcl, in its own words.
                let Some((name, value)) = value.split_once(":=") else {
                    continue;
                };
                if let Some(name) = addressed(name, &full)
                    && !parameters.is_passed_over(name, false)
                {
                    parameters =
                        parameters.with_overrides("--ros-args", &[format!("{name}={value}")])?;
                }
            }
            _ => {}
        }
    }
    Ok((parameters, strange))
}

/// Flags that rcl knows and that take a value.
pub(super) const VALUED: &[&str] = &[
    "-p",
    "--param",
    "--params-file",
    "-r",
    "--remap",
    "-e",
    "--enclave",
    "--log-level",
    "--log-config-file",
    "--log-file-name",
];
/// What rcl can switch by `--enable-` and `--disable-`.
const SWITCHES: &[&str] = &["rosout-logs", "stdout-logs", "external-lib-logs"];

/// The first of the options that rcl passes over because it does not know it.
pub(super) fn unknown_option(args: &[String]) -> Option<&str> {
    let known = |flag: &str| {
        let switch = flag
            .strip_prefix("--enable-")
            .or(flag.strip_prefix("--disable-"));
        VALUED.contains(&flag) || switch.is_some_and(|switch| SWITCHES.contains(&switch))
    };
    options(args)
        .map(|option| option.0)
        .find(|flag| !known(flag))
}

/// The options between `--ros-args` and `--` or the end, those that take a value with it.
pub(super) fn options(args: &[String]) -> impl Iterator<Item = (&str, Option<&str>)> {
    let mut args = args.iter().map(String::as_str);
    let mut inside = false;
    std::iter::from_fn(move || {
        loop {
            match args.next()? {
                "--ros-args" => inside = true,
                "--" => inside = false,
                flag if inside && VALUED.contains(&flag) => return Some((flag, args.next())),
                flag if inside => return Some((flag, None)),
                _ => {}
            }
        }
    })
}
