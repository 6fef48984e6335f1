//! Label Studio: `config.xml`, the labelling interface, and `tasks.json`, tasks with predictions; its JSON and JSON_MIN
//! exports.
//!
//! The formats are those of Label Studio's guide: "Import pre-annotated data", "Export annotations" and the tags Text,
//! Labels, Choices, TextArea. Offsets of a Text are Unicode code points (its editor turns JavaScript's counts into them
//! when it saves); the `text` of a saved span can be off by an emoji, so it only helps where offsets are ambiguous.

mod read;
mod write;

pub(super) use read::read;
pub(super) use write::write;

use crate::review::Label;

/// The control that marks evidence.
const EVIDENCE: &str = "evidence";
/// The control for a note.
const NOTE: &str = "note";

/// The name of the control with all frames, which no label's column has.
fn framing(labels: &[Label]) -> String {
    let mut name = "framing".to_owned();
    while labels.iter().any(|label| label.column == name) {
        name.push('_');
    }
    name
}
