//! Names that somebody may have meant.

/// Names less alike than this are not suggested.
const ALIKE: f64 = 0.65;

/// How alike two names are, 0..1: by shared letters and beginning (Jaro-Winkler), or by edits, of which two letters
/// swapped are one (Damerau-Levenshtein): in short names the former misses those.
pub fn likeness(a: &str, b: &str) -> f64 {
    let edits = strsim::normalized_damerau_levenshtein(a, b);
    match strsim::jaro_winkler(a, b) {
        shared if shared >= 0.7 => shared.max(edits),
        _ => edits,
    }
}

/// The one of `known` that is most alike by `likeness`, if any is alike at all.
pub fn nearest<'a>(
    known: impl IntoIterator<Item = &'a str>,
    likeness: impl Fn(&str) -> f64,
) -> Option<&'a str> {
    known
        .into_iter()
        .map(|name| (likeness(name), name))
        .filter(|(likeness, _)| *likeness >= ALIKE)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, name)| name)
}
