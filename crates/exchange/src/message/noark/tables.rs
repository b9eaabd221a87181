//! The two shapes of `arkivmelding` that are in use, as tables in the notation of [`super::notation`].
//!
//! Both stand in the namespace of Noark 5's arkivmelding. The older one has `basisregistrering` inside
//! `mappe` and the code lists of Noark 5 version 4; the newer one has `registrering` there, and leaves the
//! codes to the archives. Where the published catalogues of values disagree, the wider one is taken.

/// The namespace of every element.
pub(super) const NAMESPACE: &str = "http://www.arkivverket.no/standarder/noark5/arkivmelding";

/// Values that both have in common, by the names of their elements.
pub(super) const VALUES: &str = "
dateTime = tidspunkt opprettetDato avsluttetDato arkivertDato merknadsdato tilknyttetDato graderingsdato \
    nedgraderingsdato presedensGodkjentDato flytMottattDato flytSendtDato
date = saksdato journaldato dokumentetsDato utlaantDato forfallsdato offentlighetsvurdertDato \
    presedensDato skjermingOpphoererDato avskrivningsdato
moment = mottattDato sendtDato
integer = saksaar sakssekvensnummer journalaar journalsekvensnummer journalpostnummer dokumentnummer \
    versjonsnummer antallVedlegg skjermingsvarighet
int = antallFiler
natural = filstoerrelse
guid = ReferanseForeldermappe referanseForelderMappe referanseKlasse
any = virksomhetsspesifikkeMetadata
";

/// Codes of the older shape, by the names of their elements; `;` stands between codes.
pub(super) const OLDER_CODES: &str = "
saksstatus = Under behandling; Avsluttet; Utgår
journalstatus = Journalført; Ferdigstilt fra saksbehandler; Godkjent av leder; Ekspedert; Arkivert; Utgår
dokumentstatus = Dokumentet er under redigering; Dokumentet er ferdigstilt
presedensStatus = Gjeldende; Foreldet
journalposttype = Inngående dokument; Utgående dokument; Organinternt dokument for oppfølging; \
    Organinternt dokument uten oppfølging; Saksframlegg
korrespondanseparttype = Avsender; Mottaker; Kopimottaker; Gruppemottaker; Intern avsender; \
    Intern mottaker; Intern kopimottaker; Medavsender
tilknyttetRegistreringSom = Hoveddokument; Vedlegg
dokumentmedium = Fysisk medium; Elektronisk arkiv; Blandet fysisk og elektronisk arkiv
skjermingDokument = Skjerming av hele dokumentet; Skjerming av deler av dokumentet
gradering = Strengt hemmelig (sikkerhetsgrad); Hemmelig (sikkerhetsgrad); \
    Konfidensielt (sikkerhetsgrad); Begrenset (sikkerhetsgrad); Fortrolig (beskyttelsesgrad); \
    Strengt fortrolig (beskyttelsesgrad)
avskrivningsmaate = Besvart med brev; Besvart med e-post; Besvart på telefon; Tatt til etterretning; \
    Tatt til orientering; Besvart med notat; Saken ble avsluttet
variantformat = Produksjonsformat; Arkivformat; Dokument hvor deler av innholdet er skjermet
";

/// The older shape.
pub(super) const OLDER: &str = "
arkivmelding = system meldingId tidspunkt antallFiler ( mappe@* | registrering@* )
mappe = systemID:guid mappeID? ReferanseForeldermappe? tittel offentligTittel? beskrivelse? noekkelord* \
    dokumentmedium? oppbevaringssted* opprettetDato opprettetAv avsluttetDato? avsluttetAv? \
    referanseArkivdel* virksomhetsspesifikkeMetadata? kryssreferanse@* merknad@* skjerming@? gradering@? \
    klassifikasjon@* ( mappe@* | basisregistrering@* )
saksmappe < mappe = saksaar? sakssekvensnummer? saksdato administrativEnhet saksansvarlig journalenhet? \
    saksstatus referanseSekundaerKlassifikasjon* sakspart@* presedens@*
sakspart = sakspartID? sakspartNavn sakspartRolle postadresse* postnummer? poststed? land? epostadresse? \
    telefonnummer* kontaktperson? virksomhetsspesifikkeMetadata?
registrering = systemID:guid opprettetDato opprettetAv arkivertDato arkivertAv registreringsID? \
    ( referanseForelderMappe | referanseArkivdel | referanseKlasse ) skjerming@? gradering@? \
    ( dokumentbeskrivelse@ | dokumentobjekt@ )*
basisregistrering < registrering = tittel offentligTittel? beskrivelse? noekkelord* forfatter* \
    dokumentmedium? oppbevaringssted* virksomhetsspesifikkeMetadata? merknad@* kryssreferanse@*
journalpost < basisregistrering = journalaar? journalsekvensnummer? journalpostnummer? journalposttype \
    journalstatus journaldato dokumentetsDato? mottattDato? sendtDato? forfallsdato? \
    offentlighetsvurdertDato? antallVedlegg? utlaantDato? utlaantTil? journalenhet? korrespondansepart@* \
    avskrivning@* dokumentflyt@* presedens@*
korrespondansepart = korrespondanseparttype korrespondansepartNavn postadresse* postnummer? poststed? \
    land? epostadresse? telefonnummer* kontaktperson? administrativEnhet? saksbehandler?
avskrivning = avskrivningsdato avskrevetAv avskrivningsmaate referanseAvskrivesAvJournalpost?
dokumentflyt = flytTil flytFra flytMottattDato flytSendtDato flytStatus flytMerknad?
dokumentbeskrivelse = systemID:guid dokumenttype dokumentstatus tittel beskrivelse? forfatter* \
    opprettetDato opprettetAv dokumentmedium? oppbevaringssted? referanseArkivdel* \
    tilknyttetRegistreringSom dokumentnummer tilknyttetDato tilknyttetAv merknad@* skjerming@? \
    gradering@? dokumentobjekt@*
dokumentobjekt = versjonsnummer variantformat opprettetDato opprettetAv referanseDokumentfil
kryssreferanse = referanseTilKlasse? referanseTilMappe? referanseTilRegistrering?
merknad = merknadstekst merknadstype? merknadsdato merknadRegistrertAv
klassifikasjon = referanseKlassifikasjonssystem klasseID tittel beskrivelse? noekkelord* opprettetDato? \
    opprettetAv?
skjerming = tilgangsrestriksjon skjermingshjemmel skjermingMetadata+ skjermingDokument? \
    skjermingsvarighet? skjermingOpphoererDato?
gradering = gradering graderingsdato gradertAv nedgraderingsdato? nedgradertAv?
presedens = presedensDato opprettetDato opprettetAv tittel beskrivelse? presedensHjemmel? \
    rettskildefaktor presedensGodkjentDato? presedensGodkjentAv? avsluttetDato? avsluttetAv? \
    presedensStatus?
";

/// The newer shape.
pub(super) const NEWER: &str = "
arkivmelding = system meldingId tidspunkt antallFiler ( mappe@* | registrering@* )
mappe = systemID:guid? mappeID? ReferanseForeldermappe? tittel offentligTittel? beskrivelse? noekkelord* \
    dokumentmedium? oppbevaringssted* opprettetDato? opprettetAv? avsluttetDato? avsluttetAv? \
    referanseArkivdel* virksomhetsspesifikkeMetadata? part@* kryssreferanse@* merknad@* skjerming@? \
    gradering@? klasse@* referanseEksternNoekkel@ ( mappe@* | registrering@* )
saksmappe < mappe = saksaar? sakssekvensnummer? saksdato? administrativEnhet? saksansvarlig? \
    journalenhet? saksstatus? utlaantDato? utlaantTil? presedens@*
part = partID? partNavn partRolle? ( organisasjonsnummer@? | foedselsnummer@? | DNummer@? )? postadresse* \
    postnummer? poststed? land? epostadresse? telefonnummer* kontaktperson? \
    virksomhetsspesifikkeMetadata?
registrering = systemID? opprettetDato? opprettetAv? arkivertDato? arkivertAv? \
    ( referanseForelderMappe | referanseArkivdel )? part@* skjerming@? gradering@? \
    dokumentbeskrivelse@* registreringsID? tittel offentligTittel? beskrivelse? noekkelord* forfatter* \
    dokumentmedium? oppbevaringssted* virksomhetsspesifikkeMetadata? merknad@* kryssreferanse@* \
    korrespondansepart@* referanseEksternNoekkel@
journalpost < registrering = journalaar? journalsekvensnummer? journalpostnummer? journalposttype \
    journalstatus journaldato? dokumentetsDato? mottattDato? sendtDato? forfallsdato? \
    offentlighetsvurdertDato? antallVedlegg? utlaantDato? utlaantTil? journalenhet? avskrivning@* \
    dokumentflyt@* presedens@*
arkivnotat < registrering = dokumentetsDato? mottattDato? sendtDato? forfallsdato? \
    offentlighetsvurdertDato? antallVedlegg? utlaantDato? utlaantTil? dokumentflyt@*
korrespondansepart = korrespondanseparttype korrespondansepartNavn \
    ( organisasjonsnummer@? | foedselsnummer@? | DNummer@? )? postadresse* postnummer? poststed? land? \
    epostadresse? telefonnummer* kontaktperson? administrativEnhet? saksbehandler? deresReferanse? \
    forsendelsesmaate?
organisasjonsnummer = systemID:guid? beskrivelse? organisasjonsnummer
foedselsnummer = systemID:guid? beskrivelse? foedselsnummer
DNummer = systemID:guid? beskrivelse? DNummer
avskrivning = avskrivningsdato avskrevetAv avskrivningsmaate referanseAvskrivesAvJournalpost?
dokumentflyt = flytTil flytFra flytMottattDato flytSendtDato flytStatus flytMerknad?
dokumentbeskrivelse = systemID:guid? dokumenttype dokumentstatus tittel beskrivelse? forfatter* \
    opprettetDato? opprettetAv? dokumentmedium? oppbevaringssted? referanseArkivdel* \
    tilknyttetRegistreringSom dokumentnummer? tilknyttetDato? tilknyttetAv? part@* merknad@* skjerming@? \
    gradering@? dokumentobjekt@*
dokumentobjekt = versjonsnummer variantformat format formatDetaljer? mimeType? opprettetDato? \
    opprettetAv? referanseDokumentfil sjekksum? sjekksumAlgoritme? filstoerrelse?
kryssreferanse = referanseTilKlasse? referanseTilMappe? referanseTilRegistrering?
merknad = merknadstekst merknadstype? merknadsdato merknadRegistrertAv
skjerming = tilgangsrestriksjon skjermingshjemmel skjermingMetadata+ skjermingDokument? \
    skjermingsvarighet? skjermingOpphoererDato?
gradering = grad graderingsdato gradertAv nedgraderingsdato? nedgradertAv?
presedens = presedensDato opprettetDato opprettetAv tittel beskrivelse? presedensHjemmel? \
    rettskildefaktor presedensGodkjentDato? presedensGodkjentAv? avsluttetDato? avsluttetAv? \
    presedensStatus?
klasse = systemID:guid? klassifikasjonssystem klasseID tittel? beskrivelse? noekkelord* opprettetDato? \
    opprettetAv?
referanseEksternNoekkel = fagsystem noekkel
";
