//! Nodes: known operators in an order in which everything is defined before it is used, once.

use std::collections::{HashMap, HashSet};

use tract_onnx::pb;
use tract_onnx::pb::tensor_proto::DataType;

use super::operator::{OPERATORS, Operator};
use super::{Vet, Vetted, tensor};
use crate::config::{likeness, nearest};

/// The most nodes. tract's time grows with their square.
const MOST_NODES: usize = 2000;
/// The most constants.
const MOST_CONSTANTS: usize = 4000;

/// What is known of a tensor by the time that a node reads it.
pub(super) enum Known<'a> {
    /// A constant of the file.
    Constant(DataType, &'a pb::TensorProto),
    /// Computed from constants alone.
    Folded,
    /// Depends on the inputs.
    Computed,
}

/// What is known where a node stands, and how errors call the node.
pub(super) struct Scope<'a> {
    pub label: &'a str,
    pub known: &'a HashMap<&'a str, Known<'a>>,
}

impl Scope<'_> {
    /// What is known of the node's input `index`, if it has one.
    pub fn of(&self, node: &pb::NodeProto, index: usize) -> Option<&Known<'_>> {
        self.known.get(node.input.get(index)?.as_str())
    }
}

impl Vet<'_> {
    pub(super) fn nodes(&self, graph: &pb::GraphProto) -> Vetted {
        for (field, found, most) in [
            ("node", graph.node.len(), MOST_NODES),
            ("initializer", graph.initializer.len(), MOST_CONSTANTS),
        ] {
            if found > most {
                return Err(self.refuse(field, found, format!("at most {most}")));
            }
        }
        self.between_codes(graph)?;
        let mut known: HashMap<&str, Known> = HashMap::new();
        for constant in &graph.initializer {
            let kind = self.tensor(&constant.name, constant)?;
            let twice = known.insert(&constant.name, Known::Constant(kind, constant));
            self.once(&constant.name, twice.is_some())?;
        }
        for input in &graph.input {
            let twice = known.insert(&input.name, Known::Computed);
            self.once(&input.name, twice.is_some())?;
        }
        let mut names = HashSet::new();
        for node in &graph.node {
            let label = label(node);
            self.name("node name", &node.name)?;
            self.once(
                &node.name,
                !node.name.is_empty() && !names.insert(&node.name),
            )?;
            let operator = self.node(node, &label)?;
            let constant = self.inputs(node, &label, operator, &known)?;
            for output in &node.output {
                self.name("tensor name", output)?;
                let state = match (constant, literal(node)) {
                    (_, Some(value)) => Known::Constant(self.tensor(&label, value)?, value),
                    (true, None) => Known::Folded,
                    (false, None) => Known::Computed,
                };
                let twice = known.insert(output, state);
                self.once(output, twice.is_some())?;
            }
        }
        for output in &graph.output {
            if !known.contains_key(output.name.as_str()) {
                return Err(self.refuse(
                    &output.name,
                    "an output that no node gives",
                    "a node for it",
                ));
            }
        }
        Ok(())
    }

    /// Checks the node by itself.
    fn node(&self, node: &pb::NodeProto, label: &str) -> Vetted<&'static Operator> {
        self.name("operator", &node.op_type)?;
        let standard = node.domain.is_empty() || node.domain == "ai.onnx";
        let operator = OPERATORS.iter().find(|known| known.name == node.op_type);
        let Some(operator) = operator.filter(|_| standard) else {
            let known = OPERATORS.iter().map(|known| known.name);
            let nearest = nearest(known, |name| likeness(name, &node.op_type));
            let like = nearest.map_or_else(String::new, |name| format!(", like {name}"));
            return Err(self.refuse(
                label,
                format!("operator {}", node.op_type),
                format!("a standard operator that networks here use{like}"),
            ));
        };
        if !operator.inputs.contains(&node.input.len()) {
            return Err(self.refuse(
                label,
                format!("{} inputs", node.input.len()),
                format!("{} to {}", operator.inputs.start(), operator.inputs.end()),
            ));
        }
        let most = if node.op_type == "Split" { 64 } else { 1 };
        if node.output.is_empty() || node.output.len() > most {
            let found = format!("{} outputs", node.output.len());
            return Err(self.refuse(label, found, format!("1 to {most}")));
        }
        let mut seen = HashSet::new();
        for attribute in &node.attribute {
            let name = attribute.name.as_str();
            if !operator.attributes.contains(&name) || !seen.insert(name) {
                return Err(self.refuse(
                    format!("{label}: {}", name.chars().take(32).collect::<String>()),
                    "an unknown or repeated attribute",
                    format!("of {}, each once", operator.attributes.join(", ")),
                ));
            }
            self.attribute(label, attribute)?;
        }
        Ok(operator)
    }

    /// Checks what the node reads; true if that is constants only.
    fn inputs(
        &self,
        node: &pb::NodeProto,
        label: &str,
        operator: &Operator,
        known: &HashMap<&str, Known>,
    ) -> Vetted<bool> {
        let mut constant = true;
        for (index, input) in node.input.iter().enumerate() {
            if input.is_empty() && index > 0 {
                continue;
            }
            match known.get(input.as_str()) {
                Some(Known::Computed) => constant = false,
                Some(_) => {}
                None => {
                    return Err(self.refuse(
                        label,
                        format!("input `{input}` before anything gives it"),
                        "nodes in order, without cycles",
                    ));
                }
            }
        }
        if constant && !operator.foldable {
            return Err(self.refuse(
                label,
                "a node of constants only",
                "constants folded when the network was exported",
            ));
        }
        match operator.name {
            "ConvInteger" | "DequantizeLinear" | "MatMulInteger" | "QLinearConv"
            | "QLinearMatMul" | "QuantizeLinear" => {
                self.quantization(node, &Scope { label, known })?
            }
            "Gather" => self.steering(node, label, 1, known)?,
            "Reshape" | "Unsqueeze" | "Squeeze" | "Split" | "ReduceSum" | "ReduceMean"
            | "ReduceMax" | "ReduceMin" => self.steering(node, label, 1, known)?,
            "Slice" => {
                for index in 1..node.input.len() {
                    self.steering(node, label, index, known)?;
                }
            }
            _ => {}
        }
        Ok(constant)
    }

    /// An input that says where or how much must be a constant of the file, in a range that tract survives.
    fn steering(
        &self,
        node: &pb::NodeProto,
        label: &str,
        index: usize,
        known: &HashMap<&str, Known>,
    ) -> Vetted {
        let Some(name) = node.input.get(index).filter(|name| !name.is_empty()) else {
            return Ok(());
        };
        let Some(Known::Constant(DataType::Int64, constant)) = known.get(name.as_str()) else {
            return Err(self.refuse(
                format!("{label}: {name}"),
                "positions that aren't constants",
                "an INT64 constant of the file",
            ));
        };
        let axes = -8..=7;
        let bad = tensor::integers(constant).find(|value| match (node.op_type.as_str(), index) {
            ("Slice", 4) => !(1..=1 << 20).contains(value),
            ("Slice", 3) => !axes.contains(value),
            ("Gather", _) => !(0..1 << 20).contains(value),
            ("Reshape", _) => *value < -1,
            ("Split", _) => *value < 1,
            ("Slice", _) => false,
            _ => !axes.contains(value),
        });
        match bad {
            None => Ok(()),
            Some(value) => Err(self.refuse(
                format!("{label}: {name}"),
                value,
                "a position or size that exists",
            )),
        }
    }

    fn once(&self, name: &str, twice: bool) -> Vetted {
        if twice {
            return Err(self.refuse(name, "the same name twice", "distinct names"));
        }
        Ok(())
    }
}

/// The tensor of a `Constant` node.
pub(super) fn literal(node: &pb::NodeProto) -> Option<&pb::TensorProto> {
    let value = node.attribute.iter().find(|a| a.name == "value")?;
    value.t.as_ref().filter(|_| node.op_type == "Constant")
}

/// How errors call a node.
pub(super) fn label(node: &pb::NodeProto) -> String {
    let name = match (node.name.as_str(), node.output.first()) {
        ("", Some(output)) => output,
        (name, _) => name,
    };
    let name: String = name.chars().take(64).collect();
    format!("node {name}")
}
