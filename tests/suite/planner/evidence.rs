//! Mirrors `src/planner/plan.rs`: what a plan says of itself.

use forerun::planner::{Evidence, TermCost};

#[test]
fn a_sentence_says_what_speaks_for_the_plan_and_stays_short() {
    let evidence = |scale: f64| Evidence {
        cost: 1.0 * scale,
        standing_still: 4.1 * scale,
        terms: vec![
            TermCost {
                name: "effort",
                chosen: 0.3 * scale,
                standing_still: 0.0,
            },
            TermCost {
                name: "metric",
                chosen: 0.7 * scale,
                standing_still: 4.1 * scale,
            },
        ],
        ..Evidence::default()
    };
    assert_eq!(
        evidence(1.0).sentence(),
        "beats standing still by 3.1: metric -3.4, effort +0.3"
    );
    assert_eq!(
        evidence(1e300).sentence(),
        "beats standing still by 3.1e300: metric -3.4e300, effort +3.0e299"
    );
}
