//! What people do wrong, and what they are told: every message and hint is in `messages.txt`.
//!
//! After a change of a message, the test prints the new text of the file.

mod errors;
mod hints;

use std::fmt::Write;

/// A mistake in words, and the message of the error or the hints of the report.
type Case = (&'static str, String);

#[test]
fn every_mistake_has_its_message() {
    let cases = [errors::cases(), hints::cases()].concat();
    assert!(cases.len() >= 20, "{}", cases.len());
    let is_silent = cases.iter().any(|(_, message)| message.is_empty());
    let mut text = String::new();
    for (mistake, message) in cases {
        if message.is_empty() {
            println!("{mistake}: no message");
        }
        writeln!(text, "{mistake}\n    {}\n", message.replace('\n', "\n    ")).unwrap();
    }
    let text = format!("{}\n", text.trim_end());
    assert!(
        !is_silent && text == include_str!("messages.txt"),
        "the messages have changed; they are now\n{text}"
    );
}
