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
}

/// Reads a variable. An empty value counts as unset.
pub(super) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

pub(super) fn first_variable(names: &[&str]) -> Option<Setting> {
    names.iter().find_map(|name| {
        let origin = Origin::Variable((*name).to_owned());
        Some(Setting { value: variable(name)?, origin })
    })
}
