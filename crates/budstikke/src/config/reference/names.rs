//! Names of keys, written in any of the ways that the reference takes.

/// A key in its plainest form: `lock-timeout-minutes`, `lockTimeoutMinutes` and `lock_timeout_minutes` are
/// one. Places in lists stay.
pub(super) fn plain(key: &str) -> String {
    key.chars().filter(|sign| !matches!(sign, '-' | '_')).flat_map(char::to_lowercase).collect()
}

/// Whether a key is the one with this name in the table, whose lists are written `[]` and whose families
/// end with `.*`; and, where it is in a list, at which place.
pub(super) fn matches(name: &str, key: &str) -> Option<usize> {
    let (name, key) = (plain(name), plain(key));
    if let Some(family) = name.strip_suffix('*') {
        return key.starts_with(family).then_some(0);
    }
    match name.split_once("[]") {
        None => (name == key).then_some(0),
        Some((before, after)) => {
            let place = key.strip_prefix(before)?.strip_suffix(after)?;
            place.strip_prefix('[')?.strip_suffix(']')?.parse().ok()
        }
    }
}

/// The same for a variable of the environment, where dots and places are underscores too.
pub(super) fn matches_variable(name: &str, variable: &str) -> Option<usize> {
    let flat = |text: &str| plain(text).replace('.', "");
    let variable = flat(variable);
    if name.ends_with('*') {
        return variable.starts_with(&flat(&name.replace('*', ""))).then_some(0);
    }
    match name.split_once("[]") {
        None => (flat(name) == variable).then_some(0),
        Some((before, after)) => {
            variable.strip_prefix(&flat(before))?.strip_suffix(&flat(after))?.parse().ok()
        }
    }
}

/// The name that looks most like a key, if any looks like it.
pub(super) fn nearest<'n>(key: &str, names: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let key = plain(key);
    let measured = names.map(|name| (distance(&key, &plain(name)), name));
    measured
        .min_by_key(|(distance, _)| *distance)
        .filter(|(distance, _)| *distance <= 4)
        .map(|(_, name)| name)
}

/// How many letters must be changed, added or taken away.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (at, sign) in one.chars().enumerate() {
        let mut corner = row[0];
        row[0] = at + 1;
        for (place, theirs) in other.iter().enumerate() {
            let changed = corner + usize::from(sign != *theirs);
            corner = row[place + 1];
            row[place + 1] = changed.min(corner + 1).min(row[place] + 1);
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_relaxed() {
        let name = "difi.move.nextmove.lockTimeoutMinutes";
        for key in
            ["difi.move.nextmove.lock-timeout-minutes", "difi.move.nextmove.lock_timeout_minutes", name]
        {
            assert_eq!(matches(name, key), Some(0), "{key}");
        }
        assert_eq!(matches(name, "difi.move.nextmove.lockTimeout"), None);
        assert_eq!(matches_variable(name, "DIFI_MOVE_NEXTMOVE_LOCKTIMEOUTMINUTES"), Some(0));
        assert_eq!(matches_variable("difi.move.org.number", "DIFI_MOVE_ORG_NUMBER"), Some(0));
    }

    #[test]
    fn places_in_lists_are_found() {
        let name = "difi.move.dpo.reportees[].orgId";
        assert_eq!(matches(name, "difi.move.dpo.reportees[12].org-id"), Some(12));
        assert_eq!(matches_variable(name, "DIFI_MOVE_DPO_REPORTEES_3_ORGID"), Some(3));
        assert_eq!(matches("difi.move.dpi.*", "difi.move.dpi.timeout.read"), Some(0));
    }

    #[test]
    fn what_is_nearly_right_is_suggested() {
        let names = ["difi.move.org.number", "server.port"];
        assert_eq!(nearest("difi.move.org.numbr", names.into_iter()), Some("difi.move.org.number"));
        assert_eq!(nearest("something.else.altogether", names.into_iter()), None);
    }
}
