//! How the tables are written and read.
//!
//! `type = …` names what stands in a type, in its order, and `type < base = …` what comes behind the
//! contents of another. A name alone is an element with a text; `name@` has a type of the same name,
//! `name:value` a value that the other tables do not give it. `?`, `*` and `+` say how often, `( a | b )`
//! leaves a choice. Names are unlike each other within a type, so that one that stands wrong is known.

use std::collections::{HashMap, HashSet};

use super::values::Value;

/// What stands in an element.
#[derive(Clone, Debug)]
pub(super) enum Content {
    /// Elements of this type.
    Type(String),
    /// A text.
    Value(Value),
    /// Anything; it is not looked at.
    Any,
}

/// An element of a type.
#[derive(Clone, Debug)]
pub(super) struct Element {
    pub(super) name: String,
    pub(super) content: Content,
    /// Whether its type can do without it, or without the choice it belongs to.
    optional: bool,
}

/// A type: its elements, and which may follow which.
#[derive(Clone, Debug)]
pub(super) struct Type {
    pub(super) elements: Vec<Element>,
    base: Option<String>,
    first: Vec<usize>,
    follow: Vec<Vec<usize>>,
    last: HashSet<usize>,
    may_be_empty: bool,
}

impl Type {
    /// The place of an element in the type.
    pub(super) fn place(&self, name: &str) -> Option<usize> {
        self.elements.iter().position(|element| element.name == name)
    }

    /// What may stand behind this element; at the beginning without one.
    pub(super) fn next(&self, after: Option<usize>) -> &[usize] {
        after.map_or(&self.first, |place| &self.follow[place])
    }

    /// What must come next, before anything may end: the elements of which one may not be left out.
    pub(super) fn required(&self, after: Option<usize>) -> Vec<&str> {
        let next = self.next(after).iter().map(|place| &self.elements[*place]);
        next.filter(|element| !element.optional).map(|element| element.name.as_str()).collect()
    }

    /// Whether the type may end behind this element.
    pub(super) fn may_end(&self, after: Option<usize>) -> bool {
        after.map_or(self.may_be_empty, |place| self.last.contains(&place))
    }
}

/// A whole shape.
#[derive(Clone, Debug)]
pub(super) struct Schema {
    types: HashMap<String, Type>,
}

impl Schema {
    /// Reads the tables. They are ours, so what is wrong in them is found by the tests.
    pub(super) fn read(types: &str, values: &str, codes: &str) -> Self {
        let values = named_values(values, codes);
        let lines: Vec<(String, Option<String>, String)> = rows(types)
            .map(|(head, body)| match head.split_once('<') {
                Some((name, base)) => (name.trim().to_owned(), Some(base.trim().to_owned()), body),
                None => (head, None, body),
            })
            .collect();
        let types = lines.iter().map(|(name, base, _)| {
            let mut builder = Builder { values: &values, elements: Vec::new(), follow: Vec::new() };
            let whole = with_bases(&lines, name);
            let shape = builder.sequence(&mut whole.split_whitespace().peekable());
            let built = Type {
                elements: builder.elements,
                base: base.clone(),
                first: shape.first,
                follow: builder.follow,
                last: shape.last.into_iter().collect(),
                may_be_empty: shape.empty,
            };
            (name.clone(), built)
        });
        Self { types: types.collect() }
    }

    /// A type by its name.
    pub(super) fn get(&self, name: &str) -> Option<&Type> {
        self.types.get(name)
    }

    /// Whether a type is this one or says more of it.
    pub(super) fn is_kind_of(&self, name: &str, wanted: &str) -> bool {
        let mut at = Some(name);
        while let Some(name) = at {
            if name == wanted {
                return true;
            }
            at = self.get(name).and_then(|found| found.base.as_deref());
        }
        false
    }

    #[cfg(test)]
    pub(super) fn types(&self) -> impl Iterator<Item = (&String, &Type)> {
        self.types.iter()
    }
}

/// `head = body` of each line.
fn rows(table: &str) -> impl Iterator<Item = (String, String)> {
    let rows = table.lines().filter_map(|line| line.split_once('='));
    rows.map(|(head, body)| (head.trim().to_owned(), body.trim().to_owned()))
}

fn with_bases(lines: &[(String, Option<String>, String)], name: &str) -> String {
    let Some((_, base, body)) = lines.iter().find(|(known, ..)| known == name) else { return String::new() };
    match base {
        Some(base) => format!("{} {body}", with_bases(lines, base)),
        None => body.clone(),
    }
}

fn named_values(values: &str, codes: &str) -> HashMap<String, Content> {
    let mut named = HashMap::new();
    for (value, names) in rows(values) {
        let content = content_of(&value);
        named.extend(names.split_whitespace().map(|name| (name.to_owned(), content.clone())));
    }
    for (name, list) in rows(codes) {
        let codes = list.split(';').map(|code| code.trim().to_owned()).collect();
        named.insert(name, Content::Value(Value::Code(codes)));
    }
    named
}

fn content_of(value: &str) -> Content {
    let known = || Value::named(value).expect("the tables name values that there are");
    if value == "any" { Content::Any } else { Content::Value(known()) }
}

/// What a part of a type can begin and end with.
struct Shape {
    first: Vec<usize>,
    last: Vec<usize>,
    empty: bool,
}

struct Builder<'v> {
    values: &'v HashMap<String, Content>,
    elements: Vec<Element>,
    follow: Vec<Vec<usize>>,
}

type Tokens<'t> = std::iter::Peekable<std::str::SplitWhitespace<'t>>;

impl Builder<'_> {
    /// Reads up to the end, or to the sign that closes or divides a group.
    fn sequence(&mut self, tokens: &mut Tokens<'_>) -> Shape {
        let mut all = Shape { first: Vec::new(), last: Vec::new(), empty: true };
        while let Some(token) = tokens.next_if(|token| *token != "|" && !token.starts_with(')')) {
            let part = if token == "(" { self.group(tokens) } else { self.element(token) };
            for &place in &all.last {
                self.follow[place].extend(&part.first);
            }
            if all.empty {
                all.first.extend(&part.first);
            }
            if !part.empty {
                all.last.clear();
            }
            all.last.extend(&part.last);
            all.empty &= part.empty;
        }
        all
    }

    fn group(&mut self, tokens: &mut Tokens<'_>) -> Shape {
        let begin = self.elements.len();
        let mut all = self.sequence(tokens);
        while tokens.next_if_eq(&"|").is_some() {
            let other = self.sequence(tokens);
            all.first.extend(other.first);
            all.last.extend(other.last);
            all.empty |= other.empty;
        }
        let close = tokens.next().unwrap_or(")");
        let sign = close.strip_prefix(')').unwrap_or_default();
        for element in &mut self.elements[begin..] {
            element.optional |= matches!(sign, "*" | "?");
        }
        self.repeat(all, sign)
    }

    fn element(&mut self, token: &str) -> Shape {
        let bare = token.trim_end_matches(['?', '*', '+']);
        let (name, content) = if let Some(name) = bare.strip_suffix('@') {
            (name, Content::Type(name.to_owned()))
        } else if let Some((name, value)) = bare.split_once(':') {
            (name, content_of(value))
        } else {
            (bare, self.values.get(bare).cloned().unwrap_or(Content::Value(Value::Text)))
        };
        let (place, sign) = (self.elements.len(), &token[bare.len()..]);
        let optional = matches!(sign, "*" | "?");
        self.elements.push(Element { name: name.to_owned(), content, optional });
        self.follow.push(Vec::new());
        self.repeat(Shape { first: vec![place], last: vec![place], empty: false }, sign)
    }

    fn repeat(&mut self, mut shape: Shape, sign: &str) -> Shape {
        if matches!(sign, "*" | "+") {
            for &place in &shape.last {
                self.follow[place].extend(&shape.first);
            }
        }
        shape.empty |= matches!(sign, "*" | "?");
        shape
    }
}
