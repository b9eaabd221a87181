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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_is_hidden_and_short_texts_vanish() {
        assert_eq!(middle("+4799999999", 5, 2), "+4799****99");
        assert_eq!(middle("æøå", 2, 2), "***");
    }

    #[test]
    fn an_address_keeps_its_first_letter_and_top_domain() {
        assert_eq!(email("kari@fjord.example"), "k***@***.example");
        assert_eq!(email("not an address"), "***");
        assert_eq!(email("odd@"), "***");
    }
}
