//! Text for a shell: commands that export variables, and values in comments.

use std::fmt;

/// Lines `export NAME=VALUE`.
#[derive(Default)]
pub(super) struct Variables(Vec<(String, String)>);

impl Variables {
    pub(super) fn export(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.0.push((name.into(), value.into()));
    }
}

impl fmt::Display for Variables {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|(name, value)| writeln!(f, "export {name}={}", quoted(value)))
    }
}

/// Quotes a value for a shell, if it needs quotes. An interactive zsh also reads comments as commands.
pub(super) fn quoted(value: &str) -> String {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "/._-:@%+,".contains(letter);
    if value.chars().all(is_plain) { value.to_owned() } else { format!("'{}'", value.replace('\'', r"'\''")) }
}
