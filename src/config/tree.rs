//! YAML as rcl reads it: groups, values and their lines. No aliases, one document.

use std::collections::BTreeSet;
use std::fmt;

use serde_saphyr::granit_parser::{Event, Options, Parser, ScalarStyle, ScanError, Span, StrInput};

use super::brief::brief;
use super::{Value, scalar};

/// YAML as parameters use it; groups keep their order.
pub(super) enum Tree {
    Null,
    Value(Value),
    List,
    Map(Vec<Entry>),
}

/// One member of a group.
pub(super) struct Entry {
    pub(super) name: String,
    /// Of the name; the first is 1.
    pub(super) line: u64,
    pub(super) tree: Tree,
}

/// Why a text is none, and where.
pub(super) struct NoYaml {
    pub(super) line: u64,
    pub(super) why: String,
}

impl fmt::Display for Tree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("nothing"),
            Self::Value(value) => f.write_str(&brief(&value.to_string())),
            Self::List => f.write_str("a list"),
            Self::Map(_) => f.write_str("a group"),
        }
    }
}

impl Tree {
    /// What `text` says; `None` if that is nothing.
    pub(super) fn parse(text: &str) -> Result<Option<Self>, NoYaml> {
        let mut options = Options::default();
        options.emit_comments = false;
        let mut reader = Reader(Parser::new_from_str_with_options(text, options));
        let mut tree = None;
        while let Some((event, span)) = reader.next()? {
            match event {
                Event::DocumentStart(..) if tree.is_some() => {
                    return Err(NoYaml::at(&span, "more than one document"));
                }
                Event::DocumentStart(..) => tree = Some(reader.node()?),
                _ => {}
            }
        }
        Ok(tree)
    }
}

impl NoYaml {
    fn at(span: &Span, why: impl Into<String>) -> Self {
        Self {
            line: span.start.line() as u64,
            why: why.into(),
        }
    }
}

impl From<ScanError> for NoYaml {
    fn from(error: ScanError) -> Self {
        Self {
            line: error.marker().line() as u64,
            why: brief(&error.info()),
        }
    }
}

struct Reader<'a>(Parser<'a, StrInput<'a>>);

impl<'a> Reader<'a> {
    fn next(&mut self) -> Result<Option<(Event<'a>, Span)>, NoYaml> {
        Ok(self.0.next_event().transpose()?)
    }

    fn node(&mut self) -> Result<Tree, NoYaml> {
        match self.next()? {
            Some((event, span)) => self.tree(event, &span),
            None => Ok(Tree::Null),
        }
    }

    /// What begins with `event`; the parser bounds how deep it is nested.
    fn tree(&mut self, event: Event<'a>, span: &Span) -> Result<Tree, NoYaml> {
        match event {
            Event::Scalar(text, style, _, tag) => {
                let tagged = tag.is_some_and(|tag| tag.is_yaml_core_schema_tag("str"));
                let plain = style == ScalarStyle::Plain && !tagged;
                Ok(match plain {
                    // Where nothing is written the parser says `~`.
                    true if text.is_empty() || text == "~" => Tree::Null,
                    true => Tree::Value(scalar::read(&text)),
                    false => Tree::Value(Value::Text(text.into_owned())),
                })
            }
            Event::SequenceStart(..) => {
                while let Some((event, span)) = self.next()? {
                    if event == Event::SequenceEnd {
                        break;
                    }
                    self.tree(event, &span)?;
                }
                Ok(Tree::List)
            }
            Event::MappingStart(..) => self.map(),
            _ => Err(NoYaml::at(
                span,
                "an alias, which ROS reads none of; write out what it stands for",
            )),
        }
    }

    fn map(&mut self) -> Result<Tree, NoYaml> {
        let (mut entries, mut names) = (Vec::new(), BTreeSet::new());
        while let Some((event, span)) = self.next()? {
            let name = match event {
                Event::MappingEnd => break,
                Event::Scalar(name, ..) => name.into_owned(),
                _ => return Err(NoYaml::at(&span, "a name that is no word")),
            };
            if !names.insert(name.clone()) {
                let why = format!("{} is there twice", brief(&name));
                return Err(NoYaml::at(&span, why));
            }
            entries.push(Entry {
                name,
                line: span.start.line() as u64,
                tree: self.node()?,
            });
        }
        Ok(Tree::Map(entries))
    }
}
