//! Base encoders: which there are, where their files lie, and what each opens into: words, pieces, layers.

use std::path::PathBuf;

use tch::{Kind as TensorKind, Tensor};

use super::encoder::Encoder;
use super::mpnet;
use super::pack::Pack;
use super::store::sha256_of;
use super::tokenize::Tokenizer;
use crate::error::{Error, Kind, Place, Result};

/// A base encoder that a manifest can name, and the files that hold it.
#[derive(Debug, Clone, Copy)]
pub struct Base {
    /// The manifest's word for it.
    pub name: &'static str,
    /// How its files are written.
    pub form: Form,
    /// Name and SHA-256 (hex) of each file below the cache's `bases/<name>/`; `scripts/fetch.py` pins the same.
    pub files: &'static [(&'static str, &'static str)],
}

/// The forms of base this version can open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// BERT in the 4-bit package of e5, pieces and weights in one file.
    Package,
    /// MPNet as Hugging Face keeps it: `model.safetensors` and `tokenizer.json`.
    Mpnet,
}

/// Every base this version can open; the first is that of the default model.
pub const BASES: &[Base] = &[
    Base {
        name: "multilingual-e5-small",
        form: Form::Package,
        files: &[(
            "e5-small-q4.bin",
            "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f",
        )],
    },
    Base {
        name: "all-mpnet-base-v2",
        form: Form::Mpnet,
        files: &[
            (
                "model.safetensors",
                "78c0197b6159d92658e319bc1d72e4c73a9a03dd03815e70e555c5ef05615658",
            ),
            (
                "tokenizer.json",
                "b8be2c30ba5dd723a6d5ee26d013da103d5408d92ddcb23747622f9e48f1d842",
            ),
        ],
    },
];

/// The base of a name.
///
/// # Errors
/// [`Kind::Model`] when this version knows no such base.
pub fn named(name: &str) -> Result<&'static Base> {
    BASES.iter().find(|base| base.name == name).ok_or_else(|| {
        let known: Vec<_> = BASES.iter().map(|b| format!("`{}`", b.name)).collect();
        Error::new(Kind::Model, format!("the base `{name}` is unknown"))
            .hint(format!("this version opens {}", known.join(", ")))
    })
}

/// The cache folder: `DEMARCHE_CACHE`, else `demarche` under the user's cache folder.
pub fn cache_folder() -> PathBuf {
    let set = |name: &str| {
        std::env::var_os(name)
            .filter(|v| !v.is_empty())
            .map(PathBuf::from)
    };
    set("DEMARCHE_CACHE").unwrap_or_else(|| {
        set("XDG_CACHE_HOME")
            .or_else(|| set("HOME").map(|home| home.join(".cache")))
            .unwrap_or_else(std::env::temp_dir)
            .join("demarche")
    })
}

/// A base, opened.
pub struct Opened {
    /// Vectors of its pieces.
    pub words: Words,
    /// Cuts text into its pieces.
    pub tokenizer: Tokenizer,
    /// Its layers.
    pub encoder: Encoder,
}

/// Word embeddings, one vector a piece.
pub enum Words {
    /// Left packed in the mapped file; only the rows at hand are unpacked.
    Packed(Box<Pack>),
    /// float32 `[vocabulary, H]`.
    Table(Tensor),
}

impl Words {
    /// The encoder's width `H`.
    pub fn width(&self) -> i64 {
        match self {
            Words::Packed(pack) => pack.shape.hidden as i64,
            Words::Table(table) => table.size()[1],
        }
    }

    /// Word embeddings of `n` pieces, float32 `[n, H]`.
    ///
    /// # Errors
    /// [`Kind::Model`] when an id lies beyond the vocabulary.
    pub fn embed(&self, ids: &[i64]) -> Result<Tensor> {
        match self {
            Words::Packed(pack) => {
                let mut rows = Vec::with_capacity(ids.len() * pack.shape.hidden);
                pack.embed(ids, &mut rows)?;
                Ok(Tensor::from_slice(&rows).view([-1, self.width()]))
            }
            Words::Table(table) => {
                let beyond = |id: &&i64| **id < 0 || **id >= table.size()[0];
                if let Some(id) = ids.iter().find(beyond) {
                    return Err(Error::new(
                        Kind::Model,
                        format!("the base encoder has no piece with id {id}"),
                    ));
                }
                Ok(table.index_select(0, &Tensor::from_slice(ids)))
            }
        }
    }
}

impl Base {
    /// Opens the base; `kind` is what its layers compute in.
    ///
    /// # Errors
    /// [`Kind::Model`] when a file is missing, corrupted or of another form.
    pub fn open(&self, kind: TensorKind) -> Result<Opened> {
        let folder = self.folder()?;
        match self.form {
            Form::Package => {
                let pack = Pack::open(&folder.join(self.files[0].0))?;
                Ok(Opened {
                    tokenizer: Tokenizer::new(&pack)?,
                    encoder: Encoder::from_pack(&pack, kind)?,
                    words: Words::Packed(Box::new(pack)),
                })
            }
            Form::Mpnet => mpnet::open(&folder, kind),
        }
    }

    /// The folder of its files in the cache, each checked against its pinned sha256.
    ///
    /// # Errors
    /// [`Kind::Model`] when a file is missing or its bytes are others.
    pub fn folder(&self) -> Result<PathBuf> {
        let folder = cache_folder().join("bases").join(self.name);
        let again = format!(
            "`python3 scripts/fetch.py CACHE {}` fetches it, and `scripts/demarche` does so by itself",
            self.name
        );
        for (name, pin) in self.files {
            let path = folder.join(name);
            if !path.is_file() {
                return Err(Error::new(
                    Kind::Model,
                    format!("the base encoder {} is not there", self.name),
                )
                .at(Place::file(&path))
                .hint(again));
            }
            if sha256_of(&path)? != *pin {
                return Err(Error::new(
                    Kind::Model,
                    "the base encoder's file is corrupted (its sha256 is another)",
                )
                .at(Place::file(&path))
                .hint(format!("delete it; {again}")));
            }
        }
        Ok(folder)
    }

    /// Whether a file of it lies in the cache at all.
    pub fn is_fetched(&self) -> bool {
        cache_folder().join("bases").join(self.name).is_dir()
    }

    /// Whether it is not there and need not be: only the default model's base has to, others come when asked for.
    pub fn is_optional_and_absent(&self) -> bool {
        self.name != BASES[0].name && !self.is_fetched()
    }
}
