//! What a plain scalar of YAML stands for, by rcl's rules: YAML 1.1's booleans, C's whole and real numbers, else text.

use super::Value;

const TRUE: [&str; 11] = [
    "y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON",
];
const FALSE: [&str; 11] = [
    "n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF",
];
/// Not finite, as YAML writes it, without a sign.
const NOT_FINITE: [&str; 6] = [".inf", ".Inf", ".INF", ".nan", ".NaN", ".NAN"];

/// `word`, which is not quoted, as a value.
pub(super) fn read(word: &str) -> Value {
    if TRUE.contains(&word) || FALSE.contains(&word) {
        return Value::Bool(TRUE.contains(&word));
    }
    let whole = whole(word).map(Value::Integer);
    let number = whole.or_else(|| real(word).map(Value::Double));
    number.unwrap_or_else(|| Value::Text(word.to_owned()))
}

/// `0x10` is hexadecimal, `010` octal.
fn whole(word: &str) -> Option<i64> {
    let size = word.strip_prefix(['+', '-']).unwrap_or(word);
    let hexadecimal = size.strip_prefix("0x").or(size.strip_prefix("0X"));
    let octal = size.strip_prefix('0').filter(|rest| !rest.is_empty());
    let (digits, radix) = match (hexadecimal, octal) {
        (Some(digits), _) => (digits, 16),
        (None, Some(digits)) => (digits, 8),
        (None, None) => (size, 10),
    };
    if !digits.starts_with(|first: char| first.is_ascii_alphanumeric()) {
        return None;
    }
    let sign = if word.starts_with('-') { "-" } else { "" };
    i64::from_str_radix(&format!("{sign}{digits}"), radix).ok()
}

/// What a double can't hold stays text.
fn real(word: &str) -> Option<f64> {
    let size = word.strip_prefix(['+', '-']).unwrap_or(word);
    let plain = match NOT_FINITE.contains(&size) {
        true => word.replacen('.', "", 1),
        false => word.to_owned(),
    };
    let number: f64 = plain.parse().ok()?;
    let digits = plain.split(['e', 'E']).next().unwrap_or_default();
    let zero = !digits.contains(|digit: char| ('1'..='9').contains(&digit));
    let held = match plain.contains(|digit: char| digit.is_ascii_digit()) {
        true if zero => number == 0.0,
        true => number.is_normal(),
        false => true,
    };
    held.then_some(number)
}
