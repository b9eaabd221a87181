//! Numbers as people read them, in either language.

use crate::language::Language;

/// What values are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    /// How many.
    Amount,
    /// How long, in seconds.
    Seconds,
    /// How much, in bytes.
    Bytes,
}

impl Unit {
    /// A value with its unit.
    pub(crate) fn written(self, value: f64, lang: Language) -> String {
        match self {
            Self::Amount => amount(value, lang),
            Self::Seconds => seconds(value, lang),
            Self::Bytes => bytes(value, lang),
        }
    }

    /// Steps between the marks of an axis that reaches up to `most`: round ones of this unit.
    pub(super) fn step(self, most: f64) -> f64 {
        let round: &[f64] = match self {
            Self::Seconds if most > 60.0 => &[
                15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1_200.0, 1_800.0, 3_600.0, 7_200.0, 14_400.0,
                21_600.0, 43_200.0,
            ],
            _ => &[],
        };
        if let Some(step) = round.iter().find(|step| most / **step <= 4.0) {
            return *step;
        }
        let (most, scale) = match self {
            Self::Bytes => in_thousands(most),
            Self::Seconds if most > 86_400.0 => (most / 86_400.0, 86_400.0),
            _ => (most, 1.0),
        };
        let ten = 10_f64.powf((most / 4.0).log10().floor());
        let step = [1.0, 2.0, 5.0, 10.0].into_iter().map(|step| step * ten).find(|step| most / step <= 4.0);
        let step = step.unwrap_or(most) * scale;
        if self == Self::Amount { step.max(1.0) } else { step }
    }
}

/// A number with its thousands apart, and a decimal where it is small and broken.
pub(crate) fn amount(value: f64, lang: Language) -> String {
    // A sum of nothing is minus zero.
    let value = value + 0.0;
    let is_whole = value.fract().abs() < 0.05 || value.abs() >= 10.0;
    let text = if is_whole { format!("{value:.0}") } else { format!("{value:.1}") };
    let (whole, broken) = text.split_once('.').unwrap_or((&text, ""));
    let digits: Vec<char> = whole.chars().collect();
    let mut grouped = String::new();
    for (place, digit) in digits.iter().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) && digits[place - 1] != '-' {
            grouped.push(lang.of(',', '\u{a0}'));
        }
        grouped.push(*digit);
    }
    if broken.is_empty() { grouped } else { format!("{grouped}{}{broken}", lang.of('.', ',')) }
}

/// A stretch of time, in the unit that makes it short.
pub(crate) fn seconds(value: f64, lang: Language) -> String {
    let (value, unit) = match value {
        value if value < 1.0 => (value * 1_000.0, "ms"),
        value if value < 90.0 => (value, "s"),
        value if value < 90.0 * 60.0 => (value / 60.0, "min"),
        value if value < 36.0 * 3_600.0 => (value / 3_600.0, lang.of("h", "t")),
        value => (value / 86_400.0, lang.of("days", "døgn")),
    };
    format!("{}\u{a0}{unit}", amount(value, lang))
}

/// An amount of bytes, in the unit that makes it short.
pub(crate) fn bytes(value: f64, lang: Language) -> String {
    const UNITS: [&str; 6] = ["B", "kB", "MB", "GB", "TB", "PB"];
    let (_, scale) = in_thousands(value);
    let place = UNITS.iter().enumerate().find(|(place, _)| 1_000_f64.powf(place_of(*place)) >= scale);
    let unit = place.map_or("PB", |(_, unit)| unit);
    format!("{}\u{a0}{unit}", amount(value / scale, lang))
}

fn place_of(place: usize) -> f64 {
    f64::from(u8::try_from(place).unwrap_or(u8::MAX))
}

/// A value below a thousand, and what it was divided by.
fn in_thousands(mut value: f64) -> (f64, f64) {
    let mut scale = 1.0;
    while value >= 1_000.0 && scale < 1e15 {
        value /= 1_000.0;
        scale *= 1_000.0;
    }
    (value, scale)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_each_language_writes_them() {
        let english = |value| amount(value, Language::English);
        assert_eq!([english(0.0), english(1_234_567.0), english(2.5)], ["0", "1,234,567", "2.5"]);
        assert_eq!(amount(1234.0, Language::Bokmal), "1\u{a0}234");
        assert_eq!(amount(2.5, Language::Bokmal), "2,5");
        assert_eq!(english(std::iter::empty::<f64>().sum()), "0", "a sum of nothing");
        assert_eq!(amount(-1234.0, Language::English), "-1,234");
    }

    #[test]
    fn stretches_of_time_and_bytes_have_a_fitting_unit() {
        let times = [0.04, 2.5, 600.0, 7_200.0, 172_800.0].map(|time| seconds(time, Language::English));
        assert_eq!(times, ["40\u{a0}ms", "2.5\u{a0}s", "10\u{a0}min", "2\u{a0}h", "2\u{a0}days"]);
        let sizes = [999.0, 1_500.0, 2e9].map(|size| bytes(size, Language::English));
        assert_eq!(sizes, ["999\u{a0}B", "1.5\u{a0}kB", "2\u{a0}GB"]);
    }

    #[test]
    fn an_axis_has_at_most_four_round_steps() {
        for (unit, most, step) in [
            (Unit::Amount, 3.0, 1.0),
            (Unit::Amount, 0.4, 1.0),
            (Unit::Amount, 130.0, 50.0),
            (Unit::Seconds, 0.9, 0.5),
            (Unit::Seconds, 200.0, 60.0),
            (Unit::Seconds, 400_000.0, 172_800.0),
            (Unit::Bytes, 7e9, 2e9),
        ] {
            let found = unit.step(most);
            assert!((found - step).abs() < step / 1e6, "{unit:?} up to {most}: {found}");
        }
    }
}
