//! A differential drive as its URDF describes it.

use super::error::Fault;
use super::markup::Plugin;
use super::{ActionKind, ActionSpace, AxisLimits, Coupling, Limits};

/// Part of the file name of every simulator's plugin of this kind.
const PLUGIN: &str = "diff-drive";

/// Two wheels side by side, commanded together by the twist of the body between them (REP-103: x ahead, z up).
///
/// It is what the settings of `gz-sim-diff-drive-system` in the URDF say: `left_joint`, `right_joint`,
/// `wheel_separation` and `wheel_radius` `[m]`, and the body's largest `max_linear_velocity` [m/s],
/// `max_angular_velocity` [rad/s] and, if there are bounds, accelerations.
#[derive(Clone, Debug, PartialEq)]
pub struct DifferentialDrive {
    /// Names of the wheel joints, left and right.
    pub joints: [String; 2],
    /// Distance between the wheels `[m]`.
    pub separation: f64,
    /// Radius of the wheels `[m]`.
    pub radius: f64,
    /// Largest forward speed `[m/s]` and acceleration [m/s^2] of the body.
    pub linear: [f64; 2],
    /// Largest yaw rate `[rad/s]` and its largest change a second [rad/s^2].
    pub angular: [f64; 2],
}

impl DifferentialDrive {
    /// The drive among a URDF's plugins; `None` if there is none.
    pub(super) fn find(plugins: &[Plugin]) -> Result<Option<Self>, Fault> {
        let mut drives = plugins
            .iter()
            .filter(|plugin| plugin.filename.contains(PLUGIN));
        match (drives.next(), drives.next()) {
            (None, _) => Ok(None),
            (Some(plugin), None) => Self::read(plugin).map(Some),
            (Some(_), Some(other)) => Err(Fault::new(
                format!("plugin {}", other.filename),
                "a second differential drive",
                "one",
                "take the other out",
            )),
        }
    }

    fn read(plugin: &Plugin) -> Result<Self, Fault> {
        let setting = |name: &str| {
            let mut found = plugin.settings.iter().filter(|(key, _)| key == name);
            found.next().map(|(_, text)| text.trim())
        };
        let refuse = |name: &str, found: Option<&str>, expected: &str| {
            let found = found.map_or("no such element".to_owned(), |text| {
                format!("`{}`", text.escape_debug())
            });
            let field = format!("plugin {}: {name}", plugin.filename);
            Fault::new(
                field,
                found,
                expected,
                format!("write <{name}> of the real drive"),
            )
        };
        let joint = |name: &str| match setting(name) {
            Some(text) if !text.is_empty() => Ok(text.to_owned()),
            found => Err(refuse(name, found, "the name of a continuous joint")),
        };
        let number = |name: &str| {
            let value = setting(name).and_then(|text| text.parse().ok());
            value
                .filter(|value| (1e-3..=1e3).contains(value))
                .ok_or_else(|| refuse(name, setting(name), "a number from 0.001 to 1000"))
        };
        let bound = |name: &str| match setting(name) {
            None => Ok(f64::INFINITY),
            Some(_) => number(name),
        };
        Ok(Self {
            joints: [joint("left_joint")?, joint("right_joint")?],
            separation: number("wheel_separation")?,
            radius: number("wheel_radius")?,
            linear: [
                number("max_linear_velocity")?,
                bound("max_linear_acceleration")?,
            ],
            angular: [
                number("max_angular_velocity")?,
                bound("max_angular_acceleration")?,
            ],
        })
    }

    /// The space of body twists (linear `[m/s]`, angular [rad/s]), coupled by the `wheels`' limits [rad/s].
    pub(super) fn space(&self, wheels: [AxisLimits; 2]) -> ActionSpace {
        let axis = |[velocity, acceleration]: [f64; 2]| AxisLimits {
            lower: f64::NEG_INFINITY,
            upper: f64::INFINITY,
            velocity,
            acceleration,
            deceleration: acceleration,
            jerk: f64::INFINITY,
        };
        let names = self.joints.iter().zip([-1.0, 1.0]).zip(wheels);
        let couplings = names.map(|((name, side), wheel)| Coupling {
            name: name.clone(),
            weights: vec![1.0, side * self.separation / 2.0],
            limits: AxisLimits {
                lower: f64::NEG_INFINITY,
                upper: f64::INFINITY,
                velocity: wheel.velocity * self.radius,
                acceleration: wheel.acceleration * self.radius,
                deceleration: wheel.deceleration * self.radius,
                jerk: wheel.jerk * self.radius,
            },
        });
        ActionSpace {
            kind: ActionKind::BodyTwist,
            names: vec!["linear".to_owned(), "angular".to_owned()],
            units: vec!["m/s".to_owned(), "rad/s".to_owned()],
            limits: Limits::new(vec![axis(self.linear), axis(self.angular)])
                .coupled(couplings.collect()),
        }
    }
}
