//! Maps: ways around what stands in between, and files that hold none.

use forerun::world_model::{LatentMap, ModelError, WorldModel};
use proptest::prelude::*;
use safetensors::Dtype;
use safetensors::tensor::TensorView;

use super::package::{Draft, LATENT, open, refused};
use crate::metric::Between;

const FILE: &str = "map.safetensors";
const SPACING: f64 = 0.1;

/// A map of `places`, its latents being the places themselves. The metric is the straight line; behind a `wall`, across
/// x = 0, everything is far.
fn map(places: &[[f32; 2]], wall: bool) -> LatentMap {
    made(&places.concat(), wall).expect("a map")
}

fn made(flat: &[f32], wall: bool) -> Result<LatentMap, ModelError> {
    let mut metric = Between(2, |from: &[f32], to: &[f32]| {
        let across = wall && (from[0] < 0.0) != (to[0] < 0.0);
        let straight = (from[0] - to[0]).hypot(from[1] - to[1]);
        6.0 * straight + if across { 30.0 } else { 0.0 }
    });
    LatentMap::new(flat, flat.to_vec(), 2, SPACING, &mut metric)
}

/// Places 0.1 m apart in a square of 2 m.
fn square() -> Vec<[f32; 2]> {
    let along = |index: i32| index as f32 * 0.1 - 0.95;
    let rows = (0..20).flat_map(|y| (0..20).map(move |x| (x, y)));
    rows.map(|(x, y)| [along(x), along(y)]).collect()
}

/// The square without what is nearer to the y axis than a body: but for a door at its upper end.
fn rooms() -> Vec<[f32; 2]> {
    let mut places = square();
    places.retain(|[x, y]| x.abs() > 0.2 || *y > 0.6);
    places
}

#[test]
fn in_the_open_the_way_is_straight() {
    let route = map(&square(), false).route(&[0.6, 0.0]);
    assert!(route.gap() < 0.1, "{}", route.gap());
    let way = route.from(&[-0.6, 0.0]);
    assert!((1.2..1.3).contains(&way), "{way} m");
    assert!(route.from(&[0.61, 0.0]) < 0.15);
}

#[test]
fn the_way_leads_around_what_nobody_drove_through() {
    let map = map(&rooms(), false);
    assert_eq!(map.connected(), 1.0);
    let way = map.route(&[0.6, -0.8]).from(&[-0.6, -0.8]);
    // Up to the door, and down again.
    assert!((3.4..3.8).contains(&way), "{way} m");
}

#[test]
fn the_metric_parts_places_that_are_near() {
    let open = map(&square(), false);
    let parted = map(&square(), true);
    assert_eq!((open.connected(), parted.connected()), (1.0, 0.5));
    let route = parted.route(&[0.6, 0.0]);
    assert!(route.from(&[0.3, 0.5]).is_finite());
    assert_eq!(route.from(&[-0.6, 0.0]), f32::INFINITY);
    assert!(route.knows(&[-0.6, 0.0]) && !route.knows(&[3.0, 0.0]));
}

#[test]
fn a_place_that_is_nowhere_is_no_place() {
    for bad in [f32::NAN, f32::INFINITY] {
        let made = made(&[0.0, 0.0, 0.1, bad], false);
        let why = made.expect_err("no place").to_string();
        assert!(
            why.contains("place 1, which the probe puts nowhere"),
            "{why}"
        );
    }
}

#[test]
fn how_far_a_point_is_from_the_map() {
    let map = map(&square(), false);
    let route = map.route(&[1.45, 0.05]);
    assert!((route.gap() - 0.5).abs() < 1e-3, "{}", route.gap());
    assert!((route.nearest()[0] - 0.95).abs() < 1e-6);
    // Outside of everything that was visited no way is known.
    assert_eq!(route.from(&[3.0, 0.0]), f32::INFINITY);
    let nowhere = map.route(&[f64::NAN, 0.0]);
    assert!(!nowhere.gap().is_finite());
    assert_eq!(nowhere.from(&[0.0, 0.0]), f32::INFINITY);
}

proptest! {
    /// No way is shorter than the straight line, nor much longer in the open; and it is no detour to begin at a place
    /// of the map nearby.
    #[test]
    fn ways_are_ways(from in [-0.9f32..0.9, -0.9f32..0.9], to in [-0.9f64..0.9, -0.9f64..0.9]) {
        let straight = (f64::from(from[0]) - to[0]).hypot(f64::from(from[1]) - to[1]) as f32;
        let open = map(&square(), false).route(&to).from(&from);
        prop_assert!(open >= straight - 1e-5, "{open} m, straight {straight} m");
        prop_assert!(open <= 1.1 * straight + 0.3, "{open} m, straight {straight} m");
        let rooms = rooms();
        let route = map(&rooms, false).route(&to);
        for place in rooms {
            let near = (place[0] - from[0]).hypot(place[1] - from[1]);
            if near <= 0.1 {
                prop_assert!(route.from(&from) <= near + route.from(&place) + 1e-4);
            }
        }
    }
}

/// The bytes of a map's file.
fn file(name: &str, dtype: Dtype, shape: &[usize], data: &[u8]) -> Vec<u8> {
    let view = TensorView::new(dtype, shape.to_vec(), data).expect("a tensor");
    safetensors::serialize([(name, view)], None).expect("serialized")
}

fn latents(count: usize) -> Vec<u8> {
    let numbers = (0..count * LATENT).map(|index| (index as f32 * 0.37).sin());
    numbers.flat_map(f32::to_le_bytes).collect()
}

/// The good package with a map of this content.
fn with_map(content: Vec<u8>) -> Draft {
    Draft::good()
        .set("map.file", FILE)
        .set("map.spacing", SPACING)
        .replace(FILE, Some(content))
}

#[test]
fn a_package_with_a_map_knows_places() {
    let folder = tempfile::tempdir().expect("a folder");
    let good = with_map(file("latent", Dtype::F32, &[5, LATENT], &latents(5)));
    good.write(folder.path());
    let model = open(folder.path()).expect("a good package");
    let map = model.map().expect("a map");
    assert_eq!((map.len(), map.spacing() as f32), (5, SPACING as f32));
    let folder = tempfile::tempdir().expect("a folder");
    Draft::good().write(folder.path());
    assert!(open(folder.path()).expect("a good package").map().is_none());
}

#[test]
fn files_that_hold_no_map_are_refused() {
    let good = latents(5);
    for (content, field) in [
        (Vec::new(), "header"),
        (file("places", Dtype::F32, &[5, LATENT], &good), "latent"),
        (file("latent", Dtype::F32, &[LATENT, 5], &good), "latent"),
        (file("latent", Dtype::F32, &[5 * LATENT], &good), "latent"),
        (file("latent", Dtype::F32, &[0, LATENT], &[]), "latent"),
        (file("latent", Dtype::I32, &[5, LATENT], &good), "latent"),
        (
            file("latent", Dtype::F32, &[4097, LATENT], &latents(4097)),
            "latent",
        ),
    ] {
        refused(&with_map(content), FILE, field);
    }
    for bad in [f32::NAN, f32::INFINITY] {
        let mut spoilt = latents(5);
        spoilt[20..24].copy_from_slice(&bad.to_le_bytes());
        let error = refused(
            &with_map(file("latent", Dtype::F32, &[5, LATENT], &spoilt)),
            FILE,
            "latent",
        );
        assert!(error.found.contains("finite"), "{error}");
    }
}

#[test]
fn the_maps_hash_file_and_spacing_are_checked() {
    let good = || with_map(file("latent", Dtype::F32, &[5, LATENT], &latents(5)));
    refused(&good().set("map.sha256", "0".repeat(64)), FILE, "sha256");
    refused(&good().replace(FILE, None), FILE, "file");
    refused(
        &good().set("map.file", "../map.safetensors"),
        "manifest.toml",
        "map.file",
    );
    for spacing in [0.0, -0.1, 1e-300, 1e300, f64::NAN, f64::INFINITY] {
        refused(
            &good().set("map.spacing", spacing),
            "manifest.toml",
            "map.spacing",
        );
    }
}

#[test]
fn a_crowd_is_no_map() {
    let crowd = file("latent", Dtype::F32, &[600, LATENT], &latents(600));
    let error = refused(
        &with_map(crowd).set("map.spacing", 1e3),
        FILE,
        "map.spacing",
    );
    assert!(error.found.contains("128 neighbours"), "{error}");
}

#[test]
fn a_map_needs_a_probe_that_tells_places() {
    let good = || with_map(file("latent", Dtype::F32, &[5, LATENT], &latents(5)));
    let none = toml::Value::Array(Vec::new());
    refused(
        &good().set("graphs.probe.tip", none),
        "manifest.toml",
        "map",
    );
}
