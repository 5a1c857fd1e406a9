//! What a node is asked for: the lifecycle's services, `~/activate`, `~/resume` and `~/hold`.

use std::sync::{Arc, Mutex};

use futures::future::ready;
use futures::stream::StreamExt;
use futures::task::LocalSpawnExt;
use r2r::QosProfile;
use r2r::lifecycle_msgs::srv::{
    ChangeState, GetAvailableStates, GetAvailableTransitions, GetState,
};
use r2r::std_srvs::srv::Trigger;

use super::held::hold;
use super::lifecycle::{GRAPH, LifecycleState, edges};
use super::manager::Manager;
use super::spin::Caller;
use super::stage::{Stage, describe, state};
use super::{Desk, Errand, RosError, Verb};

/// Serves `~/activate`, `~/resume` and `~/hold`.
pub(super) fn serve_requests(
    spinner: &Caller,
    desk: &Desk,
    manager: &Arc<Mutex<Manager>>,
) -> Result<(), RosError> {
    for (service, verb) in [
        ("~/activate", Verb::Activate),
        ("~/resume", Verb::Resume),
        ("~/hold", Verb::Hold),
    ] {
        let (counter, manager) = (desk.counter(), manager.clone());
        spinner.call(move |node, tasks| {
            let failed = |why: &dyn std::fmt::Display| {
                RosError::during(&format!("service {service} can't be served"), why)
            };
            let calls = node
                .create_service::<Trigger::Service>(service, QosProfile::services_default())
                .map_err(|why| failed(&why))?;
            tasks
                .spawn_local(calls.for_each(move |call| {
                    let reply = move |success, message| {
                        sent(
                            service,
                            call.respond(Trigger::Response { success, message }),
                        );
                    };
                    let manager = manager.clone();
                    counter(match verb {
                        Verb::Activate => Errand::Job(Box::new(move |may| {
                            let done = may.and_then(|_| hold(&manager).activate());
                            reply(done.is_ok(), done.unwrap_or_else(|why| why));
                        })),
                        verb => Errand::Request(verb, Box::new(reply)),
                    });
                    ready(())
                }))
                .map_err(|why| failed(&why))
        })??;
    }
    Ok(())
}

/// Serves the five services that rcl_lifecycle gives a managed node.
pub(super) fn serve_lifecycle(
    spinner: &Caller,
    desk: &Desk,
    manager: &Arc<Mutex<Manager>>,
    stage: &Arc<Stage>,
) -> Result<(), RosError> {
    let (counter, manager, stage) = (desk.counter(), manager.clone(), stage.clone());
    let served = spinner.call(move |node, tasks| -> Result<(), r2r::Error> {
        macro_rules! answer {
            ($service:ident, $name:literal, |$call:ident| $answer:expr) => {
                let calls = node.create_service::<$service::Service>(
                    concat!("~/", $name),
                    QosProfile::services_default(),
                )?;
                let serving = calls.for_each(move |$call| {
                    $answer;
                    ready(())
                });
                // Fails only when the pool is gone, and with it the node.
                tasks.spawn_local(serving).ok();
            };
        }
        answer!(ChangeState, "change_state", |call| {
            let manager = manager.clone();
            counter(Errand::Job(Box::new(move |may| {
                let asked = &call.message.transition;
                let done = may.and_then(|_| hold(&manager).change(asked.id, &asked.label));
                let success = done.is_ok();
                sent(
                    "~/change_state",
                    call.respond(ChangeState::Response { success }),
                );
            })))
        });
        let now = stage.clone();
        answer!(GetState, "get_state", |call| {
            let current_state = state(now.state());
            sent(
                "~/get_state",
                call.respond(GetState::Response { current_state }),
            )
        });
        answer!(GetAvailableStates, "get_available_states", |call| {
            let available_states = LifecycleState::ALL.map(state).into();
            sent(
                "~/get_available_states",
                call.respond(GetAvailableStates::Response { available_states }),
            )
        });
        answer!(
            GetAvailableTransitions,
            "get_available_transitions",
            |call| {
                let available_transitions = edges(stage.state()).map(describe).collect();
                sent(
                    "~/get_available_transitions",
                    call.respond(GetAvailableTransitions::Response {
                        available_transitions,
                    }),
                )
            }
        );
        answer!(GetAvailableTransitions, "get_transition_graph", |call| {
            let available_transitions = GRAPH.iter().map(describe).collect();
            sent(
                "~/get_transition_graph",
                call.respond(GetAvailableTransitions::Response {
                    available_transitions,
                }),
            )
        });
        Ok(())
    })?;
    served.map_err(|why| RosError::during("the lifecycle services can't be served", why))
}

fn sent(service: &str, answer: Result<(), r2r::Error>) {
    if let Err(why) = answer {
        tracing::warn!("answer to {service} was not sent: {why}");
    }
}
