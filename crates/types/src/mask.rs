//! How personal data looks where it must not be read.

/// Hides the middle of `text`: `+4799****99`, `k***o`. Short texts vanish whole.
pub fn middle(text: &str, keep_front: usize, keep_back: usize) -> String {
    let count = text.chars().count();
    if count <= keep_front + keep_back {
        return "*".repeat(count);
    }
    let front: String = text.chars().take(keep_front).collect();
    let back: String = text.chars().skip(count - keep_back).collect();
    format!("{front}{}{back}", "*".repeat(count - keep_front - keep_back))
}

/// Hides an e-mail address but for the first letter and the domain's end: `k***@***.no`.
pub fn email(text: &str) -> String {
    let first = text.chars().next().map(String::from).unwrap_or_default();
    match (text.split_once('@'), text.rsplit_once('.')) {
        (Some(_), Some((_, top))) if !top.contains('@') => format!("{first}***@***.{top}"),
        _ => "***".to_owned(),
    }
}

/// Hides every person's number in a text, which is eleven digits in a row: `14*********`. Organizations are
/// public, persons are not.
pub fn persons(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(|letter: char| letter.is_ascii_digit()) {
        let (before, from) = rest.split_at(start);
        let end = from.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(from.len());
        let (digits, after) = from.split_at(end);
        shown.push_str(before);
        if digits.len() == 11 {
            shown.push_str(&middle(digits, 2, 0));
        } else {
            shown.push_str(digits);
        }
        rest = after;
    }
    shown.push_str(rest);
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_is_hidden_and_short_texts_vanish() {
        assert_eq!(middle("+4799999999", 5, 2), "+4799****99");
        assert_eq!(middle("æøå", 2, 2), "***");
    }

    #[test]
    fn a_persons_number_is_hidden_wherever_it_stands_and_an_organizations_is_not() {
        assert_eq!(persons("14817210075"), "14*********");
        assert_eq!(persons("fastlege-for:14817210075 og 310000001"), "fastlege-for:14********* og 310000001");
        assert_eq!(persons("0192:310000001"), "0192:310000001");
        assert_eq!(persons("148172100751"), "148172100751");
        assert_eq!(persons("Åpen"), "Åpen");
    }

    #[test]
    fn an_address_keeps_its_first_letter_and_top_domain() {
        assert_eq!(email("kari@fjord.example"), "k***@***.example");
        assert_eq!(email("not an address"), "***");
        assert_eq!(email("odd@"), "***");
    }
}
