//! What the command line asks for.

/// Options of Cargo's own test programs that take a value; they mean nothing here.
const FOREIGN: [&str; 5] = ["--test-threads", "--skip", "--color", "--format", "--logfile"];
/// As many as a run beside all the other tests can afford.
const BRIEF: u64 = 20;
const BRIEF_MESSAGES: u64 = 300;
const BRIEF_MEGABYTES: u64 = 256;

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// How often something is broken.
    pub rounds: u64,
    /// How many messages wait for two consumers.
    pub messages: u64,
    /// How large the large message is.
    pub megabytes: u64,
    /// The chance of an earlier run.
    pub seed: Option<u64>,
    /// The version to upgrade from, instead of the one that is written down.
    pub from: Option<String>,
    /// Whether only the names are wanted.
    pub list: bool,
    /// Whether only tests are wanted that run on request; there are none here.
    only_ignored: bool,
    names: Vec<String>,
}

impl Asked {
    /// Reads `--rounds`, `--messages`, `--megabytes`, `--seed`, `--from`, `--list` and names. What Cargo's own test
    /// programs know is let by.
    pub fn from_arguments(arguments: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut asked = Self {
            rounds: BRIEF,
            messages: BRIEF_MESSAGES,
            megabytes: BRIEF_MEGABYTES,
            seed: None,
            from: None,
            list: false,
            only_ignored: false,
            names: Vec::new(),
        };
        let mut arguments = arguments;
        while let Some(argument) = arguments.next() {
            let (name, mut value) = match argument.split_once('=') {
                Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
                None => (argument, None),
            };
            let mut text = || value.take().or_else(|| arguments.next());
            let mut number = || {
                let number = text().and_then(|text| text.parse().ok());
                number.ok_or_else(|| format!("{name} wants a whole number"))
            };
            match name.as_str() {
                "--rounds" => asked.rounds = number()?,
                "--messages" => asked.messages = number()?,
                "--megabytes" => asked.megabytes = number()?,
                "--seed" => asked.seed = Some(number()?),
                "--from" => asked.from = Some(text().ok_or("--from wants a commit")?),
                "--list" => asked.list = true,
                "--ignored" => asked.only_ignored = true,
                foreign if FOREIGN.contains(&foreign) => drop(text()),
                flag if flag.starts_with('-') => {}
                _ => asked.names.push(name),
            }
        }
        Ok(asked)
    }

    /// Whether this trial shall run; some do only where they are named.
    pub fn wants(&self, name: &str, on_request: bool) -> bool {
        let named = (self.names.is_empty() && !on_request)
            || self.names.iter().any(|wanted| name.contains(wanted.as_str()));
        named && !self.only_ignored
    }
}
