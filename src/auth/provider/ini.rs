//! A reader of INI files that reads what Python's `configparser` reads, because the vendor's SDKs use it.
//!
//! In addition, it accepts a byte order mark, spaces around the name of a section, and a `%` that `configparser` would
//! reject as an incomplete interpolation.

use std::collections::BTreeMap;

/// A file that is not valid. No text of the file is shown, because it may be a secret.
#[derive(Clone, Copy, Debug)]
pub(super) enum IniError {
    /// A line before the first section.
    NoSection { line: usize },
    /// A line without `=` and `:`, or without a key.
    NotKeyAndValue { line: usize },
    /// A key that is set twice, or a section that occurs twice.
    Duplicate { line: usize },
}

pub(super) type Section = BTreeMap<String, String>;

/// The section whose values are the defaults of all others.
const DEFAULT: &str = "DEFAULT";

/// Returns the values of a section, by their keys in lower case; `None` if there is no such section.
pub(super) fn section(text: &str, wanted: &str) -> Result<Option<Section>, IniError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text).replace("\r\n", "\n").replace('\r', "\n");
    let mut sections = BTreeMap::<String, Section>::new();
    let mut reader = Reader::default();
    for (index, line) in text.split('\n').enumerate() {
        reader.read(&mut sections, index + 1, line)?;
    }
    let defaults = sections.remove(DEFAULT).unwrap_or_default();
    let Some(section) = sections.remove(wanted) else { return Ok(None) };
    let values = defaults.into_iter().chain(section);
    let values: Section = values.map(|(key, value)| (key, value.trim_end().to_owned())).collect();
    let interpolated = values.iter().map(|(key, value)| (key.clone(), interpolate(value, &values, 0)));
    Ok(Some(interpolated.collect()))
}

/// The state between two lines.
#[derive(Default)]
struct Reader {
    section: Option<String>,
    key: Option<String>,
    /// The indentation of the line that contains the key.
    indentation: usize,
}

impl Reader {
    fn read(&mut self, sections: &mut BTreeMap<String, Section>, line: usize, text: &str) -> Result<(), IniError> {
        let content = text.trim();
        if content.starts_with(['#', ';']) {
            return Ok(());
        }
        let indentation = text.chars().take_while(|letter| letter.is_whitespace()).count();
        let value = self.section.as_ref().zip(self.key.as_ref());
        let value = value.and_then(|(section, key)| sections.get_mut(section)?.get_mut(key));
        match value {
            // An empty line may be a part of a value, which its end is trimmed from.
            Some(value) if content.is_empty() || indentation > self.indentation => {
                value.push('\n');
                value.push_str(content);
                return Ok(());
            }
            _ if content.is_empty() => return Ok(()),
            _ => self.indentation = indentation,
        }
        if let Some(name) = section_name(content) {
            if name != DEFAULT && sections.contains_key(name) {
                return Err(IniError::Duplicate { line });
            }
            sections.entry(name.to_owned()).or_default();
            (self.section, self.key) = (Some(name.to_owned()), None);
            return Ok(());
        }
        let section = self.section.as_ref().and_then(|section| sections.get_mut(section));
        let section = section.ok_or(IniError::NoSection { line })?;
        let (key, value) = content.split_once(['=', ':']).ok_or(IniError::NotKeyAndValue { line })?;
        let key = key.trim_end().to_lowercase();
        if key.is_empty() {
            return Err(IniError::NotKeyAndValue { line });
        }
        if section.insert(key.clone(), value.trim().to_owned()).is_some() {
            return Err(IniError::Duplicate { line });
        }
        self.key = Some(key);
        Ok(())
    }
}

/// Returns the name in `[name]`. Text after the bracket is ignored.
fn section_name(line: &str) -> Option<&str> {
    let (name, _) = line.strip_prefix('[')?.rsplit_once(']')?;
    Some(name.trim()).filter(|name| !name.is_empty())
}

/// Replaces `%(key)s` by the value of that key, and `%%` by `%`.
fn interpolate(value: &str, values: &Section, depth: usize) -> String {
    const MAX_DEPTH: usize = 10;
    let Some((before, rest)) = value.split_once('%').filter(|_| depth < MAX_DEPTH) else { return value.to_owned() };
    let reference = || {
        let (key, rest) = rest.strip_prefix('(')?.split_once(")s")?;
        Some((values.get(&key.to_lowercase())?, rest))
    };
    let (replaced, rest) = match (rest.strip_prefix('%'), reference()) {
        (Some(rest), _) => ("%".to_owned(), rest),
        (None, Some((value, rest))) => (interpolate(value, values, depth + 1), rest),
        (None, None) => ("%".to_owned(), rest),
    };
    format!("{before}{replaced}{}", interpolate(rest, values, depth))
}
