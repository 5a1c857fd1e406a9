//! Two contenders on the same seeds.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Outcome;
use super::wilson::{Proportion, median_ci95, sign_test};

/// How two contenders differ on the seeds that both ran.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Paired {
    /// Seeds that both ran.
    pub n: usize,
    /// Failures of the one that is judged.
    pub failures: usize,
    /// Failures of the other.
    pub failures_against: usize,
    /// How many more the first one has; negative if it has fewer.
    pub more_failures: i64,
    /// Seeds that only the other reached.
    pub lost_seeds: Vec<u64>,
    /// Seeds that only the first one reached.
    pub won_seeds: Vec<u64>,
    /// Difference of the success rates, the first one's minus the other's.
    pub difference: f64,
    /// Its 95 % interval (R. G. Newcombe, Improved confidence intervals for the difference between binomial
    /// proportions based on paired data, 1998, method 10).
    pub difference_ci95: [f64; 2],
    /// Two-sided p of McNemar's exact test (Q. McNemar, 1947): how likely seeds lost and won are as unequal as this if both are
    /// equally good.
    pub mcnemar_p: f64,
    /// Median of the differences in time to the goal on seeds that both reached `[s]`.
    pub median_time_difference_s: Option<f64>,
    /// Its 95 % interval, by ranks; `None` for fewer than six such seeds.
    pub median_time_difference_ci95_s: Option<[f64; 2]>,
}

impl Paired {
    /// Compares what `judged` and `against` did on the same seeds; a seed that only one ran is left out.
    pub fn of(judged: &[Outcome], against: &[Outcome]) -> Self {
        let others: BTreeMap<u64, &Outcome> = against
            .iter()
            .map(|outcome| (outcome.seed, outcome))
            .collect();
        let pairs: Vec<(&Outcome, &Outcome)> = judged
            .iter()
            .filter_map(|outcome| Some((outcome, *others.get(&outcome.seed)?)))
            .collect();
        let seeds = |first: bool, other: bool| -> Vec<u64> {
            let alike =
                |pair: &&(&Outcome, &Outcome)| pair.0.success == first && pair.1.success == other;
            pairs.iter().filter(alike).map(|pair| pair.0.seed).collect()
        };
        let (lost, won) = (seeds(false, true), seeds(true, false));
        let table = Table {
            both: seeds(true, true).len() as f64,
            won: won.len() as f64,
            lost: lost.len() as f64,
            neither: seeds(false, false).len() as f64,
        };
        let failures = lost.len() + table.neither as usize;
        let failures_against = won.len() + table.neither as usize;
        let slower: Vec<f64> = pairs
            .iter()
            .filter_map(|(first, other)| Some(first.time? - other.time?))
            .collect();
        Self {
            n: pairs.len(),
            failures,
            failures_against,
            more_failures: failures as i64 - failures_against as i64,
            difference: table.difference(),
            difference_ci95: table.interval(),
            mcnemar_p: sign_test(lost.len(), won.len()),
            median_time_difference_s: super::quantile(&slower, 0.5),
            median_time_difference_ci95_s: median_ci95(&slower),
            lost_seeds: lost,
            won_seeds: won,
        }
    }
}

/// Counts of pairs.
#[derive(Clone, Copy, Debug)]
struct Table {
    both: f64,
    won: f64,
    lost: f64,
    neither: f64,
}

impl Table {
    fn n(&self) -> f64 {
        self.both + self.won + self.lost + self.neither
    }

    fn difference(&self) -> f64 {
        (self.won - self.lost) / self.n().max(1.0)
    }

    /// Wilson intervals of both rates, squared and added, less what the pairing explains.
    fn interval(&self) -> [f64; 2] {
        if self.n() == 0.0 {
            return [-1.0, 1.0];
        }
        let rate = |hits: f64| {
            let proportion = Proportion {
                hits: hits as usize,
                n: self.n() as usize,
            };
            let ([low, high], rate) = (proportion.ci95(), proportion.rate());
            (rate - low, high - rate)
        };
        let (below, above) = rate(self.both + self.won);
        let (other_below, other_above) = rate(self.both + self.lost);
        let correlation = self.correlation();
        let reach = |a: f64, b: f64| {
            let squared = a * a - 2.0 * correlation * a * b + b * b;
            squared.max(0.0).sqrt()
        };
        let difference = self.difference();
        [
            difference - reach(below, other_above),
            difference + reach(above, other_below),
        ]
    }

    /// The phi coefficient, its numerator corrected for continuity where it is positive.
    fn correlation(&self) -> f64 {
        let sides = (self.both + self.won)
            * (self.lost + self.neither)
            * (self.both + self.lost)
            * (self.won + self.neither);
        if sides == 0.0 {
            return 0.0;
        }
        let product = self.both * self.neither - self.won * self.lost;
        let corrected = if product > 0.0 {
            (product - self.n() / 2.0).max(0.0)
        } else {
            product
        };
        corrected / sides.sqrt()
    }
}
