//! PEM armour (RFC 7468), around certificates and keys.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

/// What stood between one pair of armour lines. The bytes are wiped on drop: they may be a key.
pub(crate) struct Block {
    pub(crate) label: String,
    pub(crate) der: Zeroizing<Vec<u8>>,
}

/// The blocks of a text; `None` for one that is broken.
pub(crate) fn blocks(text: &str) -> impl Iterator<Item = Option<Block>> + '_ {
    text.split("-----BEGIN ").skip(1).map(block)
}

fn block(text: &str) -> Option<Block> {
    let (label, rest) = text.split_once("-----")?;
    let (body, _) = rest.split_once(&format!("-----END {label}-----"))?;
    let compact: Zeroizing<String> = Zeroizing::new(body.split_whitespace().collect());
    let der = Zeroizing::new(STANDARD.decode(compact.as_bytes()).ok()?);
    Some(Block { label: label.to_owned(), der })
}

/// DER in armour, lines of 64 characters.
pub(crate) fn encode(label: &str, der: &[u8]) -> String {
    let mut out = format!("-----BEGIN {label}-----\n");
    for line in STANDARD.encode(der).as_bytes().chunks(64) {
        out.extend(line.iter().copied().map(char::from));
        out.push('\n');
    }
    out + &format!("-----END {label}-----\n")
}
