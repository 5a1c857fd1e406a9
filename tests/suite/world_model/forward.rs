//! Networks run, and how far off they are.

use forerun::world_model::Network;

/// What `network` gives for `rows` rows of `inputs`.
pub fn run(network: &Network, rows: usize, inputs: &[Vec<f32>]) -> Vec<f32> {
    let inputs: Vec<&[f32]> = inputs.iter().map(Vec::as_slice).collect();
    let mut output = vec![0.0; rows * network.output_len()];
    let mut runner = network.runner().unwrap();
    runner.run(rows, &inputs, &mut output).unwrap();
    output
}

/// Relative error, L2.
pub fn error(found: &[f32], wanted: &[f32]) -> f64 {
    let square = |x: f32| f64::from(x).powi(2);
    let difference: f64 = found.iter().zip(wanted).map(|(a, b)| square(a - b)).sum();
    (difference / wanted.iter().copied().map(square).sum::<f64>()).sqrt()
}
