//! Runs a network over dev and fits on what it says: calibration and thresholds.

use super::fit;
use super::sets::Source;
use super::{Trained, examples, inputs};
use crate::error::Result;
use crate::evaluate::gold::GoldRow;
use crate::model::calibrate::{Calibration, Thresholds};
use crate::model::{Network, Prepared, array, batch, values};

/// Padded pieces encoded at once.
const BUDGET: usize = 4096;

/// Logits of dev beside its gold, label by label.
#[derive(Default)]
struct Dev {
    frames: [(Vec<f32>, Vec<bool>); 3],
    sentiment: (Vec<[f32; 3]>, Vec<usize>),
    mentioned: (Vec<f32>, Vec<bool>),
    stance: (Vec<[f32; 4]>, Vec<usize>),
    holder: (Vec<[f32; 3]>, Vec<usize>),
}

/// Calibration and thresholds that fit labelled rows best.
pub(super) fn fit(
    rows: &[GoldRow],
    network: &Network,
    source: &Source,
) -> Result<(Calibration, Thresholds)> {
    let mut trained = Vec::new();
    for row in rows {
        // Only the codebook's targets count here: `others` are for training.
        if let Some(mut example) = examples::from_gold(row, &source.finder, &source.names, 1.0, 0.0)
        {
            example.targets.retain(|t| t.weight > 0.0);
            trained.push(inputs(network, example)?);
        }
    }
    let dev = logits(network, &trained)?;
    let calibration = Calibration {
        frames: dev.frames.iter().map(|(z, y)| fit::platt(z, y)).collect(),
        sentiment: fit::choice(&dev.sentiment.0, &dev.sentiment.1),
        mentioned: fit::platt(&dev.mentioned.0, &dev.mentioned.1),
        stance: fit::choice(&dev.stance.0, &dev.stance.1),
        holder: fit::choice(&dev.holder.0, &dev.holder.1),
    };
    let frames = dev
        .frames
        .iter()
        .zip(&calibration.frames)
        .map(|((z, y), c)| {
            let p: Vec<f32> = z.iter().map(|&z| c.probability(z)).collect();
            fit::threshold(&p, y)
        });
    // The likeliest stance wins as it is: factors fitted on half of dev lose on the other half (models/README.md).
    let thresholds = Thresholds {
        frames: frames.collect(),
        ..Thresholds::default()
    };
    Ok((calibration, thresholds))
}

fn logits(network: &Network, rows: &[Trained]) -> Result<Dev> {
    let costs: Vec<usize> = rows.iter().map(|r| r.with_title.cost()).collect();
    let mut dev = Dev::default();
    for batch in batch::plan(&costs, BUDGET) {
        let prepared: Vec<&Prepared> = batch.iter().map(|&i| &rows[i].with_title).collect();
        let forward = tch::no_grad(|| network.forward(&prepared, BUDGET, false))?;
        let frames = values(&forward.paragraphs.frames);
        let tones = values(&forward.paragraphs.sentiment);
        for (k, &row) in batch.iter().enumerate() {
            let example = &rows[row].example;
            for f in 0..3 {
                if let Some(y) = example.frames[f] {
                    dev.frames[f].0.push(frames[k * 3 + f]);
                    dev.frames[f].1.push(y);
                }
            }
            if let Some(tone) = example.sentiment {
                dev.sentiment.0.push(array(&tones, k));
                dev.sentiment.1.push(tone as usize);
            }
        }
        let Some(targets) = &forward.targets else {
            continue;
        };
        let (stance, holder) = (values(&targets.stance), values(&targets.holder));
        let mentioned = values(&targets.mentioned);
        for (n, &(k, target)) in forward.pairs.iter().enumerate() {
            let row = batch[k];
            let target = &rows[row].example.targets[target];
            if let Some(y) = target.mentioned {
                dev.mentioned.0.push(mentioned[n]);
                dev.mentioned.1.push(y);
            }
            if let Some(y) = target.stance {
                dev.stance.0.push(array(&stance, n));
                dev.stance.1.push(y as usize);
            }
            if let Some(y) = target.holder {
                dev.holder.0.push(array(&holder, n));
                dev.holder.1.push(y as usize);
            }
        }
    }
    Ok(dev)
}
