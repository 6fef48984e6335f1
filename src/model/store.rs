//! A model folder: manifest, weights, sha256; says which file is missing or foreign.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tch::{Kind as TensorKind, Tensor};

use super::adapter::Adapter;
use super::base::{self, Base};
use super::calibrate::{Calibration, Thresholds};
use crate::error::{Error, Kind, Place, Result};

/// The manifest's file name in a model folder.
pub const MANIFEST: &str = "manifest.toml";
/// The weights' file name in a model folder.
pub const WEIGHTS: &str = "weights.safetensors";

/// What a model folder says of itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The model's name, as in the sheet's `model` column.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The base encoder it is built on; its files lie in the cache.
    pub base: String,
    /// Opens every input, as the base was taught.
    pub prefix: String,
    /// Whether the title is read before each paragraph.
    pub title: bool,
    /// The frames it labels, in the order of its outputs.
    pub frames: Vec<String>,
    /// Factor of the adapter's products.
    pub adapter_scale: f64,
    /// SHA-256 of the weights' file, in hex.
    pub weights_sha256: String,
    /// From logits to probabilities.
    pub calibration: Calibration,
    /// From probabilities to labels.
    pub thresholds: Thresholds,
}

/// The folder of a model: a path as it is, a bare name under `models/`.
///
/// Names are looked for in `DEMARCHE_MODELS`, beside the program, and in the checkout it was built from.
///
/// # Errors
/// [`Kind::Usage`] when there is no such folder; the message lists the names there are.
pub fn model_folder(model: &str) -> Result<PathBuf> {
    let path = Path::new(model);
    if path.is_dir() {
        return Ok(path.to_owned());
    }
    let roots = model_roots();
    let bare = path.components().count() == 1;
    if let Some(found) = roots
        .iter()
        .map(|root| root.join(model))
        .find(|folder| bare && folder.join(MANIFEST).is_file())
    {
        return Ok(found);
    }
    let names: Vec<String> = models()
        .into_iter()
        .map(|(name, _)| format!("`{name}`"))
        .collect();
    Err(
        Error::new(Kind::Usage, format!("there is no model `{model}`")).hint(if names.is_empty() {
            "give the path of a model folder".to_owned()
        } else {
            format!(
                "there is {}; or give the path of a model folder",
                names.join(", ")
            )
        }),
    )
}

/// Where model names are looked for, in this order.
fn model_roots() -> Vec<PathBuf> {
    let mut roots: Vec<PathBuf> = Vec::new();
    roots.extend(std::env::var_os("DEMARCHE_MODELS").map(PathBuf::from));
    if let Ok(program) = std::env::current_exe() {
        roots.extend(program.parent().map(|folder| folder.join("models")));
    }
    roots.push(Path::new(env!("CARGO_MANIFEST_DIR")).join("models"));
    roots
}

/// Every model that can be named, with its folder; the first of a name counts.
pub fn models() -> Vec<(String, PathBuf)> {
    let mut models: Vec<(String, PathBuf)> = model_roots()
        .iter()
        .filter_map(|root| std::fs::read_dir(root).ok())
        .flatten()
        .filter_map(|entry| entry.ok())
        .filter(|entry| entry.path().join(MANIFEST).is_file())
        .map(|entry| {
            (
                entry.file_name().to_string_lossy().into_owned(),
                entry.path(),
            )
        })
        .collect();
    models.sort_by(|a, b| a.0.cmp(&b.0));
    models.dedup_by(|a, b| a.0 == b.0);
    models
}

impl Manifest {
    /// Reads and checks a model folder's manifest.
    ///
    /// # Errors
    /// [`Kind::Model`] when it is missing, not TOML, or says something impossible; the line is told.
    pub fn read(folder: &Path) -> Result<Manifest> {
        let path = folder.join(MANIFEST);
        let text = std::fs::read_to_string(&path).map_err(|e| {
            Error::io(Kind::Model, "read the model's manifest", &path, e)
                .hint("a model folder holds manifest.toml and weights.safetensors")
        })?;
        let manifest: Manifest = toml::from_str(&text).map_err(|e| {
            let line = e
                .span()
                .map(|s| text[..s.start].matches('\n').count() as u64 + 1);
            let place = Place::file(&path);
            Error::new(Kind::Model, format!("is no manifest: {}", e.message()))
                .at(line.map_or(place.clone(), |line| place.line(line)))
        })?;
        manifest.check().map_err(|e| e.at(Place::file(&path)))?;
        Ok(manifest)
    }

    fn check(&self) -> Result<()> {
        self.base()?;
        let sizes = [
            (
                "calibration.frames",
                self.calibration.frames.len(),
                self.frames.len(),
            ),
            (
                "thresholds.frames",
                self.thresholds.frames.len(),
                self.frames.len(),
            ),
            ("thresholds.stance", self.thresholds.stance.len(), 4),
            ("frames", self.frames.len(), 3),
        ];
        for (what, has, needs) in sizes {
            if has != needs {
                return Err(Error::new(
                    Kind::Model,
                    format!("`{what}` has {has} entries, not {needs}"),
                ));
            }
        }
        Ok(())
    }

    /// The base it names.
    ///
    /// # Errors
    /// [`Kind::Model`] when this version knows no such base.
    pub fn base(&self) -> Result<&'static Base> {
        base::named(&self.base)
    }
}

/// SHA-256 of a file, in hex.
///
/// # Errors
/// [`Kind::Model`] when it cannot be read.
pub fn sha256_of(path: &Path) -> Result<String> {
    let mut file =
        std::fs::File::open(path).map_err(|e| Error::io(Kind::Model, "open", path, e))?;
    let mut digest = Sha256::new();
    std::io::copy(&mut file, &mut digest).map_err(|e| Error::io(Kind::Model, "read", path, e))?;
    Ok(hex(&digest.finalize()))
}

/// Bytes in lower-case hex.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// The tensors of a model folder, float32: the adapter, and the heads by name.
///
/// # Errors
/// [`Kind::Model`] when the weights are missing, corrupted, or not safetensors.
pub fn read_weights(
    folder: &Path,
    manifest: &Manifest,
) -> Result<(Adapter, HashMap<String, Tensor>)> {
    let path = folder.join(WEIGHTS);
    if !path.is_file() {
        return Err(Error::new(Kind::Model, "the model's weights are not there")
            .at(Place::file(&path))
            .hint("a model folder holds manifest.toml and weights.safetensors"));
    }
    if sha256_of(&path)? != manifest.weights_sha256 {
        return Err(Error::new(
            Kind::Model,
            "the weights are corrupted: their sha256 is not the manifest's",
        )
        .at(Place::file(&path))
        .hint("take the file from where the model came from again"));
    }
    let tensors = Tensor::read_safetensors(&path).map_err(|e| {
        Error::new(Kind::Model, "is no safetensors file")
            .at(Place::file(&path))
            .because(e)
    })?;
    let mut heads = HashMap::new();
    let mut halves: BTreeMap<String, (Option<Tensor>, Option<Tensor>)> = BTreeMap::new();
    for (name, tensor) in tensors {
        let tensor = tensor.to_kind(TensorKind::Float);
        if let Some(head) = name.strip_prefix("heads.") {
            heads.insert(head.to_owned(), tensor);
        } else if let Some(matrix) = name
            .strip_prefix("adapter.")
            .and_then(|n| n.strip_suffix(".a"))
        {
            halves.entry(matrix.to_owned()).or_default().0 = Some(tensor);
        } else if let Some(matrix) = name
            .strip_prefix("adapter.")
            .and_then(|n| n.strip_suffix(".b"))
        {
            halves.entry(matrix.to_owned()).or_default().1 = Some(tensor);
        }
    }
    let factors = halves
        .into_iter()
        .map(|(name, pair)| match pair {
            (Some(a), Some(b)) => Ok((name, (a, b))),
            _ => Err(Error::new(
                Kind::Model,
                format!("half of the adapter's `{name}` is missing"),
            )
            .at(Place::file(&path))),
        })
        .collect::<Result<_>>()?;
    Ok((
        Adapter {
            scale: manifest.adapter_scale,
            factors,
        },
        heads,
    ))
}

/// Writes a model folder: weights in float16 first, then the manifest that vouches for them.
///
/// # Errors
/// [`Kind::Output`] when a file cannot be written.
pub fn write(
    folder: &Path,
    manifest: &mut Manifest,
    adapter: &Adapter,
    heads: &[(String, Tensor)],
) -> Result<()> {
    std::fs::create_dir_all(folder)
        .map_err(|e| Error::io(Kind::Output, "make the folder", folder, e))?;
    let mut tensors: Vec<(String, Tensor)> = Vec::new();
    for (name, (a, b)) in &adapter.factors {
        tensors.push((format!("adapter.{name}.a"), a.to_kind(TensorKind::Half)));
        tensors.push((format!("adapter.{name}.b"), b.to_kind(TensorKind::Half)));
    }
    for (name, tensor) in heads {
        tensors.push((format!("heads.{name}"), tensor.to_kind(TensorKind::Half)));
    }
    tensors.sort_by(|a, b| a.0.cmp(&b.0));
    let path = folder.join(WEIGHTS);
    let aside = folder.join("weights.safetensors.part");
    Tensor::write_safetensors(&tensors, &aside).map_err(|e| {
        Error::new(Kind::Output, "could not write the weights")
            .at(Place::file(&aside))
            .because(e)
    })?;
    std::fs::rename(&aside, &path)
        .map_err(|e| Error::io(Kind::Output, "rename the weights to", &path, e))?;
    manifest.weights_sha256 = sha256_of(&path)?;
    write_manifest(folder, manifest)
}

/// Writes a model folder's manifest.
///
/// # Errors
/// [`Kind::Output`] when it cannot be written.
pub fn write_manifest(folder: &Path, manifest: &Manifest) -> Result<()> {
    let text = toml::to_string(manifest)
        .map_err(|e| Error::new(Kind::Output, "could not write the manifest").because(e))?;
    let path = folder.join(MANIFEST);
    std::fs::write(&path, text).map_err(|e| Error::io(Kind::Output, "write", &path, e))
}
