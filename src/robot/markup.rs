//! URDF text screened before it is parsed.
//!
//! The parser behind urdf-rs walks elements by recursion: deep nesting overflows its stack, which nothing can
//! catch. So the XML is walked once here, without recursion and within bounds, and urdf-rs reads a clean copy
//! of what was seen: elements, attributes and text, no comments, no document type, no namespaces. On the way
//! it is noted which attributes are really written, as urdf-rs fills in the missing ones.

use quick_xml::escape::{escape, resolve_predefined_entity};
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::name::QName;
use quick_xml::{Decoder, Reader};

use super::error::Fault;
use super::written::WrittenJoint;

/// The largest URDF [bytes].
pub(super) const LARGEST: usize = 256 << 10;
const DEEPEST: usize = 64;
const MOST_ELEMENTS: usize = 16_384;
const MOST_ATTRIBUTES: usize = 64;

/// What the text holds.
#[derive(Debug, Default)]
pub(super) struct Markup {
    /// The clean copy.
    pub(super) xml: String,
    /// The robot's `version`, if it is written.
    pub(super) version: Option<String>,
    /// The robot's joints, in file order.
    pub(super) joints: Vec<WrittenJoint>,
    /// The simulator plugins of its `<gazebo>` elements, in file order.
    pub(super) plugins: Vec<Plugin>,
}

/// A `<plugin>` of a `<gazebo>` element.
#[derive(Debug)]
pub(super) struct Plugin {
    /// Its `filename`.
    pub(super) filename: String,
    /// Names and texts of the elements in it.
    pub(super) settings: Vec<(String, String)>,
}

/// Walks `text`.
///
/// # Errors
/// What isn't XML, isn't a `<robot>`, or is beyond the bounds; by line.
pub(super) fn screen(text: &str) -> Result<Markup, Fault> {
    if text.len() > LARGEST {
        return Err(too_large(text.len() as u64));
    }
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = Reader::from_str(text);
    reader.config_mut().expand_empty_elements = true;
    let mut walk = Walk::default();
    loop {
        let event = reader.read_event();
        let end = matches!(event, Ok(Event::Eof));
        let seen = match event {
            Ok(event) => walk.see(&event, reader.decoder()),
            Err(why) => Err(Seen::xml(why)),
        };
        if let Err(Seen { found, expected }) = seen {
            let at = usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX);
            let before = text.as_bytes().iter().take(at);
            let line = 1 + before.filter(|byte| **byte == b'\n').count();
            let remedy = "mend the URDF, or export it again";
            return Err(Fault::new(format!("line {line}"), found, expected, remedy));
        }
        if end {
            return Ok(walk.markup);
        }
    }
}

pub(super) fn too_large(bytes: u64) -> Fault {
    Fault::new(
        "file",
        format!("{bytes} bytes"),
        format!("at most {LARGEST} bytes"),
        "leave meshes and plugins in files of their own",
    )
}

/// What was seen that may not be there.
struct Seen {
    found: String,
    expected: String,
}

impl Seen {
    fn new(found: impl Into<String>, expected: impl Into<String>) -> Self {
        Self {
            found: found.into(),
            expected: expected.into(),
        }
    }

    fn xml(why: impl std::fmt::Display) -> Self {
        Self::new(why.to_string(), "well-formed XML")
    }
}

#[derive(Default)]
struct Walk {
    markup: Markup,
    depth: usize,
    elements: usize,
    inside_joint: bool,
    inside_gazebo: bool,
    inside_plugin: bool,
}

impl Walk {
    fn see(&mut self, event: &Event<'_>, decoder: Decoder) -> Result<(), Seen> {
        match event {
            Event::Start(start) => self.open(start, decoder),
            Event::End(end) => {
                self.depth = self.depth.saturating_sub(1);
                self.inside_plugin &= self.depth > 2;
                let name = local_name(end.name())?;
                self.markup.xml.push_str(&format!("</{name}>"));
                Ok(())
            }
            Event::Text(text) => self.text(&text.decode().map_err(Seen::xml)?),
            Event::CData(text) => {
                let text = text.decode().map_err(Seen::xml)?;
                self.text(&escape(text.as_ref()))
            }
            Event::GeneralRef(reference) => self.reference(reference),
            Event::DocType(_) => Err(Seen::new("a document type", "no DOCTYPE and no entities")),
            Event::Eof if self.elements == 0 || self.depth > 0 => Err(Seen::new(
                "the end of the file",
                if self.depth > 0 {
                    "the end of every element"
                } else {
                    "a <robot> element"
                },
            )),
            Event::Empty(_) | Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::Eof => {
                Ok(())
            }
        }
    }

    fn open(&mut self, start: &BytesStart<'_>, decoder: Decoder) -> Result<(), Seen> {
        let name = local_name(start.name())?;
        if self.depth == 0 && (name != "robot" || self.elements > 0) {
            return Err(Seen::new(format!("<{name}>"), "one <robot> element"));
        }
        self.depth += 1;
        self.elements += 1;
        if self.depth > DEEPEST {
            let expected = format!("at most {DEEPEST} elements, one in the other");
            return Err(Seen::new(format!("<{name}> deeper than that"), expected));
        }
        if self.elements > MOST_ELEMENTS {
            let expected = format!("at most {MOST_ELEMENTS} elements");
            return Err(Seen::new("more", expected));
        }
        let attributes = attributes(start, decoder)?;
        self.markup.xml.push_str(&format!("<{name}"));
        for (key, value) in &attributes {
            self.markup
                .xml
                .push_str(&format!(" {key}=\"{}\"", escape(value)));
        }
        self.markup.xml.push('>');
        let of = |key: &str| {
            let mut found = attributes.iter().filter(|(name, _)| name == key);
            found.next().map(|(_, value)| value.clone())
        };
        match (self.depth, name) {
            (1, _) => self.markup.version = of("version"),
            (2, "joint") => {
                (self.inside_joint, self.inside_gazebo) = (true, false);
                self.markup
                    .joints
                    .push(WrittenJoint::new(of("name"), of("type")));
            }
            (2, _) => (self.inside_joint, self.inside_gazebo) = (false, name == "gazebo"),
            (3, "plugin") if self.inside_gazebo => {
                self.inside_plugin = true;
                self.markup.plugins.push(Plugin {
                    filename: of("filename").unwrap_or_default(),
                    settings: Vec::new(),
                });
            }
            (4, _) if self.inside_plugin => {
                if let Some(plugin) = self.markup.plugins.last_mut() {
                    plugin.settings.push((name.to_owned(), String::new()));
                }
            }
            (3, "limit") if self.inside_joint => {
                if let Some(joint) = self.markup.joints.last_mut() {
                    joint.limits.push(attributes);
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn text(&mut self, text: &str) -> Result<(), Seen> {
        if self.depth > 0 {
            self.markup.xml.push_str(text);
            let plugin = self.markup.plugins.last_mut();
            if self.depth == 4
                && self.inside_plugin
                && let Some((_, setting)) = plugin.and_then(|plugin| plugin.settings.last_mut())
            {
                setting.push_str(text);
            }
        } else if !text.trim().is_empty() {
            return Err(Seen::new("text outside the elements", "a <robot> element"));
        }
        Ok(())
    }

    fn reference(&mut self, reference: &BytesRef<'_>) -> Result<(), Seen> {
        let name = reference.decode().map_err(Seen::xml)?;
        let known = match reference.resolve_char_ref().map_err(Seen::xml)? {
            Some(letter) => Some(letter.to_string()),
            None => resolve_predefined_entity(&name).map(str::to_owned),
        };
        match known {
            Some(text) => self.text(&escape(text.as_str())),
            None => Err(Seen::new(
                format!("the entity &{name};"),
                "XML's own entities only",
            )),
        }
    }
}

/// The attributes without a namespace, with their values as they are meant.
fn attributes(start: &BytesStart<'_>, decoder: Decoder) -> Result<Vec<(String, String)>, Seen> {
    let mut found = Vec::new();
    for (index, attribute) in start.attributes().enumerate() {
        if index == MOST_ATTRIBUTES {
            let expected = format!("at most {MOST_ATTRIBUTES} attributes an element");
            return Err(Seen::new("more", expected));
        }
        let attribute = attribute.map_err(Seen::xml)?;
        if attribute.key.prefix().is_some() || attribute.key.as_namespace_binding().is_some() {
            continue;
        }
        let key = local_name(attribute.key)?.to_owned();
        let value = attribute
            .decode_and_unescape_value(decoder)
            .map_err(Seen::xml)?;
        found.push((key, value.into_owned()));
    }
    Ok(found)
}

/// The part of a name after its namespace.
fn local_name(name: QName<'_>) -> Result<&str, Seen> {
    let name = std::str::from_utf8(name.local_name().into_inner()).map_err(Seen::xml)?;
    let plain = |letter: char| letter.is_alphanumeric() || "_-.".contains(letter);
    let begins = |letter: char| letter.is_alphabetic() || letter == '_';
    if name.starts_with(begins) && name.chars().all(plain) {
        return Ok(name);
    }
    let found: String = name.escape_debug().take(64).collect();
    Err(Seen::new(format!("the name `{found}`"), "well-formed XML"))
}
