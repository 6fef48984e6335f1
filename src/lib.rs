//! demarche annotates political news: one encoder pass a paragraph, a sheet that an analyst can correct.
//!
//! The modules stand in the order in which a paragraph meets them:
//!
//! 1. [`corpus`] reads files and folders into documents, and documents into paragraphs;
//! 2. [`codebook`] says which labels and targets there are, and finds where a paragraph names a target;
//! 3. [`model`] cuts the paragraph into pieces, encodes it once, and gives every label a calibrated probability;
//! 4. [`annotate`] decides the labels and keeps a journal, so that a killed run goes on;
//! 5. [`export`] writes the sheet and what is told of the run beside it;
//! 6. [`review`] takes the corrected sheet back and measures agreement;
//! 7. [`exchange`] takes the sheet to other tools and what was corrected there back;
//! 8. [`mod@report`] makes one page of it that people can look at;
//! 9. [`methods`] writes the appendix that a paper needs.
//!
//! [`mod@learn`] makes a model of the corrections. Beside the road stand [`mod@train`], which makes models, and
//! [`mod@evaluate`], which measures them.

pub mod error;

pub mod corpus;

pub mod codebook;

pub mod model;

pub mod annotate;

pub mod export;

pub mod review;

pub mod exchange;

pub mod report;

pub mod methods;

pub mod train;

pub mod learn;

pub mod evaluate;
