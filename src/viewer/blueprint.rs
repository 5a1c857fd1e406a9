//! How it looks when it opens.

use rerun::blueprint::components::{
    BackgroundKind, Corner2D, Eye3DKind, LinkAxis, PanelState, PlayState, TextLogColumn,
    TimeRange as ViewRange, TimelineColumn,
};
use rerun::blueprint::datatypes::{self, TextLogColumnKind};
use rerun::blueprint::{
    Blueprint, BlueprintActivation, BlueprintPanel, ContainerLike, Horizontal, SelectionPanel,
    Spatial2DView, Spatial3DView, StateTimelineView, Tabs, TextDocumentView, TextLogView,
    TimePanel, TimeSeriesView, Vertical,
};
use rerun::datatypes::{Range1D, TimeInt, TimeRange, TimeRangeBoundary};
use rerun::external::re_log_types::BlueprintActivationCommand;
use rerun::external::re_sdk_types::blueprint::archetypes::{
    Background, EyeControls3D, LineGrid3D, PlotLegend, ScalarAxis, TextLogColumns, TimeAxis,
};
use rerun::log::LogMsg;
use rerun::{
    AsComponents, EntityPath, EntityPathPart, RecordingStreamBuilder, RecordingStreamResult,
    StoreKind,
};

use super::canvas::{APPLICATION, Canvas, TIMELINE};
use super::scene::Scene;
use super::{joints, picture, plan, session};

/// Plots show this many seconds up to the cursor.
const WINDOW: i64 = 8;
/// More axes than this share one place as tabs.
const STACKED_AXES: usize = 3;

/// A view's blueprint entity and a property of it, which rerun's blueprint builder doesn't offer.
type Property = (EntityPath, &'static str, Box<dyn AsComponents>);

/// Lays the views out; a viewer that can't be told keeps its own layout, which is said.
pub(super) fn arrange(canvas: &mut Canvas, scene: &Scene) {
    let mut properties = Vec::new();
    let blueprint = layout(scene, &mut properties);
    match messages(&blueprint, &properties) {
        Ok((messages, Some(activation))) => canvas.arrange(messages, activation),
        Ok((_, None)) => tracing::warn!("viewer: the layout is empty; the viewer chooses its own"),
        Err(why) => tracing::warn!("viewer: no layout: {why}; the viewer chooses its own"),
    }
}

fn layout(scene: &Scene, properties: &mut Vec<Property>) -> Blueprint {
    let scene_view = Horizontal::new([space(scene, properties)]);
    let mut lanes = Plot::new("State, last seconds", session::LANES);
    lanes.range = Some([-0.7, session::STATES.len() as f64 - 0.3]);
    // It fits itself to what there is when it is looked at first, and never again.
    let timeline =
        StateTimelineView::new("State and goal, whole session").with_origin(session::TIMELINE);
    let states = Tabs::new([lanes.view(properties), timeline.into()]);
    let events = TextLogView::new("What happened")
        .with_origin(session::EVENTS)
        .into();
    add(&events, "TextLogColumns", event_columns(), properties);
    let left =
        Vertical::new([scene_view.into(), states.into(), events]).with_row_shares([5.0, 1.3, 1.4]);

    let cameras = Horizontal::new([
        Spatial2DView::new("Camera")
            .with_origin(picture::CAMERA)
            .into(),
        Spatial2DView::new("Goal").with_origin(picture::GOAL).into(),
    ]);
    let decision = TextDocumentView::new("Why this plan")
        .with_origin(plan::DECISION)
        .into();
    let middle = Vertical::new([
        cameras.into(),
        decision,
        Plot::new("Cost of the plan, and a term", plan::COST).view(properties),
        Plot::new("Distance to the goal [model steps]", plan::DISTANCE)
            .without_legend()
            .view(properties),
    ])
    .with_row_shares([1.5, 2.0, 1.4, 1.0]);

    let right = Vertical::new([
        axes(scene, properties),
        Plot::new("Plan time against budget [ms]", plan::TIME).view(properties),
        Plot::new("Surprise [model steps]", plan::SURPRISE)
            .without_legend()
            .view(properties),
    ])
    .with_row_shares([2.8, 1.3, 1.0]);

    Blueprint::new(
        Horizontal::new([left.into(), middle.into(), right.into()])
            .with_column_shares([1.5, 1.0, 1.0]),
    )
    .with_auto_views(false)
    .with_auto_layout(false)
    .with_blueprint_panel(BlueprintPanel::from_state(PanelState::Hidden))
    .with_selection_panel(SelectionPanel::from_state(PanelState::Hidden))
    .with_time_panel(
        TimePanel::new()
            .with_state(PanelState::Collapsed)
            .with_timeline(TIMELINE)
            .with_play_state(PlayState::Following),
    )
}

/// The last seconds up to the cursor.
fn window() -> TimeRange {
    TimeRange {
        start: TimeRangeBoundary::CursorRelative(TimeInt(-WINDOW * 1_000_000_000)),
        end: TimeRangeBoundary::CursorRelative(TimeInt(0)),
    }
}

/// When, how grave, what.
fn event_columns() -> TextLogColumns {
    let time = TimelineColumn(datatypes::TimelineColumn {
        visible: true.into(),
        timeline: TIMELINE.into(),
    });
    let column = |kind| {
        TextLogColumn(datatypes::TextLogColumn {
            visible: true.into(),
            kind,
        })
    };
    TextLogColumns::new()
        .with_timeline_columns([time])
        .with_text_log_columns([TextLogColumnKind::LogLevel, TextLogColumnKind::Body].map(column))
}

/// The robot from above, x to the right like most overhead cameras, so far away that all it can reach is in
/// view.
fn space(scene: &Scene, properties: &mut Vec<Property>) -> ContainerLike {
    let robot = &scene.robot;
    let collisions = format!("- /world/{}/collision_geometries/**", robot.name);
    let view = Spatial3DView::new("What it imagines: bright is cheap, white is chosen")
        .with_origin("world")
        .with_contents(["+ /world/**".to_owned(), collisions])
        .into();
    let reach = scene.reach();
    // Walls hide less of a room that is looked at from further above.
    let (back, up, spacing, middle) = if scene.drives() {
        (0.62, 2.0, 0.5, -0.08)
    } else {
        (1.05, 2.05, 0.1, 0.0)
    };
    let eye = EyeControls3D::new()
        .with_kind(Eye3DKind::Orbital)
        .with_position([0.0, -back * reach, up * reach])
        .with_look_target([0.0, middle * reach, 0.0])
        .with_eye_up([0.0, 0.0, 1.0]);
    let grid = LineGrid3D::new()
        .with_visible(true)
        .with_spacing(spacing)
        .with_color(rerun::Color::from_rgb(52, 56, 64));
    let background =
        Background::new(BackgroundKind::SolidColor).with_color(rerun::Color::from_rgb(18, 20, 25));
    add(&view, "Background", background, properties);
    add(&view, "EyeControls3D", eye, properties);
    add(&view, "LineGrid3D", grid, properties);
    view
}

/// Every axis's commands; its limits are always in view.
fn axes(scene: &Scene, properties: &mut Vec<Property>) -> ContainerLike {
    let space = &scene.robot.space;
    let units = space.names.iter().zip(&space.units);
    let plots: Vec<ContainerLike> = units
        .zip(space.limits.axes())
        .map(|((name, unit), limits)| {
            let origin = EntityPath::from(joints::JOINTS) / EntityPathPart::new(name) / "command";
            let mut plot = Plot::new(format!("Command {name} [{unit}]"), origin);
            let [lower, upper] = joints::bounds(space.kind, limits);
            let margin = 0.15 * (upper - lower);
            plot.range = margin
                .is_finite()
                .then_some([lower - margin, upper + margin]);
            plot.view(properties)
        })
        .collect();
    if plots.len() <= STACKED_AXES {
        Vertical::new(plots).into()
    } else {
        Tabs::new(plots).into()
    }
}

/// A plot that moves with the cursor.
struct Plot {
    name: String,
    origin: EntityPath,
    /// Whether colours need names beside the title.
    legend: bool,
    /// The values in view; `None` fits them to the data.
    range: Option<[f64; 2]>,
}

impl Plot {
    fn new(name: impl Into<String>, origin: impl Into<EntityPath>) -> Self {
        Self {
            name: name.into(),
            origin: origin.into(),
            legend: true,
            range: None,
        }
    }

    fn without_legend(mut self) -> Self {
        self.legend = false;
        self
    }

    fn view(self, properties: &mut Vec<Property>) -> ContainerLike {
        let view = TimeSeriesView::new(self.name)
            .with_origin(self.origin)
            .into();
        let axis = TimeAxis::new()
            .with_link(LinkAxis::Independent)
            .with_view_range(ViewRange(window()));
        let legend = PlotLegend::new()
            .with_corner(Corner2D::LeftTop)
            .with_visible(self.legend);
        add(&view, "TimeAxis", axis, properties);
        add(&view, "PlotLegend", legend, properties);
        if let Some(range) = self.range {
            let axis = ScalarAxis::new().with_range(Range1D(range));
            add(&view, "ScalarAxis", axis, properties);
        }
        view
    }
}

fn add(
    view: &ContainerLike,
    name: &'static str,
    property: impl AsComponents + 'static,
    properties: &mut Vec<Property>,
) {
    if let ContainerLike::View(view) = view {
        properties.push((view.blueprint_path(), name, Box::new(property)));
    }
}

/// The blueprint as messages, its properties added to the same store, and the command that shows it.
fn messages(
    blueprint: &Blueprint,
    properties: &[Property],
) -> RecordingStreamResult<(Vec<LogMsg>, Option<BlueprintActivationCommand>)> {
    let (scratch, storage) = RecordingStreamBuilder::new(APPLICATION)
        .enabled(true)
        .memory()?;
    blueprint.send(&scratch, BlueprintActivation::default())?;
    let mut messages = storage.take();
    messages.retain(|message| message.store_id().kind() == StoreKind::Blueprint);
    let Some(store) = messages.first().map(|message| message.store_id().clone()) else {
        return Ok((messages, None));
    };
    messages.retain(|message| !matches!(message, LogMsg::BlueprintActivationCommand(_)));

    let (stream, storage) = RecordingStreamBuilder::from_store_id(&store)
        .enabled(true)
        .send_properties(false)
        .memory()?;
    stream.set_time_sequence("blueprint", 0);
    for (view, name, property) in properties {
        stream.log(view.join(&EntityPath::from(*name)), property.as_ref())?;
    }
    let mut extra = storage.take();
    extra.retain(|message| !matches!(message, LogMsg::SetStoreInfo(_)));
    messages.extend(extra);
    let activation = BlueprintActivationCommand {
        blueprint_id: store,
        make_active: true,
        make_default: true,
    };
    Ok((messages, Some(activation)))
}
