//! The examination passes a model that is right and fails one that is broken in a known way.

use std::sync::Arc;

use forerun::evaluation::check::{
    Frame, Options, Report, effective_rank, examine, spearman, top_overlap,
};
use forerun::evaluation::{Alteration, Altered, Outcome, Paired};
use forerun::robot::{Axes, RobotState};
use forerun::sensing::Observation;
use forerun::world_model::{AnalyticModel, AnalyticParameters, WorldModel};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::paired::outcome;

fn arm() -> AnalyticModel {
    let parameters = AnalyticParameters::new(&["shoulder", "elbow"], &[2.0, 2.0], 0.06);
    AnalyticModel::new(parameters).unwrap()
}

/// A wandering arm, with holes in the recording.
fn recording(count: usize) -> Vec<Frame> {
    let mut random = ChaCha8Rng::seed_from_u64(5);
    let mut dynamics = arm().dynamics().unwrap();
    let mut state = [0.0f32; 4];
    let mut command = [0.0f32; 2];
    let mut frames = Vec::new();
    for index in 0..count {
        let mut row = Vec::new();
        for _ in 0..2 {
            for value in &mut command {
                *value = (0.8 * *value + random.random_range(-1.2..1.2f32)).clamp(-2.0, 2.0);
            }
            row.extend(command);
        }
        let mut next = [0.0; 4];
        dynamics.step(1, &state, &row, &mut next).unwrap();
        state = next;
        let axes = |values: &[f32]| {
            let noise = |value: &f32| f64::from(*value);
            Axes::from_slice(&values.iter().map(noise).collect::<Vec<_>>()).unwrap()
        };
        frames.push(Frame {
            observation: Observation {
                state: RobotState {
                    position: axes(&state[..2]),
                    velocity: axes(&state[2..]),
                    ..RobotState::default()
                },
                ..Observation::default()
            },
            action: (index % 50 != 0).then_some(row),
        });
    }
    frames
}

fn options() -> Options {
    Options {
        repetitions: 3,
        ..Options::default()
    }
}

fn judge(model: &dyn WorldModel) -> Report {
    examine(model, Some(&arm()), recording(400), &options()).unwrap()
}

/// Names of the findings that failed, those about time aside.
fn failures(report: &Report) -> Vec<&'static str> {
    let all = report.findings.iter().chain(&report.quantization);
    let failed = all.filter(|finding| !finding.pass);
    let names = failed.map(|finding| finding.name);
    names.filter(|name| !name.contains(" ms")).collect()
}

/// The analytic arm with spoilt dynamics: `spoil` sees the latent before `[D]` and changes the next one `[D]`.
fn broken(spoil: fn(before: &[f32], next: &mut [f32])) -> Altered {
    Altered::with_spoilt_steps(Arc::new(arm()), move |before, _, next| spoil(before, next))
}

#[test]
fn a_model_that_is_right_passes() {
    let report = judge(&arm());
    assert_eq!(failures(&report), [] as [&str; 0], "{report}");
    assert_eq!(report.horizons.len(), 4);
    assert!(report.horizons.iter().all(|h| h.error < 1e-3), "{report}");
}

#[test]
fn a_model_that_stands_still_is_found_out() {
    let report = judge(&broken(|before, next| next.copy_from_slice(before)));
    let failed = failures(&report);
    for name in [
        "worst error against standing still",
        "rank of the true action (0 best)",
        "effect of the action over error",
        "spread of candidate costs / reached",
    ] {
        assert!(failed.contains(&name), "{report}");
    }
}

#[test]
fn swapped_actions_are_found_out() {
    let report = judge(&Altered::new(Arc::new(arm()), Alteration::SwappedActions));
    assert!(
        failures(&report).contains(&"rank of the true action (0 best)"),
        "{report}"
    );
    assert!(
        failures(&report).contains(&"rank correlation of int8 and f32 costs"),
        "{report}"
    );
}

#[test]
fn a_metric_of_something_else_is_found_out() {
    let report = judge(&Altered::new(Arc::new(arm()), Alteration::PermutedLatents));
    assert!(!failures(&report).is_empty(), "{report}");
}

#[test]
fn coarse_dynamics_fail_the_quantization_gate() {
    let report = judge(&broken(|_, next| {
        next.iter_mut()
            .for_each(|value| *value = (*value * 2.0).round() / 2.0);
    }));
    assert!(
        failures(&report).contains(&"rank correlation of int8 and f32 costs"),
        "{report}"
    );
}

#[test]
fn the_same_seed_gives_the_same_findings() {
    let numbers = || {
        let report = judge(&arm());
        let all = report.findings.iter().chain(&report.quantization);
        let findings = all.filter(|f| !f.name.contains(" ms"));
        findings.map(|f| f.number.to_bits()).collect::<Vec<_>>()
    };
    assert_eq!(numbers(), numbers());
}

#[test]
fn a_short_recording_is_refused() {
    let error = examine(&arm(), None, recording(10), &options()).unwrap_err();
    assert_eq!(error.field, "recording");
    let blind: Vec<Frame> = recording(400)
        .into_iter()
        .map(|frame| Frame {
            action: Some(vec![0.0; 3]),
            ..frame
        })
        .collect();
    assert!(examine(&arm(), None, blind, &options()).is_err());
}

#[test]
fn a_report_reads_as_text_and_json() {
    let report = judge(&arm());
    let text = report.to_string();
    assert!(
        text.contains("effective rank") && text.contains("20 ms:"),
        "{text}"
    );
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(json["findings"][0]["name"], "finite latents");
    assert_eq!(json["fits"].as_array().unwrap().len(), 4);
}

#[test]
fn rank_correlation() {
    let correlation = |a: &[f64], b: &[f64]| spearman(a, b);
    assert!((correlation(&[1.0, 2.0, 3.0], &[1.0, 8.0, 27.0]) - 1.0).abs() < 1e-12);
    assert!((correlation(&[1.0, 2.0, 3.0], &[3.0, 2.0, 1.0]) + 1.0).abs() < 1e-12);
    // Two of four swapped: 1 - 6 * 2 / (4 * 15).
    assert!((correlation(&[1.0, 2.0, 3.0, 4.0], &[1.0, 3.0, 2.0, 4.0]) - 0.8).abs() < 1e-12);
    assert!((correlation(&[1.0, 1.0, 2.0], &[5.0, 5.0, 6.0]) - 1.0).abs() < 1e-12);
    assert!(correlation(&[1.0, 1.0], &[1.0, 2.0]).is_nan());
    assert!(correlation(&[1.0], &[1.0]).is_nan());
}

#[test]
fn elite_overlap() {
    let costs: Vec<f64> = (0..20).map(f64::from).collect();
    let mut swapped = costs.clone();
    assert_eq!(top_overlap(&costs, &swapped, 0.1), 1.0);
    // The best two stay the best two in another order, then one of them leaves.
    swapped.swap(0, 1);
    assert_eq!(top_overlap(&costs, &swapped, 0.1), 1.0);
    swapped.swap(0, 9);
    assert_eq!(top_overlap(&costs, &swapped, 0.1), 0.5);
    // Imagination that isn't finite is nobody's elite.
    swapped[1] = f64::NAN;
    assert_eq!(top_overlap(&swapped, &costs, 0.1), 0.0);
    assert!(top_overlap(&costs, &[1.0], 0.1).is_nan());
    assert!(top_overlap(&[], &[], 0.1).is_nan());
}

#[test]
fn pairs_are_judged_and_reported() {
    let mut report = judge(&arm());
    let canonical: Vec<Outcome> = (0..24).map(|seed| outcome(seed, true)).collect();
    let quantized = |failures: u64| -> Vec<Outcome> {
        (0..24)
            .map(|seed| outcome(seed, seed >= failures))
            .collect()
    };
    for (failures, pass) in [(0, true), (1, true), (2, false)] {
        report.judge_pairs(Paired::of(&quantized(failures), &canonical));
        let [.., lost, delay] = &report.quantization[..] else {
            panic!("no findings");
        };
        assert_eq!((lost.number, lost.pass), (failures as f64, pass));
        assert_eq!((delay.number, delay.pass), (0.0, true));
        assert_eq!(report.paired.as_ref().map(|pairs| pairs.n), Some(24));
    }
    assert!(!report.pass(), "{report}");
}

/// A model that chooses worse still arrives, but later.
#[test]
fn arriving_late_is_found_out() {
    let mut report = judge(&arm());
    let canonical: Vec<Outcome> = (0..24).map(|seed| outcome(seed, true)).collect();
    let period = 0.1;
    for (periods, pass) in [(-3.0, true), (0.9, true), (1.1, false)] {
        let late = |first: &Outcome| Outcome {
            time: first.time.map(|time| time + periods * period),
            ..first.clone()
        };
        let quantized: Vec<Outcome> = canonical.iter().map(late).collect();
        report.judge_pairs(Paired::of(&quantized, &canonical));
        let delay = report.quantization.last().unwrap();
        assert!((delay.number - periods).abs() < 1e-6, "{report}");
        assert_eq!(delay.pass, pass);
    }
    let none: Vec<Outcome> = (0..24).map(|seed| outcome(seed, false)).collect();
    report.judge_pairs(Paired::of(&none, &canonical));
    assert!(!report.quantization.last().unwrap().pass, "nobody arrived");
}

#[test]
fn effective_rank_counts_directions() {
    let plane: Vec<f32> = (0..400)
        .flat_map(|i| {
            let (a, b) = ((i % 20) as f32, (i / 20) as f32);
            [a, b, a, 7.0]
        })
        .collect();
    // Spectrum 2 : 1 : 0 : 0, entropy of (2/3, 1/3).
    let share = 2.0f64 / 3.0;
    let entropy = -share * share.ln() - (1.0 - share) * (1.0 - share).ln();
    assert!((effective_rank(&plane, 4) - entropy.exp()).abs() < 1e-3);
    assert_eq!(effective_rank(&[1.0; 40], 4), 0.0);
}
