//! Reads one JSON object and knows where in the request it stands.

use serde_json::{Map, Value};

use super::{Choice, Faults, Moment};

/// One object of the request, its JSON path and its property path.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    members: &'a Map<String, Value>,
    faults: &'a Faults,
    /// `$.recipient`; `$` is the document.
    path: String,
    /// `Recipient`; empty for the document.
    key: String,
}

impl<'a> Reader<'a> {
    /// A reader of the whole document. `None` when it is no object, which is then noted.
    pub fn document(value: &'a Value, faults: &'a Faults) -> Option<Self> {
        let Value::Object(members) = value else {
            faults.json("$", "the document is not a JSON object");
            return None;
        };
        Some(Self { members, faults, path: "$".to_owned(), key: String::new() })
    }

    /// The property path of the object itself.
    pub fn own_key(&self) -> &str {
        &self.key
    }

    /// The property path of a member.
    pub fn key(&self, property: &str) -> String {
        if self.key.is_empty() { property.to_owned() } else { format!("{}.{property}", self.key) }
    }

    /// What is wrong so far.
    pub fn faults(&self) -> &'a Faults {
        self.faults
    }

    /// Notes a broken rule about a member.
    pub fn rule(&self, property: &str, message: impl Into<String>) {
        self.faults.rule(&self.key(property), message);
    }

    /// A member, by its name in any letter case; null is absent.
    fn value(&self, name: &str) -> Option<&'a Value> {
        self.present(name).filter(|value| !value.is_null())
    }

    /// Whether the member is there, be it null.
    fn present(&self, name: &str) -> Option<&'a Value> {
        let exact = self.members.get(name);
        exact.or_else(|| {
            self.members.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
        })
    }

    /// Whether a member is there and not null.
    pub fn has(&self, name: &str) -> bool {
        self.value(name).is_some()
    }

    /// Whether a member is explicitly null.
    pub fn is_null(&self, name: &str) -> bool {
        self.present(name).is_some_and(Value::is_null)
    }

    /// Notes that a value has the wrong form.
    pub fn unreadable(&self, name: &str, wanted: &str) {
        self.faults.json(&format!("{}.{name}", self.path), format!("cannot be read; {wanted} is wanted"));
    }

    /// Notes that a mandatory member is missing.
    fn missing(&self, name: &str) {
        self.faults.json(&self.path, format!("the member '{name}' is missing"));
    }

    /// Optional text, as it is.
    pub fn text(&self, name: &str) -> Option<&'a str> {
        let Value::String(text) = self.value(name)? else {
            self.unreadable(name, "text");
            return None;
        };
        self.keepable(name, text)
    }

    /// Text without U+0000, which no message can carry and not every database can keep.
    fn keepable(&self, name: &str, text: &'a str) -> Option<&'a str> {
        if text.contains('\0') {
            self.unreadable(name, "text without the character U+0000");
            return None;
        }
        Some(text)
    }

    /// Mandatory text that is not blank.
    pub fn needed_text(&self, name: &str) -> Option<&'a str> {
        self.needed_text_as(name, &pascal(name))
    }

    /// The same, where the property has a name of its own.
    pub fn needed_text_as(&self, name: &str, property: &str) -> Option<&'a str> {
        match self.present(name) {
            None => {
                self.missing(name);
                None
            }
            Some(Value::String(text)) if !text.trim().is_empty() => self.keepable(name, text),
            Some(Value::String(_) | Value::Null) => {
                self.faults.required(&self.key(property), "must not be blank");
                None
            }
            Some(_) => {
                self.unreadable(name, "text");
                None
            }
        }
    }

    /// Optional whole number; text that holds one will do.
    pub fn integer(&self, name: &str) -> Option<i64> {
        let value = self.value(name)?;
        let number = match value {
            Value::Number(number) => number.as_i64(),
            Value::String(text) => text.parse().ok(),
            _ => None,
        };
        if number.is_none() {
            self.unreadable(name, "a whole number");
        }
        number
    }

    /// Mandatory whole number.
    pub fn needed_integer(&self, name: &str) -> Option<i64> {
        match self.present(name) {
            None => {
                self.missing(name);
                None
            }
            Some(Value::Null) => {
                self.unreadable(name, "a whole number");
                None
            }
            Some(_) => self.integer(name),
        }
    }

    /// Optional truth value.
    pub fn flag(&self, name: &str) -> Option<bool> {
        let Value::Bool(flag) = self.value(name)? else {
            self.unreadable(name, "true or false");
            return None;
        };
        Some(*flag)
    }

    /// Optional enum: a name in any letter case, or an ordinal.
    pub fn choice<C: Choice>(&self, name: &str) -> Option<C> {
        match self.value(name)? {
            Value::String(text) => {
                let ordinal = || text.parse().ok().and_then(C::from_ordinal);
                let found = C::from_name(text).or_else(ordinal);
                if found.is_none() {
                    self.unreadable(name, &format!("one of {}", C::names()));
                }
                found
            }
            Value::Number(number) => {
                let found = number.as_i64().and_then(C::from_ordinal);
                if found.is_none() {
                    self.rule(&pascal(name), format!("must be one of {}", C::names()));
                }
                found
            }
            _ => {
                self.unreadable(name, &format!("one of {}", C::names()));
                None
            }
        }
    }

    /// Mandatory enum.
    pub fn needed_choice<C: Choice>(&self, name: &str) -> Option<C> {
        match self.present(name) {
            None => {
                self.missing(name);
                None
            }
            Some(Value::Null) => {
                self.unreadable(name, &format!("one of {}", C::names()));
                None
            }
            Some(_) => self.choice(name),
        }
    }

    /// Optional moment.
    pub fn moment(&self, name: &str) -> Option<Moment> {
        let found = match self.value(name)? {
            Value::String(text) => Moment::parse(text),
            _ => None,
        };
        if found.is_none() {
            self.unreadable(name, "a date and time with a zone");
        }
        found
    }

    /// Optional object.
    pub fn object(&self, name: &str) -> Option<Self> {
        self.object_as(name, &pascal(name))
    }

    /// The same, where the property has a name of its own.
    pub fn object_as(&self, name: &str, property: &str) -> Option<Self> {
        self.read_object(self.value(name)?, &format!("{}.{name}", self.path), self.key(property))
    }

    /// Mandatory object.
    pub fn needed_object(&self, name: &str) -> Option<Self> {
        self.needed_object_as(name, &pascal(name))
    }

    /// The same, where the property has a name of its own.
    pub fn needed_object_as(&self, name: &str, property: &str) -> Option<Self> {
        match self.present(name) {
            None => {
                self.missing(name);
                None
            }
            Some(Value::Null) => {
                self.faults.required(&self.key(property), "must not be null");
                None
            }
            Some(_) => self.object_as(name, property),
        }
    }

    /// Optional list of texts; an absent one is empty.
    pub fn texts(&self, name: &str) -> Vec<&'a str> {
        let Some(value) = self.value(name) else {
            return Vec::new();
        };
        let texts =
            value.as_array().and_then(|items| items.iter().map(Value::as_str).collect::<Option<Vec<_>>>());
        let Some(texts) = texts else {
            self.unreadable(name, "a list of texts");
            return Vec::new();
        };
        texts.into_iter().filter_map(|text| self.keepable(name, text)).collect()
    }

    /// Optional list of objects; an absent one is empty.
    pub fn objects(&self, name: &str) -> Vec<Self> {
        self.read_objects(name, |_| true)
    }

    fn read_objects(&self, name: &str, wanted: impl Fn(&Value) -> bool) -> Vec<Self> {
        let Some(value) = self.value(name) else {
            return Vec::new();
        };
        let Value::Array(items) = value else {
            self.unreadable(name, "a list");
            return Vec::new();
        };
        let key = self.key(&pascal(name));
        let read = |(index, item)| {
            self.read_object(item, &format!("{}.{name}[{index}]", self.path), format!("{key}[{index}]"))
        };
        items.iter().enumerate().filter(|(_, item)| wanted(item)).filter_map(read).collect()
    }

    /// Optional list of objects, of which each must be one; what is null breaks a rule about itself.
    pub fn objects_not_null(&self, name: &str) -> Vec<Self> {
        if let Some(Value::Array(items)) = self.value(name) {
            let key = self.key(&pascal(name));
            for (index, _) in items.iter().enumerate().filter(|(_, item)| item.is_null()) {
                self.faults.rule(&format!("{key}[{index}]"), "must not be null");
            }
        }
        self.read_objects(name, |item| !item.is_null())
    }

    /// Mandatory list of texts.
    pub fn needed_texts(&self, name: &str) -> Option<Vec<&'a str>> {
        let Some(value) = self.present(name) else {
            self.missing(name);
            return None;
        };
        let Value::Array(items) = value else {
            self.unreadable(name, "a list");
            return None;
        };
        let texts: Option<Vec<_>> = items.iter().map(Value::as_str).collect();
        if texts.is_none() {
            self.unreadable(name, "a list of texts");
        }
        texts
    }

    fn read_object(&self, value: &'a Value, path: &str, key: String) -> Option<Self> {
        let Value::Object(members) = value else {
            self.faults.json(path, "cannot be read; an object is wanted");
            return None;
        };
        Some(Self { members, faults: self.faults, path: path.to_owned(), key })
    }
}

/// `phoneNumber` is `PhoneNumber` in property paths.
pub fn pascal(name: &str) -> String {
    let mut chars = name.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

#[cfg(test)]
mod tests;
