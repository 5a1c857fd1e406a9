//! What was found, in a sentence: its beginning, where it is long.

/// Letters of it that a sentence shows.
const SHOWN: usize = 80;

/// The beginning of `text`: a whole file may have been taken for one value.
pub(super) fn brief(text: &str) -> String {
    let Some((end, _)) = text.char_indices().nth(SHOWN) else {
        return text.to_owned();
    };
    format!("{}... ({} bytes)", &text[..end], text.len())
}
