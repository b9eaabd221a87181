//! The plain twin of an HTML e-mail, for readers without HTML.

/// Elements whose content is not text.
const HIDDEN: [&str; 4] = ["style", "script", "head", "title"];
/// Elements that end a line.
const BLOCKS: [&str; 16] = [
    "p",
    "div",
    "br",
    "li",
    "tr",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "table",
    "ul",
    "ol",
    "blockquote",
    "hr",
];

/// The text of an HTML document: no tags, a line for each block, entities resolved.
///
/// It is meant to be read, not to be safe to embed: what comes out is plain text.
pub fn to_plain(html: &str) -> String {
    let (mut text, mut rest) = (String::with_capacity(html.len()), html);
    while let Some(at) = rest.find('<') {
        push_words(&mut text, &rest[..at]);
        rest = &rest[at..];
        if let Some(comment) = rest.strip_prefix("<!--") {
            rest = comment.split_once("-->").map_or("", |(_, after)| after);
            continue;
        }
        let Some((tag, after)) = rest[1..].split_once('>') else {
            push_words(&mut text, rest);
            rest = "";
            break;
        };
        let name = name_of(tag);
        rest = if HIDDEN.contains(&name.as_str()) && !tag.starts_with('/') {
            skip_to_end_of(&name, after)
        } else {
            after
        };
        if BLOCKS.contains(&name.as_str()) && !text.is_empty() && !text.ends_with('\n') {
            text.truncate(text.trim_end().len());
            text.push('\n');
        }
    }
    push_words(&mut text, rest);
    text.trim().to_owned()
}

fn name_of(tag: &str) -> String {
    let name = tag.trim_start_matches('/').split(|c: char| c.is_whitespace() || c == '/').next();
    name.unwrap_or_default().to_ascii_lowercase()
}

fn skip_to_end_of<'h>(name: &str, html: &'h str) -> &'h str {
    let end = format!("</{name}");
    let at = html.to_ascii_lowercase().find(&end);
    at.and_then(|at| html[at..].split_once('>')).map_or("", |(_, after)| after)
}

/// Adds text with white space folded, as a browser shows it.
fn push_words(text: &mut String, html: &str) {
    let resolved = resolve(html);
    for (number, word) in resolved.split([' ', '\t', '\r', '\n']).enumerate() {
        if number > 0 && !text.is_empty() && !text.ends_with([' ', '\n']) {
            text.push(' ');
        }
        text.push_str(word);
    }
}

fn resolve(html: &str) -> String {
    let (mut text, mut rest) = (String::with_capacity(html.len()), html);
    while let Some(at) = rest.find('&') {
        text.push_str(&rest[..at]);
        rest = &rest[at..];
        let entity = rest[1..].split_once(';').filter(|(name, _)| name.len() <= 8);
        if let Some((c, after)) = entity.and_then(|(name, after)| Some((character(name)?, after))) {
            text.push(c);
            rest = after;
        } else {
            text.push('&');
            rest = &rest[1..];
        }
    }
    text.push_str(rest);
    text
}

fn character(entity: &str) -> Option<char> {
    if let Some(number) = entity.strip_prefix('#') {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16).ok()?,
            None => number.parse().ok()?,
        };
        return char::from_u32(code).filter(|c| !c.is_control() || *c == '\n');
    }
    Some(match entity {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => '\u{a0}',
        "aelig" => 'æ',
        "oslash" => 'ø',
        "aring" => 'å',
        "AElig" => 'Æ',
        "Oslash" => 'Ø',
        "Aring" => 'Å',
        "ndash" => '–',
        "mdash" => '—',
        "hellip" => '…',
        "laquo" => '«',
        "raquo" => '»',
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_become_lines_and_entities_characters() {
        let html = "<html><head><title>x</title><style>p { a: b }</style></head><body>\n<h1>Hei&nbsp;Kari</h1>\
            <p>Du har f&aring;tt\n <b>ett</b> brev &amp; to pakker.<br/>Mvh</p><!-- <p>skjult</p> --></body>";
        assert_eq!(to_plain(html), "Hei\u{a0}Kari\nDu har fått ett brev & to pakker.\nMvh");
    }

    #[test]
    fn what_is_not_html_stays_readable() {
        assert_eq!(to_plain("5 < 6 & 7 &unknown; 8 &#229;&#x1F600;"), "5 < 6 & 7 &unknown; 8 å😀");
        assert_eq!(to_plain(""), "");
        assert_eq!(to_plain("<script>alert(1)"), "");
    }
}
