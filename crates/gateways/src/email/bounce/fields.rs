//! Header fields and the blocks that reports are made of (RFC 3464, section 2.1).

/// A few fields, as they came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Fields(Vec<(String, String)>);

/// Fields of one block at most; a report has a dozen.
const MOST_FIELDS: usize = 200;
/// Blocks of one report at most.
const MOST_BLOCKS: usize = 100;

impl Fields {
    /// The first value under a name, in any letter case, without blanks around it.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    fn add(&mut self, line: &str) {
        if line.starts_with([' ', '\t']) {
            if let Some((_, value)) = self.0.last_mut() {
                value.push(' ');
                value.push_str(line.trim());
            }
        } else if let Some((name, value)) = line.split_once(':')
            && self.0.len() < MOST_FIELDS
        {
            self.0.push((name.trim().to_owned(), value.trim().to_owned()));
        }
    }
}

/// The fields up to the first empty line.
pub(super) fn head(text: &[u8]) -> Fields {
    blocks(text).into_iter().next().unwrap_or_default()
}

/// Fields in blocks, with empty lines between them. Whatever is no field is passed over.
pub(super) fn blocks(text: &[u8]) -> Vec<Fields> {
    let text = String::from_utf8_lossy(text);
    let mut blocks = Vec::new();
    let mut current = Fields::default();
    for line in text.lines() {
        if line.trim().is_empty() {
            if !current.0.is_empty() {
                blocks.push(std::mem::take(&mut current));
            }
            if blocks.len() == MOST_BLOCKS {
                return blocks;
            }
        } else {
            current.add(line);
        }
    }
    if !current.0.is_empty() {
        blocks.push(current);
    }
    blocks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_parted_by_empty_lines_and_values_may_be_folded() {
        let blocks =
            blocks(b"Reporting-MTA: dns; a\r\n\r\n\r\nAction : failed\r\nStatus: 5.1.1\r\n (no)\r\n\r\n");
        assert_eq!(blocks.len(), 2);
        assert_eq!(blocks[0].get("reporting-mta"), Some("dns; a"));
        assert_eq!(blocks[1].get("ACTION"), Some("failed"));
        assert_eq!(blocks[1].get("status"), Some("5.1.1 (no)"));
        assert_eq!(blocks[1].get("nothing"), None);
        assert_eq!(head(b"\r\n\r\nA: 1\n B\nC"), blocks_of("A: 1 B"));
    }

    fn blocks_of(text: &str) -> Fields {
        let mut fields = Fields::default();
        fields.add(text);
        fields
    }
}
