//! `demarche doctor`

use std::path::Path;
use std::process::ExitCode;

use demarche::error::Result;
use demarche::model::{Model, base, store};

use super::printer::Printer;

/// Say in plain words what was found: libtorch, processor, cache, base encoders, models
#[derive(clap::Args)]
pub struct Args {}

pub fn run(_: Args, printer: &mut Printer) -> Result<ExitCode> {
    let mut missing = 0;
    let mut line = |good: bool, text: String| {
        missing += usize::from(!good);
        printer.data(&format!(
            "{} {text}\n",
            if good { "ok     " } else { "MISSING" }
        ));
    };
    line(true, format!("demarche {}", env!("CARGO_PKG_VERSION")));
    // This program is linked to libtorch: that it runs at all means the library was found.
    let libtorch = option_env!("DEMARCHE_LIBTORCH").unwrap_or("the system's library path");
    line(
        true,
        format!(
            "libtorch, from {libtorch}; {} threads",
            tch::get_num_threads()
        ),
    );
    line(true, format!("processor: {}", processor()));
    let cache = base::cache_folder();
    let moved = std::env::var_os("DEMARCHE_CACHE").is_some();
    let how = if moved {
        "set by DEMARCHE_CACHE"
    } else {
        "DEMARCHE_CACHE moves it"
    };
    line(
        cache.is_dir(),
        format!("cache: {} ({how})", cache.display()),
    );
    for base in base::BASES {
        let what = format!("base {}", base.name);
        match base.folder() {
            Ok(folder) => line(
                true,
                format!("{what}: {}, sha256 verified", folder.display()),
            ),
            Err(_) if base.is_optional_and_absent() => line(
                true,
                format!(
                    "{what}: not fetched; `scripts/demarche` fetches it for a model that needs it"
                ),
            ),
            Err(error) => line(false, format!("{what}: {}", advice(&error))),
        }
    }
    let mut models = 0;
    for (name, folder) in store::models() {
        models += 1;
        let unfetched = store::Manifest::read(&folder)
            .and_then(|manifest| manifest.base())
            .is_ok_and(base::Base::is_optional_and_absent);
        if unfetched {
            line(true, format!("model {name}: its base is not fetched yet"));
            continue;
        }
        match Model::open(&folder) {
            Ok(model) => line(
                true,
                format!(
                    "model {name}: {}, on {}",
                    model.label(),
                    model.manifest.base
                ),
            ),
            Err(error) => line(false, format!("model {name}: {}", advice(&error))),
        }
    }
    if models == 0 {
        line(false, "models: none found; `models/` of the project holds them, DEMARCHE_MODELS names another place".to_owned());
    }
    for (program, why) in [
        ("python3", "fetches libtorch and base encoders"),
        ("c++", "builds demarche"),
    ] {
        let found = on_path(program);
        line(
            found,
            format!(
                "{program} ({why}){}",
                if found {
                    ""
                } else {
                    ": Debian: apt-get install python3-pip build-essential"
                }
            ),
        );
    }
    if missing > 0 {
        printer.say(&format!(
            "\n{missing} missing: `scripts/demarche doctor` fetches what can be fetched"
        ));
        return Ok(ExitCode::from(1));
    }
    Ok(ExitCode::SUCCESS)
}

fn advice(error: &demarche::error::Error) -> String {
    match error.advice() {
        Some(advice) => format!("{}; {advice}", error.in_one_line()),
        None => error.in_one_line(),
    }
}

fn on_path(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .any(|folder: std::path::PathBuf| Path::new(&folder).join(program).is_file())
}

#[cfg(target_arch = "x86_64")]
fn processor() -> String {
    let features = [
        ("AVX2", is_x86_feature_detected!("avx2")),
        ("AVX-512", is_x86_feature_detected!("avx512f")),
        ("VNNI (fast int8)", is_x86_feature_detected!("avx512vnni")),
        ("bf16", is_x86_feature_detected!("avx512bf16")),
    ];
    let has: Vec<&str> = features.iter().filter(|f| f.1).map(|f| f.0).collect();
    let lacks: Vec<&str> = features.iter().filter(|f| !f.1).map(|f| f.0).collect();
    let cores = std::thread::available_parallelism().map_or(1, |n| n.get());
    format!(
        "{cores} cores, has {}{}",
        if has.is_empty() {
            "no vector extension that matters".to_owned()
        } else {
            has.join(", ")
        },
        if lacks.is_empty() {
            String::new()
        } else {
            format!(", lacks {}", lacks.join(", "))
        }
    )
}

#[cfg(not(target_arch = "x86_64"))]
fn processor() -> String {
    format!("{} (only x86-64 is tried)", std::env::consts::ARCH)
}
