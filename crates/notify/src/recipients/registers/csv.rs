//! CSV for the embedded register, as spreadsheets write it (RFC 4180): the first line names the columns,
//! by the same names as in JSON, and says by them what the file is about.
//!
//! | file of | must have | may have |
//! |---|---|---|
//! | persons | `nationalIdentityNumber` | `name`, `email`, `mobile`, `reserved`, `lastConfirmed`, `emailLastConfirmed`, `mobileLastConfirmed` |
//! | accounts | `username` | `email`, `mobile` |
//! | rights | `userId`, `partyId`, `resource` | `action` |
//! | users | `organizationNumber`, `userId` | `email`, `mobile`, `resources` |
//! | organizations | `organizationNumber` | `partyId`, `name`, `mainUnit`, `emails`, `mobiles` |
//!
//! Fields are separated by comma, semicolon or tab, whichever the first line uses; several addresses or
//! resources in one field by spaces or `|`; `-` is an empty list, an empty field no list at all. A byte
//! order mark at the beginning is passed over.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::import::RegisterFile;
use super::imported::ImportError;

/// Reads a file whole.
pub(super) fn parse(csv: &[u8]) -> Result<RegisterFile, ImportError> {
    let text = std::str::from_utf8(csv).map_err(|_| wrong(1, "not UTF-8"))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let first = text.lines().next().unwrap_or_default();
    let separator = [';', '\t'].into_iter().find(|sign| first.contains(*sign)).unwrap_or(',');
    let mut lines = Lines { rest: text, line: 1, separator };
    let (_, columns) = lines.next().ok_or_else(|| wrong(1, "the names of the columns are missing"))??;
    let columns: Vec<String> = columns.iter().map(|name| name.trim().to_owned()).collect();
    let has = |name: &str| columns.iter().any(|column| column == name);
    let mut file = RegisterFile::default();
    if has("nationalIdentityNumber") {
        file.persons = Some(records(lines, &columns)?);
    } else if has("username") {
        file.accounts = Some(records(lines, &columns)?);
    } else if has("partyId") && has("userId") {
        file.grants = Some(records(lines, &columns)?);
    } else if has("organizationNumber") && has("userId") {
        file.users = Some(records(lines, &columns)?);
    } else if has("organizationNumber") {
        file.organizations = Some(records(lines, &columns)?);
    } else {
        return Err(wrong(1, "the columns do not say what the file is about"));
    }
    file.check()
}

fn wrong(line: usize, what: &'static str) -> ImportError {
    ImportError::Row { line, what }
}

fn records<T: DeserializeOwned>(lines: Lines<'_>, columns: &[String]) -> Result<Vec<T>, ImportError> {
    let mut all = Vec::new();
    for line in lines {
        let (number, fields) = line?;
        if fields.len() == 1 && fields[0].trim().is_empty() {
            continue;
        }
        if fields.len() != columns.len() {
            return Err(wrong(number, "not as many fields as columns"));
        }
        let members = columns.iter().zip(&fields).filter_map(|(column, field)| {
            let field = field.trim();
            (!field.is_empty()).then(|| (column.clone(), value(column, field)))
        });
        let record = Value::Object(members.collect::<Map<_, _>>());
        let record = serde_json::from_value(record);
        all.push(record.map_err(|_| wrong(number, "a field is not what its column says, or is missing"))?);
    }
    Ok(all)
}

/// A field as JSON would have it.
fn value(column: &str, field: &str) -> Value {
    match column {
        "emails" | "mobiles" | "resources" if field == "-" => Value::Array(Vec::new()),
        "emails" | "resources" => list(field.split([' ', '|'])),
        // Spaces may stand inside a number.
        "mobiles" => list(field.split('|')),
        "userId" | "partyId" => field.parse::<i64>().map_or_else(|_| field.into(), Value::from),
        "reserved" => match field.to_ascii_lowercase().as_str() {
            "true" | "1" | "ja" | "yes" => true.into(),
            "false" | "0" | "nei" | "no" => false.into(),
            _ => field.into(),
        },
        _ => field.into(),
    }
}

fn list<'f>(parts: impl Iterator<Item = &'f str>) -> Value {
    parts.map(str::trim).filter(|part| !part.is_empty()).map(Value::from).collect()
}

/// The lines of a file, each with its number and its fields.
struct Lines<'t> {
    rest: &'t str,
    line: usize,
    separator: char,
}

impl Iterator for Lines<'_> {
    type Item = Result<(usize, Vec<String>), ImportError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let number = self.line;
        let fields = self.fields();
        if fields.is_err() {
            self.rest = "";
        }
        Some(fields.map(|fields| (number, fields)).map_err(|what| wrong(number, what)))
    }
}

impl<'t> Lines<'t> {
    /// The fields of the line that comes.
    fn fields(&mut self) -> Result<Vec<String>, &'static str> {
        let mut fields = Vec::new();
        loop {
            let (field, after) = self.field()?;
            self.line += field.matches('\n').count();
            fields.push(field);
            if let Some(after) = after.strip_prefix(self.separator) {
                self.rest = after;
                continue;
            }
            let after = after.strip_prefix('\r').unwrap_or(after);
            self.rest = match after.strip_prefix('\n') {
                Some(after) => after,
                None if after.is_empty() => "",
                None => return Err("something follows a quotation mark"),
            };
            self.line += 1;
            return Ok(fields);
        }
    }

    fn field(&self) -> Result<(String, &'t str), &'static str> {
        if let Some(quoted) = self.rest.strip_prefix('"') {
            return unquoted(quoted).ok_or("a quotation mark is not closed");
        }
        let end = self.rest.find([self.separator, '\n']).unwrap_or(self.rest.len());
        Ok((self.rest[..end].trim_end_matches('\r').to_owned(), &self.rest[end..]))
    }
}

/// A field up to its closing quotation mark, with doubled ones made single, and what follows.
fn unquoted(text: &str) -> Option<(String, &str)> {
    let (mut field, mut rest) = (String::new(), text);
    loop {
        let end = rest.find('"')?;
        field.push_str(&rest[..end]);
        rest = &rest[end + 1..];
        match rest.strip_prefix('"') {
            Some(after) => {
                field.push('"');
                rest = after;
            }
            None => return Some((field, rest)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(csv: &str) -> Value {
        serde_json::to_value(parse(csv.as_bytes()).expect("a file")).expect("JSON")
    }

    #[test]
    fn the_columns_say_what_a_file_is_about() {
        let persons = "\u{feff}nationalIdentityNumber;name;email;reserved;lastConfirmed\r\n\
            13858130624;\"Nordmann; \"\"Kari\"\"\";kari@fjord.example;nei;2026-01-01T00:00:00Z\r\n\r\n\
            07906636225;;;JA;\r\n";
        let read_persons = read(persons);
        assert_eq!(read_persons["persons"][0]["name"], "Nordmann; \"Kari\"");
        assert_eq!(read_persons["persons"][1]["reserved"], true);
        let organizations = "organizationNumber,name,emails,mobiles\n310000019,\"Fjord\nAS\",a@b.no c@d.no,+47 40 00 00 00|40000001\n310000027,,-,";
        let read_organizations = read(organizations);
        let first = &read_organizations["organizations"][0];
        assert_eq!(first["mobiles"], serde_json::json!(["+47 40 00 00 00", "40000001"]));
        assert_eq!(
            (&first["name"], first["emails"].as_array().map(Vec::len)),
            (&"Fjord\nAS".into(), Some(2))
        );
        let second = &read_organizations["organizations"][1];
        assert_eq!((&second["emails"], &second["mobiles"]), (&serde_json::json!([]), &Value::Null));
        assert_eq!(read("username\temail\nola\ta@b.no")["accounts"][0]["email"], "a@b.no");
        let users = read("organizationNumber,userId,email,resources\n310000019,7,a@b.no,x|y");
        assert_eq!(users["users"][0]["resources"], serde_json::json!(["x", "y"]));
        let grants = read("userId,partyId,resource,action\n7,500700,*,\n");
        assert_eq!(
            grants["grants"][0],
            serde_json::json!({ "userId": 7, "partyId": 500_700, "resource": "*", "action": "*" })
        );
    }

    #[test]
    fn what_is_wrong_is_refused_with_its_line() {
        let line = |csv: &[u8]| match parse(csv) {
            Err(ImportError::Row { line, .. }) => line,
            other => panic!("{other:?}"),
        };
        assert_eq!(line(b""), 1);
        assert_eq!(line(b"\xff"), 1);
        assert_eq!(line(b"name,email\nKari,a@b.no"), 1);
        assert_eq!(line(b"nationalIdentityNumber,name\n13858130624"), 2);
        assert_eq!(line(b"nationalIdentityNumber,name\n13858130624,Kari\n1,Ola"), 3);
        assert_eq!(line(b"nationalIdentityNumber,shoe\n13858130624,44"), 2);
        assert_eq!(line(b"username,email\n\"a\nb\",c@d.no\n\"open,"), 4);
        assert_eq!(line(b"username,email\n\"a\"b,c@d.no"), 2);
        assert_eq!(line(b"userId,partyId,resource\nx,1,y"), 2);
        assert_eq!(line(b"nationalIdentityNumber,reserved\n13858130624,kanskje"), 2);
    }
}
