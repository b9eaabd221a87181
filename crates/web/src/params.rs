//! Header values of the form `kind; name=value; name="value"`.

/// One parameter, unquoted.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Param {
    /// As written; compare without regard to case.
    pub(crate) name: String,
    pub(crate) value: String,
}

/// Splits a value into its kind and parameters; `None` when a parameter has no `=` or a quote is
/// left open.
///
/// Bytes that are not UTF-8 are read as ISO-8859-1, the character set headers once had. A backslash
/// escapes only a quote or itself: browsers of old send `C:\temp\a.pdf` as it is.
pub(crate) fn split(value: &[u8]) -> Option<(String, Vec<Param>)> {
    let text = decode(value);
    let mut rest = text.as_str();
    let kind_end = rest.find(';').unwrap_or(rest.len());
    let kind = rest[..kind_end].trim().to_owned();
    rest = &rest[kind_end..];
    let mut params = Vec::new();
    while let Some(after) = rest.strip_prefix(';') {
        let after = after.trim_start();
        if after.is_empty() || after.starts_with(';') {
            rest = after;
            continue;
        }
        let (name, after) = after.split_once('=')?;
        let (value, after) = take_value(after.trim_start())?;
        params.push(Param { name: name.trim().to_owned(), value });
        rest = after.trim_start();
    }
    rest.is_empty().then_some((kind, params))
}

/// A value, quoted or running to the next `;`, and what follows it.
fn take_value(text: &str) -> Option<(String, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find(';').unwrap_or(text.len());
        return Some((text[..end].trim_end().to_owned(), &text[end..]));
    };
    let mut value = String::new();
    let mut chars = quoted.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Some((value, &quoted[at + 1..])),
            '\\' => match chars.next_if(|(_, next)| matches!(next, '"' | '\\')) {
                Some((_, escaped)) => value.push(escaped),
                None => value.push('\\'),
            },
            c => value.push(c),
        }
    }
    None
}

fn decode(value: &[u8]) -> String {
    std::str::from_utf8(value).map_or_else(|_| latin1(value), str::to_owned)
}

/// Each byte is the character with its number.
pub(crate) fn latin1(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| char::from(*byte)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(text: &[u8]) -> Vec<String> {
        let (_, params) = split(text).expect("well formed");
        params.into_iter().map(|param| param.value).collect()
    }

    #[test]
    fn quotes_hide_semicolons_and_escape_only_quotes_and_backslashes() {
        assert_eq!(values(br#"form-data; name="a;b"; filename="c\"d\\e""#), ["a;b", r#"c"d\e"#]);
        assert_eq!(values(br#"attachment; filename="C:\temp\a.pdf""#), [r"C:\temp\a.pdf"]);
    }

    #[test]
    fn unquoted_values_may_hold_spaces_and_empty_parameters_are_skipped() {
        assert_eq!(values(b"attachment;; filename= my file.pdf ;"), ["my file.pdf"]);
    }

    #[test]
    fn bytes_are_utf8_or_else_latin1() {
        assert_eq!(values("a; filename=\"blå.pdf\"".as_bytes()), ["blå.pdf"]);
        assert_eq!(values(b"a; filename=\"bl\xe5.pdf\""), ["blå.pdf"]);
    }

    #[test]
    fn a_parameter_without_a_value_or_an_open_quote_is_refused() {
        assert_eq!(split(b"attachment; filename"), None);
        assert_eq!(split(b"attachment; filename=\"a"), None);
        assert_eq!(split(b"attachment; filename=\"a\" b"), None);
    }
}
