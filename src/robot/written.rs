//! What a URDF really writes about a joint, before urdf-rs fills in what is missing.

use super::error::Fault;

/// Attributes that the format ignores before version 1.2.
const SINCE_1_2: [&str; 3] = ["acceleration", "deceleration", "jerk"];

/// A URDF's version, as far as it matters here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Version(u32, u32);

impl Version {
    /// Reads the robot's `version`; without one it is 1.0.
    pub(super) fn parse(text: Option<&str>) -> Result<Self, Fault> {
        let Some(text) = text else {
            return Ok(Self(1, 0));
        };
        let numbers = text
            .trim()
            .split_once('.')
            .and_then(|(major, minor)| Some(Self(major.parse().ok()?, minor.parse().ok()?)));
        numbers.ok_or_else(|| {
            Fault::new(
                "robot version",
                format!("`{}`", text.escape_debug()),
                "two numbers, such as 1.0 or 1.2",
                "write <robot version=\"1.2\" ...>, or take the attribute out",
            )
        })
    }
}

impl std::fmt::Display for Version {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.0, self.1)
    }
}

/// A joint's name, type and limits as written.
#[derive(Debug)]
pub(super) struct WrittenJoint {
    name: Option<String>,
    kind: Option<String>,
    /// The attributes of each `<limit>`.
    pub(super) limits: Vec<Vec<(String, String)>>,
}

impl WrittenJoint {
    pub(super) fn new(name: Option<String>, kind: Option<String>) -> Self {
        Self {
            name,
            kind,
            limits: Vec::new(),
        }
    }

    /// Refuses limits that are missing, that aren't numbers, or that the format would drop in silence. A bound
    /// that nobody wrote is no bound to move by: urdf-rs reads it as 0 before version 1.2, as infinity since.
    pub(super) fn check(&self, version: Version) -> Result<(), Fault> {
        let name = self.name.as_deref().unwrap_or_default();
        if name.is_empty() {
            return Err(Fault::new(
                "joint name",
                "a joint without one",
                "a name",
                "write <joint name=... type=...>",
            ));
        }
        if self.limits.len() > 1 {
            return Err(Fault::new(
                format!("joint {name}: limit"),
                format!("{} elements", self.limits.len()),
                "one <limit> a joint",
                "take the others out",
            ));
        }
        let limit = self.limits.first();
        self.ignored(name, version)?;
        for (attribute, value) in limit.into_iter().flatten() {
            if value.trim().parse::<f64>().is_err() {
                return Err(Fault::new(
                    format!("joint {name}: limit {attribute}"),
                    format!("`{}`", value.escape_debug()),
                    "a number",
                    "write one, or take the attribute out",
                ));
            }
        }
        let needed: &[(&str, &str)] = match self.kind.as_deref() {
            Some("revolute" | "prismatic") => &[
                ("lower", "the lowest position [rad or m]"),
                ("upper", "the highest position [rad or m]"),
                ("velocity", "the largest speed [rad/s or m/s]"),
            ],
            Some("continuous") => &[("velocity", "the largest speed [rad/s]")],
            _ => &[],
        };
        for (attribute, meaning) in needed {
            if !limit.is_some_and(|limit| limit.iter().any(|(key, _)| key == attribute)) {
                return Err(Fault::new(
                    format!("joint {name}: limit {attribute}"),
                    if limit.is_some() {
                        "no such attribute"
                    } else {
                        "no <limit>"
                    },
                    *meaning,
                    format!("write <limit {attribute}=... of the real joint"),
                ));
            }
        }
        Ok(())
    }

    fn ignored(&self, name: &str, version: Version) -> Result<(), Fault> {
        let mut keys = self.limits.iter().flatten().map(|(key, _)| key.as_str());
        match keys.find(|key| version < Version(1, 2) && SINCE_1_2.contains(key)) {
            None => Ok(()),
            Some(attribute) => Err(Fault::new(
                format!("joint {name}: limit {attribute}"),
                format!("the attribute in a URDF of version {version}, which ignores it"),
                "version 1.2 or newer",
                "write <robot version=\"1.2\" ...>, or take the attribute out",
            )),
        }
    }
}
