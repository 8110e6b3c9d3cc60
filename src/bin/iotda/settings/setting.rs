//! A setting and its origin.

use std::fmt;
use std::path::PathBuf;

/// The origin of a setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    Flag(&'static str),
    Variable(String),
    Profile(PathBuf),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(name) => write!(f, "option {name}"),
            Self::Variable(name) => write!(f, "variable {name}"),
            Self::Profile(path) => write!(f, "profile {}", path.display()),
        }
    }
}

/// A value that is not secret, and its origin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Setting {
    pub(crate) value: String,
    pub(crate) origin: Origin,
}

impl Setting {
    pub(crate) fn flag(name: &'static str, value: impl Into<String>) -> Self {
        Self { value: value.into(), origin: Origin::Flag(name) }
    }

    /// Returns the value without the parts of a URL that may be secret (user name, password and query), and with
    /// characters that a terminal would not show escaped.
    pub(crate) fn shown(&self) -> String {
        let (before, rest) = self.value.rsplit_once('@').map_or(("", &*self.value), |(_, rest)| ("[redacted]@", rest));
        let rest = rest.split(['?', '#']).next().unwrap_or_default();
        let shown = format!("{before}{rest}");
        let is_visible = |letter: char| matches!(letter, '"' | '\'' | '\\') || letter.escape_debug().len() == 1;
        if shown.chars().all(is_visible) { shown } else { shown.escape_debug().to_string() }
    }
}

/// Reads a variable. An empty value counts as unset. The library rejects the replacement characters of a value that is
/// not UTF-8.
pub(super) fn variable(name: &str) -> Option<String> {
    let value = std::env::var_os(name).filter(|value| !value.is_empty())?;
    Some(value.to_string_lossy().into_owned())
}

pub(super) fn first_variable(names: &[&str]) -> Option<Setting> {
    names.iter().find_map(|name| {
        let origin = Origin::Variable((*name).to_owned());
        Some(Setting { value: variable(name)?, origin })
    })
}
