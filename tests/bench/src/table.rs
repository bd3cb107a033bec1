//! Tables in Markdown, and the numbers in them.

use std::time::Duration;

/// Prints a heading and a table, the first row of which names the columns.
pub(crate) fn print(heading: &str, rows: &[Vec<String>]) {
    println!("\n### {heading}\n");
    for (number, row) in rows.iter().enumerate() {
        println!("| {} |", row.join(" | "));
        if number == 0 {
            println!("|---{}|", "|--:".repeat(row.len() - 1));
        }
    }
}

/// One row of texts.
#[macro_export]
macro_rules! row {
    ($($cell:expr),* $(,)?) => { vec![$($cell.to_string()),*] };
}

/// A row of the table of targets.
pub(crate) fn verdict(what: &str, target: &str, measured: &str, is_met: bool) -> Vec<String> {
    row![
        what,
        target,
        measured,
        if is_met { "met" } else { "missed" }
    ]
}

pub(crate) const VERDICTS: [&str; 4] = ["", "target", "measured", "verdict"];

/// `VERDICTS` as the first row.
pub(crate) fn verdicts(rows: impl IntoIterator<Item = Vec<String>>) -> Vec<Vec<String>> {
    let mut all = vec![VERDICTS.map(str::to_owned).to_vec()];
    all.extend(rows);
    all
}

/// The number in the middle.
pub(crate) fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers.get(numbers.len() / 2).copied().unwrap_or(f64::NAN)
}

pub(crate) fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}

/// `1,234`
pub(crate) fn grouped(number: f64) -> String {
    let digits = format!("{number:.0}");
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place) % 3 == 0 && !text.ends_with('-') {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
