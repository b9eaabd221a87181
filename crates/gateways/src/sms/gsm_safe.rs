//! Texts in the cheaper alphabet: what can stand for characters that force the dearer one.
//!
//! Typography becomes plain signs, and letters lose the marks that the GSM alphabet does not know. Where a
//! name is meant, that is a misspelling, so this is offered and never done by itself.

use super::parts::SmsParts;

/// What may stand for a character that the GSM alphabet lacks; nothing where it has no likeness.
pub fn replacement(character: char) -> Option<&'static str> {
    Some(match character {
        '\u{2018}'..='\u{201B}' | '\u{2032}' | '\u{00B4}' | '`' | '\u{02BC}' => "'",
        '\u{201C}'..='\u{201F}' | '\u{2033}' | '«' | '»' => "\"",
        '\u{2039}' => "<",
        '\u{203A}' => ">",
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{00AD}' => "-",
        '\u{2026}' => "...",
        '\u{2022}' | '\u{00B7}' => "*",
        '\u{00A0}' | '\u{2002}'..='\u{200A}' | '\u{202F}' | '\u{3000}' | '\t' => " ",
        '\u{200B}'..='\u{200D}' | '\u{2060}' | '\u{FEFF}' | '\u{FE0E}' | '\u{FE0F}' => "",
        '©' => "(c)",
        '®' => "(R)",
        '™' => "TM",
        '№' => "Nr",
        '½' => "1/2",
        '¼' => "1/4",
        '¾' => "3/4",
        '×' => "x",
        '÷' => "/",
        '°' => " grader",
        '→' => "->",
        '←' => "<-",
        other => letter(other)?,
    })
}

/// Letters without the marks that the alphabet does not know; those of the Sami languages among them.
const fn letter(character: char) -> Option<&'static str> {
    Some(match character {
        'á' | 'â' | 'ã' | 'ā' | 'ă' | 'ą' => "a",
        'Á' | 'À' | 'Â' | 'Ã' | 'Ā' | 'Ă' | 'Ą' => "A",
        'č' | 'ć' | 'ç' | 'ĉ' | 'ċ' => "c",
        'Č' | 'Ć' | 'Ĉ' | 'Ċ' => "C",
        'đ' | 'ď' | 'ð' => "d",
        'Đ' | 'Ď' | 'Ð' => "D",
        'ê' | 'ë' | 'ē' | 'ė' | 'ę' | 'ě' => "e",
        'È' | 'Ê' | 'Ë' | 'Ē' | 'Ė' | 'Ę' | 'Ě' => "E",
        'ğ' | 'ģ' | 'ǧ' | 'ǥ' => "g",
        'Ğ' | 'Ģ' | 'Ǧ' | 'Ǥ' => "G",
        'í' | 'î' | 'ï' | 'ī' | 'į' | 'ı' => "i",
        'Í' | 'Ì' | 'Î' | 'Ï' | 'Ī' | 'Į' | 'İ' => "I",
        'ķ' | 'ǩ' => "k",
        'Ķ' | 'Ǩ' => "K",
        'ł' | 'ļ' | 'ľ' | 'ĺ' => "l",
        'Ł' | 'Ļ' | 'Ľ' | 'Ĺ' => "L",
        'ń' | 'ň' | 'ņ' | 'ŋ' => "n",
        'Ń' | 'Ň' | 'Ņ' | 'Ŋ' => "N",
        'ó' | 'ô' | 'õ' | 'ō' | 'ő' => "o",
        'Ó' | 'Ò' | 'Ô' | 'Õ' | 'Ō' | 'Ő' => "O",
        'ŕ' | 'ř' => "r",
        'Ŕ' | 'Ř' => "R",
        'š' | 'ś' | 'ş' | 'ș' => "s",
        'Š' | 'Ś' | 'Ş' | 'Ș' => "S",
        'ť' | 'ţ' | 'ț' | 'ŧ' => "t",
        'Ť' | 'Ţ' | 'Ț' | 'Ŧ' => "T",
        'ú' | 'û' | 'ū' | 'ů' | 'ű' | 'ų' => "u",
        'Ú' | 'Ù' | 'Û' | 'Ū' | 'Ů' | 'Ű' | 'Ų' => "U",
        'ý' | 'ÿ' => "y",
        'Ý' | 'Ÿ' => "Y",
        'ž' | 'ź' | 'ż' | 'ʒ' | 'ǯ' => "z",
        'Ž' | 'Ź' | 'Ż' | 'Ʒ' | 'Ǯ' => "Z",
        'œ' => "oe",
        'Œ' => "OE",
        'þ' => "th",
        'Þ' => "Th",
        _ => return None,
    })
}

/// The text in the cheaper alphabet. Nothing where it is in that already, or where a character has no
/// likeness there.
pub fn text(text: &str) -> Option<String> {
    let offending = SmsParts::of(text).offending;
    if offending.is_empty() {
        return None;
    }
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        if offending.contains(&character) {
            safe.push_str(replacement(character)?);
        } else {
            safe.push(character);
        }
    }
    Some(safe)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typography_and_marks_go_and_the_rest_stays() {
        assert_eq!(text("“Čáhci” koster 10 € – čáhci…").as_deref(), Some("\"Cahci\" koster 10 € - cahci..."));
        assert_eq!(text("Blåbær"), None);
        assert_eq!(text("Hei 😀"), None);
    }

    #[test]
    fn what_is_offered_is_in_the_cheaper_alphabet() {
        let every = (0..=0xFFFF).filter_map(char::from_u32).filter_map(replacement);
        for offered in every {
            assert!(SmsParts::of(offered).offending.is_empty(), "{offered}");
        }
    }

    #[test]
    fn nothing_is_offered_for_what_the_alphabet_has() {
        for character in (0..=0xFFFF).filter_map(char::from_u32) {
            let has = SmsParts::of(&character.to_string()).offending.is_empty();
            assert!(!has || replacement(character).is_none(), "{character}");
        }
    }
}
