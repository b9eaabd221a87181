//! Finds what is asked about and lets the rules decide.

use store::Tx;
use types::{NationalId, OrgNumber};

use super::EmbeddedRegistry;
use super::health::Practice;
use super::organizations::Known;
use super::problem::Problem;
use super::{sql, sql_people};
use crate::registry::{Entry, Identifier, InfoRecord, Question};

impl EmbeddedRegistry {
    pub(super) async fn answer(&self, question: Question) -> Result<Entry, Problem> {
        match question.receiver.clone() {
            Identifier::Organization(org) => self.about_organization(org, &question).await,
            Identifier::Person(person) => self.about_citizen(person, &question).await,
            Identifier::HerId(_) | Identifier::PractitionerOf(_) => self.about_health(&question).await,
        }
    }

    async fn about_organization(&self, org: OrgNumber, question: &Question) -> Result<Entry, Problem> {
        let receiver = question.receiver.clone();
        let read = move |tx: &mut Tx<'_>| {
            let found = sql::find(tx, org)?.ok_or_else(|| Problem::UnknownEntity(receiver.clone()))?;
            Ok::<_, Problem>((found, sql::processes(tx, org)?))
        };
        let (organization, processes) = self.0.store.read(read).await?;
        let known = Known { organization: &organization, processes: &processes, config: &self.0.config };
        let records = known.records(question.process.as_deref(), question.security_level)?;
        Ok(Entry { info: organization.info(), records })
    }

    async fn about_citizen(&self, person: NationalId, question: &Question) -> Result<Entry, Problem> {
        let read = move |tx: &mut Tx<'_>| Ok::<_, Problem>(sql_people::citizen(tx, &person)?);
        let citizen = self.0.store.read(read).await?.ok_or(Problem::UnknownCitizen)?;
        let process = question.process.as_deref();
        let records = citizen.records(process, question.print, &self.0.config).unwrap_or_default();
        let nothing = || {
            let process = process.unwrap_or_default().to_owned();
            Problem::UnknownProcess(process, question.receiver.clone())
        };
        if process.is_some() && records.is_empty() {
            return Err(nothing());
        }
        Ok(Entry { info: citizen.info(), records })
    }

    async fn about_health(&self, question: &Question) -> Result<Entry, Problem> {
        let practice = self.practice(question.receiver.clone()).await?;
        let records = practice.records(question.process.as_deref());
        let records = records.ok_or_else(|| {
            let process = question.process.clone().unwrap_or_default();
            Problem::UnknownProcess(process, question.receiver.clone())
        })?;
        Ok(Entry { info: practice.info(), records })
    }

    /// The actor in health, and whose practitioner it was asked for as.
    async fn practice(&self, who: Identifier) -> Result<Practice, Problem> {
        let read = move |tx: &mut Tx<'_>| {
            let unknown = || Problem::UnknownEntity(who.clone());
            let (number, patient) = match &who {
                Identifier::HerId(number) => (*number, None),
                Identifier::PractitionerOf(person) => {
                    let citizen = sql_people::citizen(tx, person)?.ok_or_else(unknown)?;
                    (citizen.practitioner.ok_or_else(unknown)?, Some(citizen))
                }
                _ => return Err(unknown()),
            };
            let actor = sql_people::actor(tx, number)?.ok_or_else(unknown)?;
            Ok::<_, Problem>(Practice { actor, patient })
        };
        self.0.store.read(read).await
    }

    pub(super) async fn info_about(&self, who: Identifier) -> Result<InfoRecord, Problem> {
        let org = match &who {
            Identifier::Organization(org) => *org,
            Identifier::Person(person) => {
                let person = person.clone();
                let read = move |tx: &mut Tx<'_>| Ok::<_, Problem>(sql_people::citizen(tx, &person)?);
                return Ok(self.0.store.read(read).await?.ok_or(Problem::UnknownCitizen)?.info());
            }
            Identifier::HerId(_) | Identifier::PractitionerOf(_) => {
                return Ok(self.practice(who).await?.info());
            }
        };
        let read = move |tx: &mut Tx<'_>| {
            let found = sql::find(tx, org)?;
            found.map(|known| known.info()).ok_or_else(|| Problem::UnknownEntity(who.clone()))
        };
        self.0.store.read(read).await
    }

    /// The certificate for messages between gateways, and the one for the bus, where it is another.
    pub(super) async fn certificates_of(&self, org: OrgNumber) -> Result<(String, String), Problem> {
        let found = self.0.store.read(move |tx| Ok::<_, Problem>(sql::find(tx, org)?)).await?;
        let found = found.ok_or(Problem::NoCertificate(org))?;
        let own = found.certificate.ok_or(Problem::NoCertificate(org))?;
        let bus = found.bus_certificate.unwrap_or_else(|| own.clone());
        Ok((own, bus))
    }
}
