//! The material beside the checkout that may not lie in it.

use std::path::{Path, PathBuf};

/// A file or folder of `../shared`; where it is absent the test is skipped, and says so.
pub fn shared(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../shared")
        .join(name);
    if path.exists() {
        return Some(path);
    }
    eprintln!("SKIPPED: {} is not there", path.display());
    None
}
