//! Counts what a protobuf would unfold to, before it is decoded.
//!
//! Two bytes of a file can become a structure of hundreds in memory; a few megabytes would then fill it.

/// The most fields that an ONNX file may have, tensor contents aside.
const MOST_FIELDS: usize = 200_000;
/// The most messages inside one another. A network without subgraphs needs seven.
const DEEPEST: usize = 8;

/// What a length-delimited field of a message holds.
#[derive(Clone, Copy)]
enum Message {
    Model,
    Graph,
    Node,
    Attribute,
    Tensor,
    Value,
    Type,
    TensorType,
    Shape,
    Leaf,
}

impl Message {
    /// The message in `field` of this one.
    fn within(self, field: u64) -> Self {
        match (self, field) {
            (Self::Model, 7) => Self::Graph,
            (Self::Graph, 1) => Self::Node,
            (Self::Graph, 5) => Self::Tensor,
            (Self::Graph, 11..=13) => Self::Value,
            (Self::Node, 5) => Self::Attribute,
            (Self::Attribute, 5 | 10) => Self::Tensor,
            (Self::Attribute, 6 | 11) => Self::Graph,
            (Self::Value, 2) => Self::Type,
            (Self::Type, 1) => Self::TensorType,
            (Self::TensorType, 2) => Self::Shape,
            _ => Self::Leaf,
        }
    }
}

/// Refuses files with too many fields, or too deep ones; in words.
pub(super) fn count(bytes: &[u8]) -> Result<(), String> {
    let mut fields = 0;
    visit(bytes, Message::Model, 0, &mut fields)
}

fn visit(
    mut bytes: &[u8],
    message: Message,
    depth: usize,
    fields: &mut usize,
) -> Result<(), String> {
    if depth > DEEPEST {
        return Err(format!("messages more than {DEEPEST} deep"));
    }
    while !bytes.is_empty() {
        *fields += 1;
        if *fields > MOST_FIELDS {
            return Err(format!("more than {MOST_FIELDS} fields"));
        }
        let key = varint(&mut bytes)?;
        match key & 7 {
            0 => {
                varint(&mut bytes)?;
            }
            1 => {
                take(&mut bytes, 8)?;
            }
            2 => {
                let length = varint(&mut bytes)?;
                let content = take(&mut bytes, length)?;
                let inner = message.within(key >> 3);
                if !matches!(inner, Message::Leaf) {
                    visit(content, inner, depth + 1, fields)?;
                }
            }
            5 => {
                take(&mut bytes, 4)?;
            }
            other => return Err(format!("wire type {other}")),
        }
    }
    Ok(())
}

fn varint(bytes: &mut &[u8]) -> Result<u64, String> {
    let mut value = 0;
    for shift in (0..70).step_by(7) {
        let [first, rest @ ..] = *bytes else {
            return Err(CUT.into());
        };
        *bytes = rest;
        value |= u64::from(first & 0x7f).checked_shl(shift).unwrap_or(0);
        if first & 0x80 == 0 {
            return Ok(value);
        }
    }
    Err("a number of more than ten bytes".into())
}

fn take<'a>(bytes: &mut &'a [u8], length: u64) -> Result<&'a [u8], String> {
    let length = usize::try_from(length).map_err(|_| CUT)?;
    let (taken, rest) = bytes.split_at_checked(length).ok_or(CUT)?;
    *bytes = rest;
    Ok(taken)
}

const CUT: &str = "a file that ends in the middle of a field";
