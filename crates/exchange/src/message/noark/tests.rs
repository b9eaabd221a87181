//! Good documents of both shapes, and what is said of bad ones.

use super::notation::Content;
use super::*;

const OLDER_CASE: &str = include_str!("../../../tests/documents/arkivmelding-older.xml");
const NEWER_CASE: &str = include_str!("../../../tests/documents/arkivmelding-newer.xml");

/// Path and text of each fault.
fn faults(document: &str) -> Vec<(String, String)> {
    check(document.as_bytes()).into_iter().map(|fault| (fault.path, fault.text)).collect()
}

/// The only fault of a good document in which one thing is changed.
fn after(good: &str, from: &str, to: &str) -> (String, String) {
    assert!(good.contains(from), "{from} is not in the document");
    let mut found = faults(&good.replacen(from, to, 1));
    assert_eq!(found.len(), 1, "{found:?}");
    found.remove(0)
}

#[test]
fn the_tables_name_only_types_that_they_have_and_each_element_of_a_type_once() {
    for schema in [&*OLDER, &*NEWER] {
        assert!(schema.types().count() > 15);
        for (name, of) in schema.types() {
            for (place, element) in of.elements.iter().enumerate() {
                assert_eq!(of.place(&element.name), Some(place), "{name} has {} twice", element.name);
                if let Content::Type(inner) = &element.content {
                    assert!(schema.get(inner).is_some(), "{inner} in {name}");
                }
            }
        }
    }
}

#[test]
fn good_documents_of_both_shapes_have_no_faults() {
    assert_eq!(check(OLDER_CASE.as_bytes()), []);
    assert_eq!(check(NEWER_CASE.as_bytes()), []);
    let prefixed = r#"<a:arkivmelding xmlns:a="http://www.arkivverket.no/standarder/noark5/arkivmelding">
        <a:system>s</a:system><a:meldingId>m</a:meldingId><a:tidspunkt>2026-03-02T10:15:00</a:tidspunkt>
        <a:antallFiler>0</a:antallFiler></a:arkivmelding>"#;
    assert_eq!(faults(prefixed), []);
}

#[test]
fn what_is_missing_too_late_too_often_or_unknown_is_named_with_its_place() {
    let case = "/arkivmelding/mappe[1]";
    let entry = format!("{case}/basisregistrering[1]");
    for (from, to, path, text) in [
        ("<antallFiler>1</antallFiler>", "", case.to_owned(), "antallFiler must come before it"),
        (
            "<saksstatus>Under behandling</saksstatus>",
            "",
            format!("{case}/sakspart[1]"),
            "saksstatus must come before it",
        ),
        (
            "<korrespondansepartNavn>Eksempel kommune</korrespondansepartNavn>",
            "",
            format!("{entry}/korrespondansepart[1]"),
            "korrespondansepartNavn is missing in it",
        ),
        (
            "<referanseForelderMappe>43fbe161-7aac-4c9f-a888-d8167aab4144</referanseForelderMappe>",
            "",
            format!("{entry}/dokumentbeskrivelse[1]"),
            "referanseForelderMappe or referanseArkivdel or referanseKlasse must come before it",
        ),
        (
            "<journalstatus>Journalført</journalstatus>",
            "<journalstatus>Journalført</journalstatus><journalstatus>Arkivert</journalstatus>",
            format!("{entry}/journalstatus[2]"),
            "it comes too late or once too often, behind journalstatus",
        ),
        (
            "<tittel>Svar</tittel>",
            "<tittel>Svar</tittel><undertittel>x</undertittel>",
            format!("{entry}/undertittel[1]"),
            "no element of this name may stand here",
        ),
        (
            "<tittel>Svar</tittel>",
            "<tittel>Svar<b>!</b></tittel>",
            format!("{entry}/tittel[1]/b[1]"),
            "no element may stand here, only text",
        ),
        (
            "<basisregistrering xsi:type=\"journalpost\">",
            "<basisregistrering xsi:type=\"journalpost\">text",
            entry.clone(),
            "text may not stand here, only elements",
        ),
        (
            "<journaldato>",
            "<journaldato lang=\"no\">",
            format!("{entry}/journaldato[1]"),
            "it has no attribute lang",
        ),
        ("xsi:type=\"saksmappe\"", "xsi:type=\"journalpost\"", String::new(), ""),
    ] {
        if text.is_empty() {
            let found = faults(&OLDER_CASE.replacen(from, to, 1));
            assert_eq!(found[0].1, "its type must be mappe or an extension of it");
            continue;
        }
        let (found_path, found_text) = after(OLDER_CASE, from, to);
        assert_eq!((found_path, found_text.as_str()), (path, text));
    }
}

#[test]
fn values_and_codes_are_held_against_the_schema_and_not_repeated() {
    let entry = "/arkivmelding/mappe[1]/basisregistrering[1]";
    let (path, text) =
        after(OLDER_CASE, "<journaldato>2026-03-02</journaldato>", "<journaldato>2.3.2026</journaldato>");
    assert_eq!((path, text.as_str()), (format!("{entry}/journaldato[1]"), "must be a date, yyyy-MM-dd"));
    let (_, text) = after(OLDER_CASE, ">Utgående dokument<", ">U<");
    assert!(text.starts_with("must be one of: Inngående dokument; Utgående dokument;"), "{text}");
    let (path, _) = after(NEWER_CASE, "<antallFiler>1<", "<antallFiler>one<");
    assert_eq!(path, "/arkivmelding/antallFiler[1]");
}

#[test]
fn the_newer_shape_wants_keys_and_formats_and_leaves_the_codes_to_archives() {
    assert_eq!(faults(&NEWER_CASE.replace(">Utgående dokument<", ">U<")), []);
    let key = "<referanseEksternNoekkel><fagsystem>Fagsystem</fagsystem><noekkel>jp-1</noekkel></referanseEksternNoekkel>";
    let (path, text) = after(NEWER_CASE, key, "");
    assert_eq!(path, "/arkivmelding/mappe[1]/registrering[1]/journalpostnummer[1]");
    assert_eq!(text, "referanseEksternNoekkel must come before it");
    let (_, text) = after(NEWER_CASE, "<format>PDF</format>", "");
    assert_eq!(text, "format must come before it");
}

#[test]
fn the_line_is_that_of_the_fault() {
    let broken = OLDER_CASE.replacen("<journaldato>2026-03-02", "<journaldato>x", 1);
    let line = broken.lines().position(|line| line.contains("<journaldato>x")).expect("it is there");
    assert_eq!(check(broken.as_bytes())[0].line, line as u64 + 1);
}

#[test]
fn what_is_no_document_or_brings_entities_or_too_much_is_broken_off() {
    let only = |document: &str| {
        let mut found = faults(document);
        found.remove(found.len() - 1).1
    };
    assert_eq!(only(""), "the document is empty");
    assert!(only("<arkivmelding><a></arkivmelding>").starts_with("the document is not well-formed XML"));
    assert_eq!(only("<arkivmelding>"), "the document ends inside an element");
    let bomb = "<!DOCTYPE a [<!ENTITY a SYSTEM \"file:///etc/passwd\">]><arkivmelding>&a;</arkivmelding>";
    assert_eq!(only(bomb), "a document type declaration is not accepted");
    assert_eq!(only("<arkivmelding>&a;</arkivmelding>"), "an entity is used that XML does not define");
    assert_eq!(only(&"<a>".repeat(200)), "elements are nested more than 100 deep");
    assert_eq!(only(&format!("<a>{}</a>", "x".repeat(2 << 20))), "a text is longer than 1 MiB");
    assert_eq!(only("<arkivmelding/>"), "its namespace is not that of Noark 5's arkivmelding");
    let many = format!("<arkivmelding xmlns=\"{}\">{}</arkivmelding>", tables::NAMESPACE, "<x/>".repeat(99));
    assert_eq!(faults(&many).len(), FAULTS);
}
