//! Reads a Rerun recording back, through rerun's own decoder.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use forerun::robot::RobotModel;
use rerun::external::re_log_encoding::Decoder;
use rerun::log::{Chunk, LogMsg};
use rerun::{Component, ComponentDescriptor, StoreKind, components};

/// A value and when it was, in nanoseconds of the session.
pub type Stamped<T> = (i64, T);

/// A recording, chunk by chunk, in the order in which it was written.
pub struct Rrd {
    chunks: Vec<Chunk>,
    /// Messages of the blueprint.
    pub blueprint: Vec<Chunk>,
    /// True if a blueprint was made the active one.
    pub activated: bool,
}

impl Rrd {
    /// Decodes all of `path`.
    pub fn open(path: &Path) -> Self {
        let mut rrd = Self {
            chunks: Vec::new(),
            blueprint: Vec::new(),
            activated: false,
        };
        let reader = BufReader::new(File::open(path).expect("recording"));
        let messages = Decoder::<LogMsg>::decode_lazy(reader);
        for message in messages {
            match message.expect("whole message") {
                LogMsg::ArrowMsg(store, message) => {
                    let chunk = Chunk::from_arrow_msg(&message).expect("chunk");
                    match store.kind() {
                        StoreKind::Recording => rrd.chunks.push(chunk),
                        StoreKind::Blueprint => rrd.blueprint.push(chunk),
                    }
                }
                LogMsg::BlueprintActivationCommand(command) => rrd.activated |= command.make_active,
                LogMsg::SetStoreInfo(_) => {}
            }
        }
        rrd
    }

    /// Every entity, e.g. `/world/imagined/chosen`.
    pub fn entities(&self) -> BTreeSet<String> {
        let names = self
            .chunks
            .iter()
            .map(|chunk| chunk.entity_path().to_string());
        names.collect()
    }

    /// Every time axis, with the entities that use it.
    pub fn timelines(&self) -> BTreeMap<String, BTreeSet<String>> {
        let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for chunk in &self.chunks {
            for name in chunk.timelines().keys() {
                let entities = found.entry(name.to_string()).or_default();
                entities.insert(chunk.entity_path().to_string());
            }
        }
        found
    }

    /// The rows of one component on time axis `t`, in the order in which they were written.
    pub fn rows<C: Component>(
        &self,
        entity: &str,
        component: &ComponentDescriptor,
    ) -> Vec<Stamped<Vec<C>>> {
        let mut rows = Vec::new();
        for chunk in &self.chunks {
            if chunk.entity_path().to_string() != entity {
                continue;
            }
            let Some(values) = chunk.components().get_array(component.component) else {
                continue;
            };
            let times = chunk
                .timelines()
                .iter()
                .find(|(name, _)| name.as_str() == "t");
            let Some((_, times)) = times else { continue };
            for (row, &time) in times.times_raw().iter().enumerate() {
                rows.push((time, C::from_arrow(&values.value(row)).expect("component")));
            }
        }
        rows
    }

    /// One component of what holds for all time.
    pub fn fixed<C: Component>(&self, entity: &str, component: &ComponentDescriptor) -> Vec<C> {
        let mut chunks = self
            .chunks
            .iter()
            .filter(|chunk| chunk.is_static() && chunk.entity_path().to_string() == entity);
        let values = chunks.find_map(|chunk| chunk.components().get_array(component.component));
        values.map_or_else(Vec::new, |values| {
            C::from_arrow(&values.value(0)).expect("component")
        })
    }

    /// Scalars of a plot.
    pub fn scalars(&self, entity: &str) -> Vec<Stamped<Vec<f64>>> {
        let rows = self.rows::<components::Scalar>(entity, &rerun::Scalars::descriptor_scalars());
        let plain = |row: Vec<components::Scalar>| row.iter().map(|value| value.0.0).collect();
        rows.into_iter()
            .map(|(time, row)| (time, plain(row)))
            .collect()
    }

    /// Lines in space [m].
    pub fn lines(&self, entity: &str) -> Vec<Stamped<Vec<Vec<[f32; 3]>>>> {
        let component = rerun::LineStrips3D::descriptor_strips();
        let rows = self.rows::<components::LineStrip3D>(entity, &component);
        let plain = |row: Vec<components::LineStrip3D>| {
            row.iter()
                .map(|line| line.0.iter().map(|point| point.0).collect())
                .collect()
        };
        rows.into_iter()
            .map(|(time, row)| (time, plain(row)))
            .collect()
    }

    /// Points in space [m].
    pub fn points(&self, entity: &str) -> Vec<Stamped<Vec<[f32; 3]>>> {
        let component = rerun::Points3D::descriptor_positions();
        let rows = self.rows::<components::Position3D>(entity, &component);
        let plain = |row: Vec<components::Position3D>| row.iter().map(|point| point.0.0).collect();
        rows.into_iter()
            .map(|(time, row)| (time, plain(row)))
            .collect()
    }

    /// Texts: a log's lines, a document's text or a timeline's states.
    pub fn texts(&self, entity: &str, component: &ComponentDescriptor) -> Vec<Stamped<String>> {
        let rows = self.rows::<components::Text>(entity, component);
        let plain = |row: Vec<components::Text>| row.iter().map(|text| text.to_string()).collect();
        rows.into_iter()
            .map(|(time, row)| (time, plain(row)))
            .collect()
    }
}

/// How far every chosen plan's tip one model step ahead [m] lay from where the tip then was, by forward
/// kinematics of the recorded joint positions. Heights count only if `planar` is false. Plans whose step
/// lies outside the recorded positions are left out.
pub fn one_step_tip_errors(rrd: &Rrd, robot: &RobotModel, period: f64, planar: bool) -> Vec<f64> {
    let joints: Vec<Vec<Stamped<Vec<f64>>>> = robot
        .space
        .names
        .iter()
        .map(|name| rrd.scalars(&format!("/joints/{name}/position")))
        .collect();
    let ahead: BTreeMap<i64, f64> = rrd
        .scalars("/plan/starts_ahead")
        .into_iter()
        .map(|(time, row)| (time, row[0]))
        .collect();
    let mut errors = Vec::new();
    for (made, lines) in rrd.lines("/world/imagined/chosen") {
        let (Some(line), Some(start)) = (lines.first(), ahead.get(&made)) else {
            continue;
        };
        let then = made + ((start + period) * 1e9).round() as i64;
        let position: Option<Vec<f64>> = joints.iter().map(|rows| at(rows, then)).collect();
        let (Some(imagined), Some(position)) = (line.get(1), position) else {
            continue;
        };
        let tip = robot.tip(&position);
        let mut squares: Vec<f64> = [tip.x, tip.y, tip.z]
            .iter()
            .zip(imagined)
            .map(|(was, &imagined)| (was - f64::from(imagined)).powi(2))
            .collect();
        if planar {
            squares.truncate(2);
        }
        errors.push(squares.iter().sum::<f64>().sqrt());
    }
    errors
}

/// The first value of `rows` at `time`, interpolated, or `None` outside of them.
fn at(rows: &[Stamped<Vec<f64>>], time: i64) -> Option<f64> {
    let next = rows.partition_point(|row| row.0 < time);
    let (to, from) = (rows.get(next)?, rows.get(next.checked_sub(1)?)?);
    let ratio = (time - from.0) as f64 / (to.0 - from.0) as f64;
    Some(from.1[0] + ratio * (to.1[0] - from.1[0]))
}
