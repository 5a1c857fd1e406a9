//! What serde can't see in `[graphs]`: files that stay in the folder, outputs that make quantities.

use std::path::{Component, Path};

use super::check::{Checked, Checker};
use super::{Manifest, OutputKind, ProbeOutput};

impl Checker<'_> {
    pub(super) fn files(&self, m: &Manifest) -> Checked {
        for (field, reference) in m.references() {
            let mut components = Path::new(&reference.file).components();
            let plain = matches!(components.next(), Some(Component::Normal(_)))
                && components.next().is_none()
                && reference.file.len() <= 128
                && !reference.file.contains(['/', '\\', '\0']);
            if !plain {
                return Err(self.refuse(
                    &format!("{field}.file"),
                    &reference.file,
                    "the name of a file in the package's folder, without a path",
                ));
            }
            let digits = reference.sha256.bytes().all(|b| b.is_ascii_hexdigit());
            if reference.sha256.len() != 64 || !digits {
                return Err(self.refuse(
                    &format!("{field}.sha256"),
                    &reference.sha256,
                    "64 hexadecimal digits",
                ));
            }
        }
        Ok(())
    }

    pub(super) fn probe(&self, m: &Manifest) -> Checked {
        let Some(probe) = &m.graphs.probe else {
            return Ok(());
        };
        let field = "graphs.probe.outputs";
        self.within(field, probe.outputs.len(), 1..=256)?;
        for output in &probe.outputs {
            self.text(field, &output.name)?;
            let count = |kind| {
                let alike = |o: &&ProbeOutput| {
                    o.name == output.name && o.kind == kind && o.unit == output.unit
                };
                probe.outputs.iter().filter(alike).count()
            };
            let counts = [OutputKind::Value, OutputKind::Sin, OutputKind::Cos].map(count);
            let namesakes = probe
                .outputs
                .iter()
                .filter(|o| o.name == output.name)
                .count();
            if !(counts == [1, 0, 0] && namesakes == 1 || counts == [0, 1, 1] && namesakes == 2) {
                return Err(self.refuse(
                    field,
                    format!("`{}` {namesakes} times", output.name),
                    "one value, or one sin and one cos of the same unit",
                ));
            }
        }
        if !matches!(probe.tip.len(), 0 | 2 | 3) {
            return Err(self.refuse("graphs.probe.tip", probe.tip.len(), "x and y, perhaps z"));
        }
        for name in &probe.tip {
            let is_value = |o: &ProbeOutput| o.name == *name && o.kind == OutputKind::Value;
            if !probe.outputs.iter().any(is_value) {
                return Err(self.refuse("graphs.probe.tip", name, "a value among the outputs"));
            }
        }
        if !(0.0..=1e3).contains(&probe.error) {
            return Err(self.refuse("graphs.probe.error", probe.error, "0 m or more"));
        }
        Ok(())
    }
}
