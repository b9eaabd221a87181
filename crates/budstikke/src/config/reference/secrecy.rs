//! What may be shown of a value.

use url::form_urlencoded;

/// Whether a key's value is nobody's business.
pub(crate) fn is_secret(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    let last = key.rsplit(['.', '_']).next().unwrap_or(&key);
    let harmless =
        ["file", "url", "id", "ids", "endpoint", "name", "seconds", "days", "ms", "path", "disable"];
    let secret = ["password", "secret", "token", "connection_string", "key", "headers"];
    secret.iter().any(|word| key.contains(word) && (last.contains(word) || !harmless.contains(&last)))
        && !key.contains("keystore.path")
        && !key.contains("keystore.type")
        && !key.contains("keystore.kind")
        && !key.contains("keystore.alias")
}

/// A value without the secrets in it: a key store in place of its path, a password in an address, and
/// whatever is said to be one behind it. Rather too much is left out than too little.
pub(crate) fn without_password(text: &str) -> String {
    const INLINE: &str = "base64:";
    let start = text.trim_start();
    if start.get(..INLINE.len()).is_some_and(|start| start.eq_ignore_ascii_case(INLINE)) {
        return format!("{INLINE}…");
    }
    let Some((scheme, rest)) = text.split_once("://") else { return without_pairs(text) };
    let shown = without_pairs(rest);
    // A password may hold any sign, a slash too: it ends with the last @.
    let hidden = match shown.rsplit_once('@') {
        Some((user, host)) => user.split_once(':').map(|(name, _)| format!("{name}:…@{host}")),
        // The @ stood in what is left out already, and nobody knows where that began.
        None if rest.contains('@') => shown.split_once(['?', ';']).and_then(|(head, pairs)| {
            let (name, _) = head.split_once(':')?;
            Some(format!("{name}:…{}{pairs}", &shown[head.len()..=head.len()]))
        }),
        None => None,
    };
    format!("{scheme}://{}", hidden.unwrap_or(shown))
}

/// The same with `password=…` for every pair whose name is a secret's: between `&` behind a question mark, or
/// between `;`.
fn without_pairs(text: &str) -> String {
    let (head, pairs, sign) = match text.split_once('?') {
        Some((head, pairs)) => (Some(head), pairs, "&"),
        None => (None, text, ";"),
    };
    let shown: Vec<String> = pairs.split(sign).map(without_value).collect();
    let shown = shown.join(sign);
    head.map_or_else(|| shown.clone(), |head| format!("{}?{shown}", without_pairs(head)))
}

fn without_value(pair: &str) -> String {
    let Some((name, _)) = pair.split_once('=') else { return pair.to_owned() };
    let plain = form_urlencoded::parse(name.as_bytes()).next();
    let plain = plain.map(|(plain, _)| plain.trim().to_ascii_lowercase()).unwrap_or_default();
    let short = ["pwd", "pass", "passwd", "passord", "sig"];
    if is_secret(&plain) || short.contains(&plain.as_str()) { format!("{name}=…") } else { pair.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_value_shows_a_secret() {
        for (written, shown) in [
            ("base64:MIIKegIBAzCC", "base64:…"),
            (" BASE64:MIIKegIBAzCC", "base64:…"),
            ("postgres://u:geheim@h/db", "postgres://u:…@h/db"),
            ("postgres://u:pa/ss@h/db", "postgres://u:…@h/db"),
            ("postgres://u:p@ss@h/db", "postgres://u:…@h/db"),
            ("postgres://h/db?user=u&password=geheim&ssl=1", "postgres://h/db?user=u&password=…&ssl=1"),
            ("postgres://u:w@h/db?pass%77ord=geheim", "postgres://u:…@h/db?pass%77ord=…"),
            (
                "jdbc:postgresql://h:5432/db?user=u&password=geheim",
                "jdbc:postgresql://h:5432/db?user=u&password=…",
            ),
            ("jdbc:postgresql://h:5432/db?password=ge@heim", "jdbc:postgresql://h:…?password=…"),
            ("jdbc:h2:mem:x;USER=u;PASSWORD=geheim", "jdbc:h2:mem:x;USER=u;PASSWORD=…"),
            (
                "Endpoint=sb://x/;SharedAccessKey=geheim;EntityPath=q",
                "Endpoint=sb://x/;SharedAccessKey=…;EntityPath=q",
            ),
            ("https://a.example/path?sig=geheim&b=1", "https://a.example/path?sig=…&b=1"),
            ("https://a.example:9/path?b=1", "https://a.example:9/path?b=1"),
            ("/keys/org.p12", "/keys/org.p12"),
            ("DPO, DPE", "DPO, DPE"),
        ] {
            assert_eq!(without_password(written), shown);
        }
    }
}
