//! What serde can't see in a manifest: ranges, and lengths that agree.

use std::ops::RangeInclusive;
use std::path::Path;

use super::super::ModelError;
use super::Manifest;
use crate::robot::{ActionKind, MAX_AXES};

/// The format that this version reads.
const FORMAT: u32 = 1;
/// What the spacing of a map may be `[m]`.
const SPACINGS: RangeInclusive<f64> = 0.001..=1000.0;

/// Checks what was read from `path`.
///
/// # Errors
/// The first violation, by key.
pub(super) fn check(path: &Path, manifest: &Manifest) -> Result<(), ModelError> {
    Checker { path }.manifest(manifest)
}

/// Knows which file it speaks of.
pub(super) struct Checker<'a> {
    path: &'a Path,
}

pub(super) type Checked = Result<(), ModelError>;

impl Checker<'_> {
    fn manifest(&self, m: &Manifest) -> Checked {
        if m.format != FORMAT {
            let expected = format!("{FORMAT}, which this version reads");
            return Err(self.refuse("format", m.format, expected));
        }
        let plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
        if !m.name.chars().all(plain) {
            return Err(self.refuse("name", &m.name, "letters, digits, `.`, `_` and `-`"));
        }
        for (field, text) in [
            ("name", &m.name),
            ("version", &m.version),
            ("family", &m.family),
            ("robot.name", &m.robot.name),
            ("model.layout", &m.model.layout),
        ] {
            self.text(field, text)?;
        }
        self.robot(m)?;
        self.model(m)?;
        self.inputs(m)?;
        self.files(m)?;
        self.probe(m)?;
        self.measured(m)
    }

    fn robot(&self, m: &Manifest) -> Checked {
        let robot = &m.robot;
        let axes = robot.axes.len();
        self.within("robot.axes", axes, 1..=MAX_AXES)?;
        for (index, name) in robot.axes.iter().enumerate() {
            self.text("robot.axes", name)?;
            if robot.axes[..index].contains(name) {
                return Err(self.refuse("robot.axes", format!("`{name}` twice"), "distinct names"));
            }
        }
        self.length("robot.units", robot.units.len(), axes)?;
        for (field, values) in [
            ("robot.velocity", &robot.velocity),
            ("robot.acceleration", &robot.acceleration),
        ] {
            self.length(field, values.len(), axes)?;
            for value in values {
                self.positive(field, *value)?;
            }
        }
        let bounds = (&robot.position_lower, &robot.position_upper);
        match bounds {
            (None, None) if robot.action_kind == ActionKind::BodyTwist => Ok(()),
            (Some(lower), Some(upper)) if robot.action_kind != ActionKind::BodyTwist => {
                self.length("robot.position_lower", lower.len(), axes)?;
                self.length("robot.position_upper", upper.len(), axes)?;
                match lower
                    .iter()
                    .zip(upper)
                    .find(|(low, high)| low.is_nan() || high.is_nan() || low >= high)
                {
                    None => Ok(()),
                    Some((low, high)) => Err(self.refuse(
                        "robot.position_lower",
                        format!("{low:?} below {high:?}"),
                        "lower below upper",
                    )),
                }
            }
            _ => Err(self.refuse(
                "robot.position_lower",
                "bounds that don't suit the action kind",
                "both bounds for joints, none for body_twist",
            )),
        }
    }

    fn model(&self, m: &Manifest) -> Checked {
        let model = &m.model;
        if !(0.001..=10.0).contains(&model.period) {
            return Err(self.refuse_number("model.period", model.period, "0.001 s to 10 s"));
        }
        self.within("model.context", model.context, 1..=64)?;
        self.within("model.stacked_frames", model.stacked_frames, 1..=16)?;
        self.within("model.action_block", model.action_block, 1..=64)?;
        self.within("model.latent", model.latent, 1..=65_536)?;
        if !(0.0..=10.0).contains(&model.delay) {
            return Err(self.refuse_number("model.delay", model.delay, "0 s to 10 s"));
        }
        self.positive("model.reached", model.reached)?;
        self.positive("model.surprise", model.surprise)?;
        for part in &model.parts {
            let inside = part.len > 0
                && part
                    .start
                    .checked_add(part.len)
                    .is_some_and(|end| end <= model.latent);
            if !inside {
                return Err(self.refuse(
                    "model.parts",
                    format!("`{}` at {} of length {}", part.name, part.start, part.len),
                    format!("a slice of the latent's {} numbers", model.latent),
                ));
            }
        }
        Ok(())
    }

    fn inputs(&self, m: &Manifest) -> Checked {
        if let Some(image) = &m.image {
            self.within("image.width", image.width as usize, 1..=1024)?;
            self.within("image.height", image.height as usize, 1..=1024)?;
            if image.encoding != "rgb" {
                return Err(self.refuse("image.encoding", &image.encoding, "rgb"));
            }
            if image.crop != "center" {
                return Err(self.refuse("image.crop", &image.crop, "center"));
            }
        } else if !m.inputs.velocity {
            return Err(self.refuse("image", "no input at all", "an image, a velocity or both"));
        }
        let at_goal = m.inputs.at_goal.velocity.as_deref();
        match (m.inputs.velocity, at_goal) {
            (true, Some("zero")) | (false, None) => Ok(()),
            (true, found) => Err(self.refuse(
                "inputs.at_goal.velocity",
                found.unwrap_or("nothing"),
                "zero",
            )),
            (false, Some(found)) => Err(self.refuse(
                "inputs.at_goal.velocity",
                found,
                "nothing, as inputs.velocity is false",
            )),
        }
    }

    fn measured(&self, m: &Manifest) -> Checked {
        for (field, tolerance) in [
            ("golden.tolerance_f32", m.golden.tolerance_f32),
            ("golden.tolerance_int8", m.golden.tolerance_int8),
        ] {
            if !(tolerance > 0.0 && tolerance <= 0.1) {
                return Err(self.refuse_number(field, tolerance, "more than 0, at most 0.1"));
            }
        }
        if let Some(map) = &m.map
            && !SPACINGS.contains(&map.spacing)
        {
            return Err(self.refuse_number("map.spacing", map.spacing, "0.001 to 1000 m"));
        }
        let Some(success) = &m.success else {
            return Ok(());
        };
        let [low, high] = success.ci95;
        let ordered = 0.0 <= low && low <= success.rate && success.rate <= high && high <= 1.0;
        if success.n == 0 || !ordered {
            return Err(self.refuse(
                "success",
                format!("{:?} of {} in {low:?}..{high:?}", success.rate, success.n),
                "a rate inside its interval, inside 0..1, from at least one episode",
            ));
        }
        Ok(())
    }

    pub(super) fn text(&self, field: &str, text: &str) -> Checked {
        let printable = !text.chars().any(char::is_control);
        if (1..=64).contains(&text.len()) && printable {
            return Ok(());
        }
        let found: String = text.chars().take(64).collect();
        Err(self.refuse(
            field,
            format!("`{}`", found.escape_debug()),
            "1 to 64 printable bytes",
        ))
    }

    pub(super) fn within(
        &self,
        field: &str,
        found: usize,
        range: RangeInclusive<usize>,
    ) -> Checked {
        if range.contains(&found) {
            return Ok(());
        }
        Err(self.refuse(
            field,
            found,
            format!("{} to {}", range.start(), range.end()),
        ))
    }

    fn length(&self, field: &str, found: usize, axes: usize) -> Checked {
        if found == axes {
            return Ok(());
        }
        Err(self.refuse(
            field,
            format!("{found} entries"),
            format!("{axes}, one an axis"),
        ))
    }

    pub(super) fn positive(&self, field: &str, value: f64) -> Checked {
        if value.is_finite() && value > 0.0 {
            return Ok(());
        }
        Err(self.refuse_number(field, value, "a finite number above 0"))
    }

    /// With the shortest digits that mean the same number, by powers of ten where it is extreme.
    fn refuse_number(&self, field: &str, found: f64, expected: &str) -> ModelError {
        self.refuse(field, format!("{found:?}"), expected)
    }

    pub(super) fn refuse(
        &self,
        field: &str,
        found: impl std::fmt::Display,
        expected: impl Into<String>,
    ) -> ModelError {
        ModelError::new(
            self.path,
            field,
            found.to_string(),
            expected,
            "correct the manifest, or build the package again",
        )
    }
}
