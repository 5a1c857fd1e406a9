//! The `forerun` binary: parse, run, exit status.

fn main() -> std::process::ExitCode {
    forerun::cli::main(std::env::args_os()).into()
}
