//! Java's properties format: `key=value` lines with comments, continuation and escapes.

/// One property.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Property {
    /// Its key, as written.
    pub key: String,
    /// Its value, placeholders and all.
    pub value: String,
    /// The line it begins on, from 1.
    pub line: usize,
}

/// Reads a file: UTF-8, or ISO-8859-1 where it is none.
pub(crate) fn parse(bytes: &[u8]) -> Vec<Property> {
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text.trim_start_matches('\u{feff}').to_owned(),
        Err(_) => bytes.iter().map(|byte| char::from(*byte)).collect(),
    };
    let normal = text.replace("\r\n", "\n").replace('\r', "\n");
    let mut lines = normal.lines().enumerate();
    let mut found = Vec::new();
    while let Some((number, first)) = lines.next() {
        let mut whole = blank_start(first).to_owned();
        if whole.is_empty() || whole.starts_with(['#', '!']) {
            continue;
        }
        while goes_on(&whole) {
            whole.pop();
            let Some((_, next)) = lines.next() else { break };
            whole.push_str(blank_start(next));
        }
        let (key, value) = split(&whole);
        found.push(Property { key: unescape(key), value: unescape(value), line: number + 1 });
    }
    found
}

fn blank_start(line: &str) -> &str {
    line.trim_start_matches([' ', '\t', '\u{c}'])
}

/// A line goes on when an odd number of backslashes stands at its end.
fn goes_on(line: &str) -> bool {
    line.chars().rev().take_while(|sign| *sign == '\\').count() % 2 == 1
}

/// The key ends at the first `=`, `:` or blank that is not escaped.
fn split(line: &str) -> (&str, &str) {
    let mut escaped = false;
    for (at, sign) in line.char_indices() {
        if escaped {
            escaped = false;
        } else if sign == '\\' {
            escaped = true;
        } else if "=: \t\u{c}".contains(sign) {
            let rest = blank_start(&line[at..]);
            let value = rest.strip_prefix(['=', ':']).unwrap_or(rest);
            return (&line[..at], blank_start(value));
        }
    }
    (line, "")
}

fn unescape(text: &str) -> String {
    let mut signs = text.chars();
    let mut units: Vec<u16> = Vec::new();
    let mut buffer = [0; 2];
    while let Some(sign) = signs.next() {
        let meant = if sign == '\\' {
            match signs.next() {
                Some('t') => '\t',
                Some('n') => '\n',
                Some('r') => '\r',
                Some('f') => '\u{c}',
                Some('u') => {
                    let digits: String = signs.by_ref().take(4).collect();
                    // Two of these may be the halves of one character, so they are put together as units.
                    units.push(u16::from_str_radix(&digits, 16).unwrap_or(0xfffd));
                    continue;
                }
                Some(other) => other,
                None => break,
            }
        } else {
            sign
        };
        units.extend_from_slice(meant.encode_utf16(&mut buffer));
    }
    String::from_utf16_lossy(&units)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<(String, String, usize)> {
        parse(text.as_bytes()).into_iter().map(|one| (one.key, one.value, one.line)).collect()
    }

    fn one(text: &str) -> (String, String) {
        let found = read(text);
        assert_eq!(found.len(), 1, "{found:?}");
        (found[0].0.clone(), found[0].1.clone())
    }

    fn pair(key: &str, value: &str) -> (String, String) {
        (key.to_owned(), value.to_owned())
    }

    #[test]
    fn keys_end_at_the_first_sign_that_separates() {
        for text in ["a.b=c d", "a.b = c d", "  a.b:c d", "a.b\tc d", "a.b   =   c d"] {
            assert_eq!(one(text), pair("a.b", "c d"), "{text}");
        }
        assert_eq!(one("url=https://x/y?z=1"), pair("url", "https://x/y?z=1"));
        assert_eq!(one("a\\:b\\=c=d"), pair("a:b=c", "d"));
        assert_eq!(one("alone"), pair("alone", ""));
    }

    #[test]
    fn lines_go_on_behind_a_backslash_and_comments_are_left_out() {
        let text = "# a=1\n! b=2\n\nlist=x,\\\n    y,\\\r\n    z\npath=C\\:\\\\keys\\\\\nlast=1";
        let wanted = [("list", "x,y,z", 4), ("path", "C:\\keys\\", 7), ("last", "1", 8)];
        assert_eq!(read(text), wanted.map(|(key, value, line)| (key.to_owned(), value.to_owned(), line)));
    }

    #[test]
    fn letters_are_read_in_either_encoding_and_as_escapes() {
        assert_eq!(one("n=Bærum \\u00e5 \\uD83D\\uDE00\\t."), pair("n", "Bærum å 😀\t."));
        let latin = parse(b"n=B\xe6rum");
        assert_eq!(latin[0].value, "Bærum");
    }
}
