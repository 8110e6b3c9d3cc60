//! The character set of the terminal.

/// Returns true if the locale uses UTF-8. Without a locale, POSIX specifies `C`, which does not.
pub(crate) fn is_utf_8() -> bool {
    if cfg!(windows) {
        // Text is written to the console in UTF-16.
        return true;
    }
    let variables = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().filter_map(std::env::var_os);
    let locale =
        variables.map(|locale| locale.to_string_lossy().to_ascii_uppercase()).find(|locale| !locale.is_empty());
    locale.is_some_and(|locale| locale.contains("UTF-8") || locale.contains("UTF8"))
}
