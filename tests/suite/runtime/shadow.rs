//! Mirrors `src/runtime/shadow.rs`, `comparison.rs`, `incumbent.rs` and `commanding.rs`: a thinker beside somebody
//! who drives a two-joint arm, on the design's time line.

use std::collections::HashMap;
use std::sync::Arc;

use forerun::cli::Reader;
use forerun::control::{Chunk, State, Waypoint};
use forerun::cost::Registry;
use forerun::embedded::Kind;
use forerun::planner::Plan;
use forerun::robot::{Action, ActionKind, ActionSpace, Axes, LimiterState};
use forerun::runtime::{
    Assembly, Commanding, Comparison, Form, Health, Incumbent, Level, Shadowed, Status, Tally,
    Thinker, ThinkerConfig,
};
use forerun::sensing::Goal;
use forerun::time::{FastClock, Span, Stamp};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use crate::arm::{Plant, TICK, limits, model};

const BUDGET: Span = Span::from_millis(20);

fn thinker(seed: u64) -> Thinker {
    let mut config = ThinkerConfig::default();
    config.planner.seed = seed;
    let names = ["shoulder", "elbow"].map(str::to_owned);
    let assembly = Assembly {
        model: Arc::new(model()),
        space: ActionSpace {
            kind: ActionKind::JointVelocity,
            names: names.to_vec(),
            units: vec!["rad/s".to_owned(); 2],
            limits: limits(),
        },
        kinematics: None,
        registry: Registry::builtin(),
        method: None,
        config,
    };
    Thinker::new(assembly).expect("a model that fits")
}

/// Who drives.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Driver {
    /// The same controller, with other random numbers.
    Twin,
    /// Nobody.
    Nobody,
    /// Somebody who drives to and fro, whatever the goal.
    Blind,
    /// The same to and fro, said as trajectories of two seconds, at the times of its commands.
    Course,
    /// Somebody who says one thing and then nothing more; the arm stands still half a second later.
    Brief,
    /// Somebody who tells an arm that stands still to go at so many times its speed limits.
    Mad(f64),
    /// The same, as trajectories of a second.
    Leap(f64),
}

/// Velocities of somebody blind.
fn to_and_fro(now: Stamp) -> Action {
    Axes::from_fn(2, |axis| 1.5 * (3.0 * now.secs() + axis as f64).sin())
}

/// The way of [`to_and_fro`], from `start` on.
fn course(start: Stamp) -> Chunk {
    let waypoints = (0..=20).map(|index| {
        let after = Span::from_millis(100) * index;
        let phase = |axis: usize| 3.0 * (start + after).secs() + axis as f64;
        Waypoint {
            after,
            position: Axes::from_fn(2, |axis| -0.5 * phase(axis).cos()),
            velocity: to_and_fro(start + after),
            acceleration: Axes::from_fn(2, |axis| 4.5 * phase(axis).cos()),
        }
    });
    Chunk::through(start, waypoints.collect()).expect("sound")
}

fn beyond(times: f64) -> Action {
    Axes::from_fn(2, |axis| times * limits().axes()[axis].velocity)
}

/// From zero on, for a second.
fn leap(start: Stamp, times: f64) -> Chunk {
    let point = |seconds: f64| Waypoint {
        after: Span::from_secs(seconds),
        position: Axes::from_fn(2, |axis| seconds * beyond(times)[axis]),
        velocity: Axes::default(),
        acceleration: Axes::default(),
    };
    Chunk::through(start, vec![point(0.0), point(1.0)]).expect("sound")
}

/// What the shadow saw.
struct Seen {
    plans: HashMap<u64, Plan>,
    comparisons: Vec<Comparison>,
    tally: Tally,
    /// Commands of the driver that it heard.
    heard: u64,
    /// Those that were beyond the arm's speeds.
    beyond: u64,
    /// Distances of the arm's joints to the goal at the end, the largest [rad].
    left: f64,
}

/// `seconds` of an arm driven by `driver` from one pose to another, and the shadow's judgement.
fn beside(driver: Driver, seconds: f64) -> Seen {
    let goal = [0.9, -0.7];
    let latent = vec![goal[0] as f32, goal[1] as f32, 0.0, 0.0];
    let (mut twin, mut shadow) = (thinker(11), thinker(5));
    shadow.step_back();
    for thinker in [&mut twin, &mut shadow] {
        thinker
            .pursue(Goal::Latent(latent.clone()), Stamp::ZERO)
            .expect("a goal that fits");
    }
    let (clock, incumbent) = (FastClock::new(), Incumbent::new());
    let mut plant = Plant::new([-0.4, 0.3], Span::ZERO);
    let mut limiter = LimiterState::at_rest(plant.state().position);
    let mut plan: Option<Plan> = None;
    let mut due: Option<(Stamp, Plan)> = None;
    let mut waiting = Vec::new();
    let mut seen = Seen {
        plans: HashMap::new(),
        comparisons: Vec::new(),
        tally: Tally::default(),
        heard: 0,
        beyond: 0,
        left: 0.0,
    };
    let (mut now, mut frames) = (Stamp::ZERO, 0);
    while now.secs() < seconds {
        clock.advance_to(now);
        plant.advance(now);
        if due.as_ref().is_some_and(|due| due.0 <= now) {
            plan = due.take().map(|due| due.1);
        }
        if now >= Stamp::ZERO + Span::from_nanos(33_333_333) * frames {
            frames += 1;
            waiting.push((now + Span::from_millis(30), plant.observation()));
        }
        let still = Action::zeros(2);
        let wanted = match driver {
            Driver::Twin => plan.as_ref().and_then(|plan| plan.trajectory.sample(now)),
            Driver::Nobody | Driver::Mad(_) | Driver::Leap(_) => None,
            Driver::Blind => Some(to_and_fro(now)),
            Driver::Course => Some(course(Stamp::ZERO).mean_velocity(now, now + TICK)),
            Driver::Brief => (now.secs() < 0.5).then(|| Axes::from_fn(2, |axis| [0.5, 0.0][axis])),
        };
        let action = match driver {
            Driver::Brief | Driver::Course => wanted.unwrap_or(still),
            _ => limits().project(&mut limiter, &wanted.unwrap_or(still), TICK.secs()),
        };
        plant.send(action);
        twin.sent(now, action);
        let tells = match driver {
            Driver::Twin | Driver::Blind => true,
            Driver::Nobody | Driver::Course | Driver::Mad(_) | Driver::Leap(_) => false,
            Driver::Brief => now == Stamp::ZERO,
        };
        if driver == Driver::Course && now.nanos() % 1_000_000_000 == 0 {
            incumbent.ordered(now, course(now));
        }
        if let Driver::Mad(times) = driver {
            incumbent.sent(now, beyond(times));
        }
        if let Driver::Leap(times) = driver
            && now.nanos() % 1_000_000_000 == 0
        {
            incumbent.ordered(now, leap(now, times));
        }
        if tells {
            incumbent.sent(now, action);
        }
        shadow.overhear(&incumbent, now);
        for thinker in [&mut twin, &mut shadow] {
            thinker.measured(&plant.state());
        }
        if waiting.first().is_some_and(|frame| frame.0 <= now) {
            let (_, observation) = waiting.remove(0);
            for thinker in [&mut twin, &mut shadow] {
                thinker.observe(&observation, &clock).expect("encodes");
            }
            let made = twin.think(now, &clock, false, false).expect("thinks");
            due = made.map(|plan| (now + BUDGET, plan));
            let made = shadow.think(now, &clock, false, false).expect("thinks");
            seen.plans.extend(made.map(|plan| (plan.sequence, plan)));
        }
        seen.comparisons
            .extend(shadow.compare(now).expect("compares"));
        now += TICK;
    }
    assert_eq!(twin.tally(), None, "who drives compares nothing");
    seen.heard = incumbent.heard();
    seen.beyond = incumbent.beyond();
    seen.tally = shadow.tally().expect("a shadow has one");
    let left = (0..2).map(|axis| (plant.q[axis] - goal[axis]).abs());
    seen.left = left.fold(0.0, f64::max);
    seen
}

/// A plan costs in hindsight what it cost when it was made: both futures are judged as candidates are.
fn assert_judged_as_planned(seen: &Seen) {
    assert!(seen.comparisons.len() > 60, "{}", seen.comparisons.len());
    for comparison in &seen.comparisons {
        let plan = &seen.plans[&comparison.plan];
        assert_eq!(plan.start, comparison.start);
        let cost = plan.evidence.cost;
        assert!(
            (comparison.ours - cost).abs() < 1e-3 * (1.0 + cost),
            "{comparison:?}, planned {cost}"
        );
    }
}

#[test]
fn the_same_controller_costs_what_ours_costs_and_does_what_ours_does() {
    let twin = beside(Driver::Twin, 3.0);
    assert_judged_as_planned(&twin);
    assert!(twin.left < 0.05, "{} rad from the goal", twin.left);
    let blind = beside(Driver::Blind, 3.0);
    assert_judged_as_planned(&blind);
    let still = beside(Driver::Nobody, 3.0);
    assert_judged_as_planned(&still);
    let regret = |seen: &Seen| {
        let (ours, incumbent) = seen.tally.costs().expect("compared");
        incumbent - ours
    };
    let divergence = |seen: &Seen| seen.tally.divergence().max_abs();
    for bad in [&blind, &still] {
        assert!(
            regret(bad) > 5.0 * regret(&twin).abs(),
            "{} {}",
            regret(bad),
            regret(&twin)
        );
        assert!(
            divergence(bad) > 3.0 * divergence(&twin),
            "{} {}",
            divergence(bad),
            divergence(&twin)
        );
    }
}

/// Trajectories come to the commands that they say.
#[test]
fn who_commands_by_trajectories_is_heard_as_who_sends_what_they_come_to() {
    let (course, blind) = (beside(Driver::Course, 3.0), beside(Driver::Blind, 3.0));
    assert_judged_as_planned(&course);
    // A tick each, and one more where a trajectory replaces another.
    assert!((600..=603).contains(&course.heard), "{}", course.heard);
    let costs = |seen: &Seen| seen.tally.costs().expect("compared");
    let (of_course, of_blind) = (costs(&course), costs(&blind));
    let apart = (of_course.1 - of_blind.1).abs() / of_blind.1;
    assert!(apart < 0.05, "{of_course:?} {of_blind:?}");
    let divergence = |seen: &Seen| seen.tally.divergence().max_abs();
    let ratio = divergence(&course) / divergence(&blind);
    assert!((0.9..1.1).contains(&ratio), "{ratio}");
}

/// A plan begins at what the incumbent will send by then: a trajectory says it, of velocities the last one is held.
#[test]
fn plans_begin_at_what_a_trajectory_says_will_come() {
    let gap = |driver| {
        let seen = beside(driver, 3.0);
        let begun = seen.plans.values().map(|plan| {
            let first = plan.trajectory.sample(plan.start).expect("a knot");
            let sent = to_and_fro(plan.start);
            (0..2)
                .map(|axis| (first[axis] - sent[axis]).abs())
                .fold(0.0, f64::max)
        });
        begun.fold(0.0, f64::max)
    };
    // What the limits allow in a tick.
    let (course, blind) = (gap(Driver::Course), gap(Driver::Blind));
    assert!(course < 0.15 && blind > 0.3, "{course} {blind}");
}

/// However it is commanded, no robot goes faster; nor may what is compared.
#[test]
fn who_is_faster_than_the_robot_can_be_is_compared_as_if_it_were_not_and_counted() {
    let full = beside(Driver::Mad(1.0), 2.0);
    let mad = beside(Driver::Mad(1e6), 2.0);
    assert_eq!((full.beyond, mad.beyond), (0, mad.heard));
    assert!(full.tally.compared > 30, "{:?}", full.tally);
    assert_eq!(full.tally, mad.tally);
    // Trajectories end with a command that stands still.
    let full = beside(Driver::Leap(1.0), 2.0);
    let leap = beside(Driver::Leap(1e5), 2.0);
    assert!(
        full.beyond == 0 && leap.beyond > 390,
        "{} {}",
        full.beyond,
        leap.beyond
    );
    let (of_full, of_leap) = (full.tally.divergence(), leap.tally.divergence());
    for axis in 0..2 {
        assert!(
            (of_full[axis] - of_leap[axis]).abs() < 1e-6,
            "{of_full:?} {of_leap:?}"
        );
    }
}

#[test]
fn who_says_nothing_is_taken_to_stand_still() {
    let seen = beside(Driver::Nobody, 3.0);
    for comparison in &seen.comparisons {
        let still = seen.plans[&comparison.plan].evidence.standing_still;
        assert!(
            (comparison.incumbent - still).abs() < 1e-3 * (1.0 + still),
            "{comparison:?}, standing still {still}"
        );
        assert!(comparison.regret() > -1e-3, "{comparison:?}");
    }
}

#[test]
fn who_falls_silent_is_taken_to_stand_still_half_a_second_later() {
    let seen = beside(Driver::Brief, 3.0);
    let at = |millis: i64| Stamp::ZERO + Span::from_millis(millis);
    let mut differ = 0;
    for comparison in &seen.comparisons {
        let still = seen.plans[&comparison.plan].evidence.standing_still;
        let off = (comparison.incumbent - still).abs();
        if comparison.start > at(600) {
            assert!(off < 1e-3 * (1.0 + still), "{comparison:?}, {still}");
        } else if comparison.start < at(200) && off > 0.05 {
            differ += 1;
        }
    }
    assert!(differ > 0, "its command counts as long as it holds");
}

/// What would have been sent goes on from plan to plan, each in force from its own start.
#[test]
fn our_would_be_commands_are_our_plans_not_the_incumbents() {
    let seen = beside(Driver::Nobody, 2.0);
    let mut plans: Vec<&Plan> = seen.plans.values().collect();
    plans.sort_by_key(|plan| plan.sequence);
    let mut fast = 0;
    for pair in plans.windows(2) {
        let (before, plan) = (&pair[0].trajectory, &pair[1].trajectory);
        let stamp = pair[1].made;
        assert_eq!(plan.sample(stamp), before.sample(stamp));
        let speed = plan.sample(stamp).map_or(0.0, |action| action.max_abs());
        fast += usize::from(speed > 0.5);
    }
    assert!(fast > plans.len() / 2, "{fast} of {}", plans.len());
}

#[test]
fn a_new_goal_leaves_nothing_to_be_judged_by_it() {
    let mut shadow = thinker(1);
    shadow.step_back();
    let clock = FastClock::new();
    let plant = Plant::new([0.0, 0.0], Span::ZERO);
    let goal = |q: f32| Goal::Latent(vec![q, q, 0.0, 0.0]);
    shadow.pursue(goal(0.5), Stamp::ZERO).expect("fits");
    shadow
        .observe(&plant.observation(), &clock)
        .expect("encodes");
    let plan = shadow.think(Stamp::ZERO, &clock, false, false);
    assert!(plan.expect("thinks").is_some());
    shadow.pursue(goal(-0.5), Stamp::ZERO).expect("fits");
    let late = Stamp::ZERO + Span::from_millis(5_000);
    assert_eq!(shadow.compare(late).expect("works"), None);
}

#[test]
fn only_a_known_word_says_what_becomes_of_commands() {
    let defaults = Reader::Node.defaults(Kind::Arm).expect("sound records");
    let mode = |words: &[&str]| {
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        let told = defaults.with_overrides("test", &words);
        told.map(|told| Commanding::from_parameters(&told).expect("there"))
    };
    let commanding = |form, shadow| Commanding {
        form,
        shadow,
        moving_end: false,
    };
    assert_eq!(
        Commanding::from_parameters(&defaults),
        Ok(commanding(Form::Stream, false))
    );
    let known = |words: &[&str]| mode(words).expect("known");
    let ours = commanding(Form::Trajectory, false);
    assert_eq!(known(&["command=trajectory"]), ours);
    assert_eq!(known(&["command=shadow"]), commanding(Form::Stream, true));
    let of = "shadow.of=trajectory";
    let its = commanding(Form::Trajectory, true);
    assert_eq!(known(&["command=shadow", of]), its);
    let moving = Commanding {
        moving_end: true,
        ..its
    };
    assert_eq!(
        known(&["command=shadow", of, "shadow.moving_end=true"]),
        moving
    );
    assert_eq!(known(&[of, "command=shadow"]), its);
    // Whoever expects a shadow gets no commander.
    for words in [
        &[of][..],
        &["command=stream", of],
        &["command=trajectory", of],
        &["shadow.of=stream"],
        &["shadow.moving_end=true", of],
    ] {
        let told = defaults.with_overrides("test", words).expect("known words");
        let why = Commanding::from_parameters(&told).expect_err("out of place");
        let why = why.to_string();
        assert!(
            why.contains("shadow.of: means nothing with command"),
            "{why}"
        );
        assert!(why.contains("set command: shadow"), "{why}");
    }
    let moving = ["command=shadow", "shadow.moving_end=true"];
    let told = defaults
        .with_overrides("test", &moving)
        .expect("known words");
    let why = Commanding::from_parameters(&told).expect_err("out of place");
    assert!(
        why.to_string().contains("set shadow.of: trajectory"),
        "{why}"
    );
    // A file that lists everything says nothing by its defaults.
    let file = |text: &str| defaults.with_yaml("test", text, "forerun").expect("a file");
    let all = file(&defaults.to_yaml("forerun"));
    assert_eq!(Commanding::from_parameters(&all), Ok(known(&[])));
    let wanted = file("forerun:\n  ros__parameters: {shadow.of: trajectory}\n");
    Commanding::from_parameters(&wanted).expect_err("out of place");
    let why = mode(&["shadow.of=shadow"])
        .expect_err("unknown")
        .to_string();
    assert!(why.contains("stream, trajectory"), "{why}");
    let why = mode(&["command=shade"]).expect_err("unknown").to_string();
    assert!(why.contains("stream, trajectory, shadow"), "{why}");
}

#[test]
fn an_incumbent_is_counted_and_ages() {
    let incumbent = Incumbent::new();
    let now = Stamp::from_nanos(2_000_000_000);
    assert_eq!((incumbent.heard(), incumbent.age(now)), (0, None));
    for index in 0..2_000 {
        incumbent.sent(now + Span::from_nanos(index), Action::zeros(1));
    }
    assert_eq!(incumbent.heard(), 2_000);
    let age = incumbent.age(now + Span::from_millis(3));
    assert_eq!(age, Some(Span::from_nanos(3_000_000 - 1_999)));
    let kept = std::iter::from_fn(|| incumbent.next_command()).collect::<Vec<_>>();
    let newest = now + Span::from_nanos(1_999);
    assert!(kept.len() < 2_000, "bounded");
    assert_eq!(kept.last().map(|command| command.0), Some(newest));
}

fn comparison(ours: f64, incumbent: f64, divergence: f64) -> Comparison {
    Comparison {
        ours,
        incumbent,
        divergence: Axes::from_fn(2, |axis| divergence * (1 + axis) as f64),
        ..Comparison::default()
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, rng_seed: RngSeed::Fixed(21), failure_persistence: None, ..ProptestConfig::default() })]

    /// What came between two tallies is what the later one counts beyond the earlier.
    #[test]
    fn a_tally_since_another_counts_what_came_between(
        pairs in proptest::collection::vec((0.0..9.0f64, 0.0..9.0f64, 0.0..1.0f64), 2..40), cut in 1usize..39,
    ) {
        let cut = cut.min(pairs.len() - 1);
        let (mut all, mut news, mut before) = (Tally::default(), Tally::default(), None);
        for (index, (ours, incumbent, divergence)) in pairs.iter().enumerate() {
            let comparison = comparison(*ours, *incumbent, *divergence);
            all.add(&comparison);
            if index + 1 == cut { before = Some(all); }
            if index >= cut { news.add(&comparison); }
        }
        let since = all.since(before.as_ref());
        prop_assert_eq!(since.compared, news.compared);
        let (a, b) = (since.costs().unwrap(), news.costs().unwrap());
        prop_assert!((a.0 - b.0).abs() < 1e-9 && (a.1 - b.1).abs() < 1e-9);
        for (a, b) in since.divergence().iter().zip(news.divergence().iter()) {
            prop_assert!((a - b).abs() < 1e-6);
        }
    }
}

#[test]
fn what_is_not_finite_is_counted_and_spoils_no_mean() {
    let mut tally = Tally::default();
    tally.add(&comparison(1.0, 3.0, 0.1));
    tally.add(&comparison(1.0, f64::INFINITY, 0.1));
    tally.add(&comparison(f64::NAN, 1.0, 0.1));
    assert_eq!((tally.compared, tally.unjudged), (1, 2));
    assert_eq!(tally.costs(), Some((1.0, 3.0)));
}

#[test]
fn diagnostics_speak_of_the_incumbent_in_the_shadow_only() {
    let health = Reader::Node.defaults(Kind::Arm).expect("sound records");
    let health = Health::from_parameters(&health).expect("all there");
    let found = |before: &Status, now: &Status| {
        let findings = health.examine(before, now).into_iter();
        findings.into_iter().find(|found| found.task == "shadow")
    };
    let mut now = Status {
        state: State::Tracking,
        ..Status::default()
    };
    assert_eq!(found(&Status::default(), &now), None);
    now.shadow = Some(Shadowed::default());
    let silent = found(&Status::default(), &now).expect("in the shadow");
    assert_eq!(silent.level, Level::Warn);
    assert!(silent.message.contains("standing still is assumed"));
    now.shadow = Some(Shadowed {
        refused: 7,
        refusal: "command has 3 numbers, expected 2".to_owned(),
        ..Shadowed::default()
    });
    let refused = found(&Status::default(), &now).expect("in the shadow");
    let said = "7 commands of an incumbent have come, none that can be used: standing still is assumed; \
                command has 3 numbers, expected 2";
    assert_eq!(
        (refused.level, refused.message.as_str()),
        (Level::Warn, said)
    );
    let mut some = now.clone();
    if let Some(shadowed) = &mut some.shadow {
        (shadowed.heard, shadowed.refused) = (10, 9);
    }
    let refused = found(&now, &some).expect("in the shadow");
    let said = "2 commands of the incumbent can't be used: command has 3 numbers, expected 2";
    assert_eq!(
        (refused.level, refused.message.as_str()),
        (Level::Warn, said)
    );
    assert_eq!(found(&some, &some).expect("as before").level, Level::Ok);
    let mut shadowed = Shadowed {
        heard: 200,
        age: Some(Span::from_millis(4)),
        ..Shadowed::default()
    };
    let before = Status {
        shadow: Some(shadowed.clone()),
        ..now.clone()
    };
    (shadowed.heard, shadowed.beyond) = (400, 2);
    shadowed.tally.add(&comparison(1.0, 3.5, 0.25));
    now.shadow = Some(shadowed);
    (now.limited_ticks, now.misses) = (17, 3);
    let found = found(&before, &now).expect("in the shadow");
    let said = "the incumbent's commands cost 3.50, our plans 1.00: regret +2.50";
    assert_eq!((found.level, found.message.as_str()), (Level::Ok, said));
    let value = |key: &str| {
        let found = found.values.iter().find(|value| value.0.starts_with(key));
        found.map(|value| value.1.as_str())
    };
    for (key, expected) in [
        ("commands of the incumbent", "200"),
        ("commands beyond the URDF's speeds", "2"),
        ("age of its newest command", "4.0"),
        ("plans compared", "1"),
        ("regret", "2.5000"),
        ("divergence", "0.2500, 0.5000"),
        ("limits that our commands would have hit", "17"),
        ("late ticks", "3"),
    ] {
        assert_eq!(value(key), Some(expected), "{key}");
    }
}
