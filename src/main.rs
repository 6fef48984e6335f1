//! The `demarche` program: parse, run, print one error, return the exit code.

mod cli;

fn main() -> std::process::ExitCode {
    cli::main()
}
