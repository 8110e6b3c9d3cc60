//! A reader of INI files that reads what Python's `configparser` reads, because the vendor's SDKs use it.
//!
//! In addition, it accepts a byte order mark, spaces around the name of a section, and a `%` that `configparser` would
//! reject as an incomplete interpolation.

use std::collections::BTreeMap;

/// The keys and values of a section.
pub(crate) type Section = BTreeMap<String, String>;

/// The section that is read.
pub(super) const SECTION: &str = "basic";
/// The section whose values are the defaults of all others.
const DEFAULT: &str = "DEFAULT";

const NO_SECTION: &str = "comes before the first section; expected [basic]";
const NOT_KEY_AND_VALUE: &str = "is not of the form `key = value`";
const DUPLICATE: &str = "repeats a section or a key";

/// Returns the values of the section, by their keys in lower case; `None` if there is none.
///
/// An error shows no text of the file, because it may be a secret.
pub(super) fn section(text: &str) -> Result<Option<Section>, String> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text).replace("\r\n", "\n").replace('\r', "\n");
    let mut sections = BTreeMap::<String, Section>::new();
    let mut reader = Reader::default();
    for (index, line) in text.split('\n').enumerate() {
        let result = reader.read(&mut sections, line);
        result.map_err(|problem| format!("not a valid INI file: line {} {problem}", index + 1))?;
    }
    let defaults = sections.remove(DEFAULT).unwrap_or_default();
    let Some(section) = sections.remove(SECTION) else { return Ok(None) };
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
    fn read(&mut self, sections: &mut BTreeMap<String, Section>, text: &str) -> Result<(), &'static str> {
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
                return Err(DUPLICATE);
            }
            sections.entry(name.to_owned()).or_default();
            (self.section, self.key) = (Some(name.to_owned()), None);
            return Ok(());
        }
        let section = self.section.as_ref().and_then(|section| sections.get_mut(section));
        let section = section.ok_or(NO_SECTION)?;
        let (key, value) = content.split_once(['=', ':']).ok_or(NOT_KEY_AND_VALUE)?;
        let key = key.trim_end().to_lowercase();
        if key.is_empty() {
            return Err(NOT_KEY_AND_VALUE);
        }
        if section.insert(key.clone(), value.trim().to_owned()).is_some() {
            return Err(DUPLICATE);
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
