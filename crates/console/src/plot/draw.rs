//! The drawing itself.

use std::fmt::Write as _;

use super::{Kind, Plot, STYLES, axis};
use crate::language::Language;

/// The whole drawing.
const WIDTH: f64 = 400.0;
const HEIGHT: f64 = 190.0;
/// The field between the axes.
const LEFT: f64 = 54.0;
const RIGHT: f64 = 392.0;
const TOP: f64 = 12.0;
const BOTTOM: f64 = 164.0;

/// Maps values and slots to places.
struct Scale {
    slot: f64,
    unit: f64,
}

impl Scale {
    fn x(&self, slot: usize) -> f64 {
        LEFT + self.slot * place(slot)
    }

    fn y(&self, value: f64) -> f64 {
        BOTTOM - self.unit * value
    }
}

fn place(slot: usize) -> f64 {
    f64::from(u32::try_from(slot).unwrap_or(u32::MAX))
}

/// Draws a plot that has something in it.
pub(super) fn svg(plot: &Plot, sentence: &str, lang: Language) -> String {
    let marks = axis::levels(plot.unit, most(plot));
    let top = marks.last().copied().unwrap_or(1.0);
    let scale = Scale { slot: (RIGHT - LEFT) / place(plot.times.len().max(1)), unit: (BOTTOM - TOP) / top };
    let id = plot.id;
    let mut svg = format!(
        "<svg class=\"plot\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" \
         aria-labelledby=\"{id}-title {id}-text\">\
         <title id=\"{id}-title\">{}</title><desc id=\"{id}-text\">{}</desc>",
        escaped(&plot.title),
        escaped(sentence)
    );
    for mark in &marks {
        let y = scale.y(*mark);
        let class = if *mark == 0.0 { "base" } else { "grid" };
        write(&mut svg, format_args!("<path class=\"{class}\" d=\"M{LEFT} {y:.1}H{RIGHT}\"/>"));
        let word = escaped(&plot.unit.written(*mark, lang));
        text(&mut svg, (LEFT - 6.0, y + 4.0), "end", &word);
    }
    for (slot, word) in axis::marks(&plot.times, plot.range) {
        let x = scale.x(slot);
        write(&mut svg, format_args!("<path class=\"base\" d=\"M{x:.1} {BOTTOM}v4\"/>"));
        // A word in the middle of the right edge would leave the drawing.
        let anchor = if x > RIGHT - 16.0 { "end" } else { "middle" };
        text(&mut svg, (x, BOTTOM + 17.0), anchor, &escaped(&word));
    }
    match plot.kind {
        Kind::Lines => lines(&mut svg, plot, &scale),
        Kind::Columns => columns(&mut svg, plot, &scale),
    }
    svg.push_str("</svg>");
    svg
}

/// The highest value, or the highest column.
fn most(plot: &Plot) -> f64 {
    let values =
        |slot: usize| plot.series.iter().filter_map(move |series| series.values.get(slot).copied()?);
    let slots = (0..plot.times.len()).map(|slot| match plot.kind {
        Kind::Lines => values(slot).fold(0.0, f64::max),
        Kind::Columns => values(slot).sum(),
    });
    slots.fold(0.0, f64::max)
}

/// A line for each series, broken where nothing is known; a value with nothing beside it is a dot.
fn lines(svg: &mut String, plot: &Plot, scale: &Scale) {
    for (style, series) in plot.series.iter().enumerate() {
        let (mut path, mut drawing) = (String::new(), false);
        for (slot, value) in series.values.iter().enumerate() {
            let Some(value) = value else {
                drawing = false;
                continue;
            };
            let (x, y) = (scale.x(slot) + scale.slot / 2.0, scale.y(*value));
            let step = if drawing { 'L' } else { 'M' };
            write(&mut path, format_args!("{step}{x:.1} {y:.1}"));
            if !drawing {
                path.push_str("h.01");
            }
            drawing = true;
        }
        write(svg, format_args!("<path class=\"line s{}\" d=\"{path}\"/>", style % STYLES));
    }
}

/// Columns on top of each other, one path for each layer.
fn columns(svg: &mut String, plot: &Plot, scale: &Scale) {
    let mut heights = vec![0.0; plot.times.len()];
    let width = (scale.slot * 0.86).max(0.5);
    for (style, series) in plot.series.iter().enumerate() {
        let mut path = String::new();
        for (slot, (value, height)) in series.values.iter().zip(&mut heights).enumerate() {
            let value = value.unwrap_or(0.0).max(0.0);
            if value > 0.0 {
                let (x, low, high) = (scale.x(slot), scale.y(*height), scale.y(*height + value));
                write(&mut path, format_args!("M{x:.1} {low:.1}V{high:.1}h{width:.1}V{low:.1}z"));
                *height += value;
            }
        }
        write(svg, format_args!("<path class=\"layer s{}\" d=\"{path}\"/>", style % STYLES));
    }
}

fn text(svg: &mut String, (x, y): (f64, f64), anchor: &str, word: &str) {
    write(svg, format_args!("<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{word}</text>"));
}

fn write(to: &mut String, what: std::fmt::Arguments<'_>) {
    to.write_fmt(what).expect("text takes everything");
}

/// As text of XML, the way the templates write it.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&#38;"),
            '<' => escaped.push_str("&#60;"),
            '>' => escaped.push_str("&#62;"),
            '"' => escaped.push_str("&#34;"),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::super::Series;
    use super::super::tests::plot;
    use super::*;

    #[test]
    fn a_line_is_broken_where_nothing_is_known() {
        let broken = plot(Kind::Lines, &[Some(1.0), Some(2.0), None, Some(1.0)]);
        let drawn = svg(&broken, "", Language::English);
        let path = drawn.split("class=\"line s0\" d=\"").nth(1).and_then(|rest| rest.split('"').next());
        let path = path.expect("a line");
        assert_eq!((path.matches('M').count(), path.matches('L').count()), (2, 1), "{path}");
    }

    #[test]
    fn columns_stand_on_each_other_and_none_leaves_the_field() {
        let mut both = plot(Kind::Columns, &[Some(30.0), None]);
        both.series.push(Series { name: "other".to_owned(), values: vec![Some(70.0), Some(1.0)] });
        let drawn = svg(&both, "", Language::English);
        // Thirty of a hundred end where the seventy begin.
        let low = format!("{:.1}", BOTTOM - (BOTTOM - TOP) * 0.3);
        assert_eq!(drawn.matches(&format!("V{low}h")).count(), 1, "{drawn}");
        assert!(drawn.contains(&format!("M{LEFT:.1} {low}V{TOP:.1}h")), "{drawn}");
    }

    #[test]
    fn every_drawing_is_well_formed_and_has_no_styles() {
        for kind in [Kind::Lines, Kind::Columns] {
            let drawn = svg(&plot(kind, &[Some(0.5), None, Some(12_345.0)]), "a \"b\" <c>", Language::Bokmal);
            let mut reader = quick_xml::Reader::from_str(&drawn);
            loop {
                match reader.read_event().expect("well-formed XML") {
                    quick_xml::events::Event::Eof => break,
                    quick_xml::events::Event::Start(tag) | quick_xml::events::Event::Empty(tag) => {
                        for attribute in tag.attributes() {
                            let key = attribute.expect("an attribute").key;
                            let key = AsRef::<str>::as_ref(&key);
                            assert!(key != "style" && !key.starts_with("on"), "{drawn}");
                        }
                    }
                    _ => {}
                }
            }
        }
    }
}
