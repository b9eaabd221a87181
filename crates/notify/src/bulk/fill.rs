//! What a line says, laid over what the template says. Pure.

use serde_json::Value;

/// Lays one document over another: objects member by member, everything else as a whole. Member names
/// match in any letter case, as they do when an order is read.
pub(super) fn overlay(below: &Value, above: Value) -> Value {
    match (below, above) {
        (Value::Object(below), Value::Object(above)) => {
            let mut members = below.clone();
            for (name, value) in above {
                let known = members.keys().find(|known| known.eq_ignore_ascii_case(&name)).cloned();
                let value = match known.and_then(|known| members.remove(&known)) {
                    Some(old) => overlay(&old, value),
                    None => value,
                };
                members.insert(name, value);
            }
            Value::Object(members)
        }
        (_, above) => above,
    }
}

/// Takes `fields` out of a line and fills them into its subjects and bodies. What is filled into HTML is
/// made harmless there. Answers what is wrong with the fields, if anything.
pub(super) fn fill(line: &mut Value) -> Result<(), &'static str> {
    let Some(members) = line.as_object_mut() else { return Ok(()) };
    let name = members.keys().find(|name| name.eq_ignore_ascii_case("fields")).cloned();
    let Some(fields) = name.and_then(|name| members.remove(&name)) else { return Ok(()) };
    let Value::Object(fields) = fields else { return Err("must be an object") };
    let mut read = Vec::with_capacity(fields.len());
    for (name, value) in fields {
        let value = match value {
            Value::String(text) => text,
            Value::Number(number) => number.to_string(),
            _ => return Err("must have texts or numbers only"),
        };
        read.push((format!("${name}$"), value));
    }
    if !read.is_empty() {
        fill_in(line, &read);
    }
    Ok(())
}

fn fill_in(value: &mut Value, fields: &[(String, String)]) {
    match value {
        Value::Object(members) => {
            let is_html = members.iter().any(|(name, value)| {
                name.eq_ignore_ascii_case("contentType")
                    && (value.as_str().is_some_and(|kind| kind.eq_ignore_ascii_case("html"))
                        || value.as_i64() == Some(1))
            });
            for (name, value) in members {
                let is_body = name.eq_ignore_ascii_case("body");
                match value {
                    Value::String(text) if is_body || name.eq_ignore_ascii_case("subject") => {
                        *text = filled(text, fields, is_html && is_body);
                    }
                    other => fill_in(other, fields),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| fill_in(item, fields)),
        _ => {}
    }
}

/// One walk over the text, so that what is filled in is never filled again.
fn filled(text: &str, fields: &[(String, String)], is_html: bool) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(place) = rest.find('$') {
        out.push_str(&rest[..place]);
        rest = &rest[place..];
        if let Some((name, value)) = fields.iter().find(|(name, _)| rest.starts_with(name.as_str())) {
            if is_html {
                escape(value, &mut out);
            } else {
                out.push_str(value);
            }
            rest = &rest[name.len()..];
        } else {
            out.push('$');
            rest = &rest[1..];
        }
    }
    out.push_str(rest);
    out
}

fn escape(value: &str, out: &mut String) {
    for sign in value.chars() {
        match sign {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_line_is_laid_over_its_template_member_by_member() {
        let template = json!({ "recipient": { "recipientSms": { "smsSettings": { "body": "Hei" } } },
            "sendersReference": "s", "reminders": [1, 2] });
        let line = json!({ "idempotencyId": "a", "Recipient": { "recipientSMS": { "phoneNumber": "+47" } },
            "reminders": [] });
        let expected = json!({ "idempotencyId": "a", "sendersReference": "s", "reminders": [],
            "Recipient": { "recipientSMS": { "phoneNumber": "+47", "smsSettings": { "body": "Hei" } } } });
        assert_eq!(overlay(&template, line), expected);
    }

    #[test]
    fn fields_fill_subjects_and_bodies_only_and_only_once() {
        let mut line = json!({ "fields": { "sum": 12, "who": "$sum$" }, "sendersReference": "$sum$",
            "emailSettings": { "subject": "$who$", "body": "$sum$ kr, $missing$ 5$", "contentType": "Plain" } });
        fill(&mut line).expect("fields");
        let settings = json!({ "subject": "$sum$", "body": "12 kr, $missing$ 5$", "contentType": "Plain" });
        assert_eq!(line, json!({ "sendersReference": "$sum$", "emailSettings": settings }));
    }

    #[test]
    fn what_is_filled_into_html_is_no_markup() {
        let mut line = json!({ "fields": { "who": "<b>&\"'" },
            "a": [{ "subject": "$who$", "body": "<p>$who$</p>", "ContentType": "html" }] });
        fill(&mut line).expect("fields");
        assert_eq!(line["a"][0]["body"], "<p>&lt;b&gt;&amp;&quot;&#39;</p>");
        assert_eq!(line["a"][0]["subject"], "<b>&\"'");
    }

    #[test]
    fn fields_are_texts_or_numbers() {
        assert!(fill(&mut json!({ "fields": [] })).is_err());
        assert!(fill(&mut json!({ "fields": { "a": {} } })).is_err());
    }
}
