//! The six parameter services of a node, and `/parameter_events`. r2r's own know no ranges and no read-only.

use std::sync::{Arc, Mutex};

use futures::future::ready;
use futures::stream::StreamExt;
use futures::task::LocalSpawnExt;
use r2r::rcl_interfaces::msg::{
    ListParametersResult, Parameter, ParameterDescriptor, ParameterEvent, SetParametersResult,
};
use r2r::rcl_interfaces::srv::{
    DescribeParameters, GetParameterTypes, GetParameters, ListParameters, SetParameters,
    SetParametersAtomically,
};
use r2r::{Publisher, QosProfile};

use super::held::hold;
use super::spin::Caller;
use super::{Job, RosError, parameters};
use crate::config::{Parameters, Record, Value};
use crate::cost::CostConfig;
use crate::runtime::{Instruction, Operator};

/// Whether a parameter may change now; if not, during what it may not, and what to do.
pub(super) type MayChange = Box<dyn Fn(&Record) -> Result<(), &'static str> + Send + Sync>;

/// The parameters of a running node.
struct Board {
    name: String,
    parameters: Arc<Mutex<Parameters>>,
    may_change: MayChange,
    events: Mutex<Publisher<ParameterEvent>>,
}

/// Serves `parameters` as those of the node `name`; those that `may_change` are no read-only ones. Changes are handed to `office`, one job a request.
pub(super) fn serve(
    spinner: &Caller,
    name: &str,
    parameters: Arc<Mutex<Parameters>>,
    may_change: MayChange,
    office: impl Fn(Job) + Clone + Send + 'static,
) -> Result<(), RosError> {
    let name = name.to_owned();
    let served = spinner.call(move |node, tasks| -> Result<(), r2r::Error> {
        let board = Arc::new(Board {
            name,
            parameters,
            may_change,
            events: Mutex::new(
                node.create_publisher("/parameter_events", QosProfile::parameter_events())?,
            ),
        });
        board.announce(board.all(), Vec::new());
        macro_rules! answer {
            ($service:ident, $name:literal, |$board:ident, $call:ident| $answer:expr) => {
                let calls = node.create_service::<$service::Service>(
                    concat!("~/", $name),
                    QosProfile::parameters(),
                )?;
                let $board = board.clone();
                let serving = calls.for_each(move |$call| {
                    $answer;
                    ready(())
                });
                // Fails only when the pool is gone, and with it the node.
                tasks.spawn_local(serving).ok();
            };
        }
        answer!(GetParameters, "get_parameters", |board, call| {
            let values = board.each(&call.message.names, |_, value| parameters::message(value));
            sent(call.respond(GetParameters::Response { values }))
        });
        answer!(GetParameterTypes, "get_parameter_types", |board, call| {
            let types = board.each(&call.message.names, |_, value| {
                parameters::message(value).type_
            });
            sent(call.respond(GetParameterTypes::Response { types }))
        });
        answer!(DescribeParameters, "describe_parameters", |board, call| {
            let descriptors = board.describe(&call.message.names);
            sent(call.respond(DescribeParameters::Response { descriptors }))
        });
        answer!(ListParameters, "list_parameters", |board, call| {
            let result = board.list(&call.message);
            sent(call.respond(ListParameters::Response { result }))
        });
        let hand_over = office.clone();
        answer!(SetParameters, "set_parameters", |board, call| {
            let board = board.clone();
            hand_over(Box::new(move |operator| {
                let changes = call.message.parameters.iter();
                let results = changes.map(|change| {
                    result(board.set(std::slice::from_ref(change), operator.clone()))
                });
                let results = results.collect();
                sent(call.respond(SetParameters::Response { results }));
            }))
        });
        answer!(
            SetParametersAtomically,
            "set_parameters_atomically",
            |board, call| {
                let board = board.clone();
                office(Box::new(move |operator| {
                    let result = result(board.set(&call.message.parameters, operator));
                    sent(call.respond(SetParametersAtomically::Response { result }));
                }))
            }
        );
        Ok(())
    })?;
    served.map_err(|why| RosError::during("the parameter services can't be served", why))
}

impl Board {
    fn all(&self) -> Vec<Parameter> {
        let parameters = hold(&self.parameters);
        parameters.iter().map(entry).collect()
    }

    /// One result a name; what is not declared is not set, as in ROS.
    fn each<T: Default>(&self, names: &[String], f: impl Fn(&Record, &Value) -> T) -> Vec<T> {
        let parameters = hold(&self.parameters);
        let one = |name: &String| {
            let record = parameters.schema().record(name)?;
            Some(f(record, parameters.get(name)?))
        };
        names
            .iter()
            .map(|name| one(name).unwrap_or_default())
            .collect()
    }

    fn describe(&self, names: &[String]) -> Vec<ParameterDescriptor> {
        let mut descriptors = self.each(names, |record, _| {
            parameters::descriptor(record, (self.may_change)(record).is_ok())
        });
        for (descriptor, name) in descriptors.iter_mut().zip(names) {
            descriptor.name.clone_from(name);
        }
        descriptors
    }

    /// Names under any of the prefixes, at most `depth` levels below it; 0: all levels.
    fn list(&self, asked: &ListParameters::Request) -> ListParametersResult {
        let deep =
            |rest: &str| asked.depth == 0 || (rest.matches('.').count() as u64) < asked.depth;
        let wanted = |name: &str| {
            if asked.prefixes.is_empty() {
                return deep(name);
            }
            asked.prefixes.iter().any(|prefix| {
                let rest = name.strip_prefix(prefix.as_str());
                rest.is_some_and(|rest| rest.is_empty() || rest.strip_prefix('.').is_some_and(deep))
            })
        };
        let parameters = hold(&self.parameters);
        let names = parameters
            .schema()
            .records()
            .iter()
            .map(|record| record.name);
        let names: Vec<String> = names
            .filter(|name| wanted(name))
            .map(str::to_owned)
            .collect();
        let mut prefixes: Vec<String> = Vec::new();
        for name in &names {
            if let Some((prefix, _)) = name.rsplit_once('.')
                && !prefixes.iter().any(|known| known == prefix)
            {
                prefixes.push(prefix.to_owned());
            }
        }
        ListParametersResult { names, prefixes }
    }

    /// Changes all of it, or nothing; without an operator for the next one.
    fn set(
        &self,
        changes: &[Parameter],
        operator: Result<Option<&dyn Operator>, String>,
    ) -> Result<(), String> {
        let changes: Result<Vec<(String, Value)>, String> = changes
            .iter()
            .map(|change| {
                let name = change.name.clone();
                match parameters::value(change.value.clone()) {
                    Some(value) => Ok((name, value)),
                    None if change.value.type_ == parameters::NOT_SET => {
                        Err(format!("{name}: can't be deleted; set its default instead"))
                    }
                    None => Err(format!("{name}: found a list, expected one value")),
                }
            })
            .collect();
        let before = hold(&self.parameters).clone();
        let after = before
            .with_allowed("set_parameters", &changes?, &self.may_change)
            .map_err(|error| error.reasons())?;
        let changed: Vec<Parameter> = after.differences(&before).map(entry).collect();
        if changed.is_empty() {
            return Ok(());
        }
        let read = |parameters| CostConfig::from_parameters(parameters);
        let cost = read(&after).map_err(|error| error.reasons())?;
        if let Some(operator) = operator?
            && read(&before).as_ref() != Ok(&cost)
        {
            operator.instruct(Instruction::Weigh(cost))?;
        }
        *hold(&self.parameters) = after;
        self.announce(Vec::new(), changed);
        Ok(())
    }

    fn announce(&self, new_parameters: Vec<Parameter>, changed_parameters: Vec<Parameter>) {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        let event = ParameterEvent {
            stamp: r2r::Clock::to_builtin_time(&now.unwrap_or_default()),
            node: self.name.clone(),
            new_parameters,
            changed_parameters,
            deleted_parameters: Vec::new(),
        };
        if let Err(why) = hold(&self.events).publish(&event) {
            tracing::warn!("/parameter_events can't be published: {why}");
        }
    }
}

fn entry((record, value): (&Record, &Value)) -> Parameter {
    Parameter {
        name: record.name.to_owned(),
        value: parameters::message(value),
    }
}

fn result(done: Result<(), String>) -> SetParametersResult {
    SetParametersResult {
        successful: done.is_ok(),
        reason: done.err().unwrap_or_default(),
    }
}

fn sent(answer: Result<(), r2r::Error>) {
    if let Err(why) = answer {
        tracing::warn!("an answer about parameters was not sent: {why}");
    }
}
