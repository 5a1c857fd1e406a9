//! Mirrors `src/config/number.rs`.

use forerun::config::{Number, Numbers};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

#[test]
fn what_is_short_is_written_as_it_is() {
    for (value, text) in [
        (0.0, "0"),
        (-1.5, "-1.5"),
        (4096.0, "4096"),
        (0.001, "0.001"),
        (1e300, "1e300"),
        (-2.5e-200, "-2.5e-200"),
        (f64::NAN, "NaN"),
        (f64::INFINITY, "inf"),
    ] {
        assert_eq!(Number(value).to_string(), text);
    }
    assert_eq!(format!("{:.2} m", Number(1.0 / 3.0)), "0.33 m");
    assert_eq!(format!("{:.1} m", Number(1e300)), "1.0e300 m");
    assert_eq!(format!("{:+.1}", Number(0.25)), "+0.2");
    assert_eq!(format!("{:+.1}", Number(2e12)), "+2.0e12");
    assert_eq!(format!("{:.1}", Numbers(&[1e300, 0.25])), "[1.0e300, 0.2]");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, rng_seed: RngSeed::Fixed(8), failure_persistence: None, ..ProptestConfig::default() })]

    /// Any number is short, and reads back as itself.
    #[test]
    fn any_number_is_short_and_exact(value in any::<f64>()) {
        let text = Number(value).to_string();
        prop_assert!(text.len() <= 26, "{text}");
        prop_assert_eq!(text.parse::<f64>().ok(), Some(value));
        let text = format!("{:.3}", Number(value));
        prop_assert!(text.len() <= 16, "{text}");
    }
}
