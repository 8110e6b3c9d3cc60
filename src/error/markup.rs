//! Extracts the text of an HTML or XML page: its title, or its first words.

/// The elements whose content is not text of the page.
const HIDDEN_ELEMENTS: [&str; 5] = ["script", "style", "title", "template", "svg"];

/// Returns `true` if the content type is one of HTML or XML.
pub(super) fn is_markup_type(content_type: &str) -> bool {
    let media_type = content_type.split(';').next().unwrap_or_default().to_ascii_lowercase();
    media_type.contains("html") || media_type.contains("xml")
}

/// Returns `true` if the text starts with an element, a comment, a document type or an XML declaration.
pub(super) fn is_markup(text: &str) -> bool {
    is_tag(text.trim_start())
}

/// Returns the content of the first `title` element.
pub(super) fn title(page: &str) -> Option<String> {
    let lower = page.to_ascii_lowercase();
    let (_, attributes) =
        lower.split_once("<title").filter(|(_, rest)| rest.starts_with(['>', ' ', '\n', '\t', '\r']))?;
    let (_, content) = attributes.split_once('>')?;
    let start = page.len() - content.len();
    let end = content.find("</title").unwrap_or(content.len());
    Some(text(&page[start..start + end]))
}

/// Returns the text of the page without tags, comments, scripts and styles.
pub(super) fn text(page: &str) -> String {
    let mut result = String::new();
    let mut rest = page;
    while let Some(start) = rest.find('<') {
        result.push_str(&rest[..start]);
        rest = &rest[start..];
        if let Some(content) = rest.strip_prefix("<![CDATA[") {
            let (content, after) = content.split_once("]]>").unwrap_or((content, ""));
            result.push_str(content);
            rest = after;
        } else if is_tag(rest) {
            result.push(' ');
            rest = after_tag(rest);
        } else {
            result.push('<');
            rest = &rest[1..];
        }
    }
    result.push_str(rest);
    decode_entities(&result)
}

/// Returns `true` if the text starts with a tag, a comment or a declaration.
fn is_tag(text: &str) -> bool {
    let next = text.strip_prefix('<').and_then(|rest| rest.chars().next());
    next.is_some_and(|letter| letter.is_ascii_alphabetic() || matches!(letter, '/' | '!' | '?'))
}

/// Returns what follows the tag or comment at the start of this text, and the element if its content is hidden.
fn after_tag(text: &str) -> &str {
    if text.starts_with("<!--") {
        return after(text, "-->");
    }
    let name = text[1..].split(|letter: char| !letter.is_ascii_alphanumeric()).next().unwrap_or_default();
    if !HIDDEN_ELEMENTS.iter().any(|hidden| hidden.eq_ignore_ascii_case(name)) {
        return after(text, ">");
    }
    let is_end = |rest: &str| rest.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name));
    let end = text.match_indices("</").find(|(start, tag)| is_end(&text[start + tag.len()..]));
    end.map_or("", |(start, _)| after(&text[start..], ">"))
}

fn after<'a>(text: &'a str, delimiter: &str) -> &'a str {
    text.split_once(delimiter).map_or("", |(_, rest)| rest)
}

fn decode_entities(text: &str) -> String {
    let mut parts = text.split('&');
    let mut result = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        match part.split_once(';').and_then(|(name, rest)| Some((entity(name)?, rest))) {
            Some((letter, rest)) => {
                result.push(letter);
                result.push_str(rest);
            }
            None => {
                result.push('&');
                result.push_str(part);
            }
        }
    }
    result
}

/// Returns the character of an entity: a number, or one of the common names.
fn entity(name: &str) -> Option<char> {
    if let Some(number) = name.strip_prefix('#') {
        let number = match number.strip_prefix(['x', 'X']) {
            Some(digits) => u32::from_str_radix(digits, 16),
            None => number.parse(),
        };
        return char::from_u32(number.ok()?);
    }
    let names = [("amp", '&'), ("lt", '<'), ("gt", '>'), ("quot", '"'), ("apos", '\''), ("nbsp", ' ')];
    let more = [("copy", '©'), ("reg", '®'), ("middot", '·'), ("ndash", '–'), ("mdash", '—'), ("hellip", '…')];
    names.iter().chain(&more).find(|(known, _)| *known == name).map(|(_, letter)| *letter)
}
