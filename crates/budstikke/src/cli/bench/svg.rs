//! The comparisons as a picture: a bar for each ratio, its spread, and the goal as a mark.

use std::fmt::Write;

use super::figure::{Comparison, spread, thousands};
use super::machine::Machine;

const WIDTH: f64 = 860.0;
/// Where bars begin and how long a ratio of one is.
const LEFT: f64 = 330.0;
const ONE: f64 = 300.0;
/// Ratios beyond this are cut off.
const MOST: f64 = 1.25;
const ROW: f64 = 34.0;
const TOP: f64 = 64.0;

/// Draws all of them, in their order.
pub(super) fn draw(comparisons: &[Comparison], machine: &Machine) -> String {
    let rows = f64::from(u32::try_from(comparisons.len()).unwrap_or(u32::MAX));
    let height = TOP + rows * ROW + 40.0;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" \
         font-family=\"system-ui, sans-serif\" font-size=\"13\" role=\"img\">\n\
         <title>Budstikke beside what it is held against, measured in turns</title>\n\
         <rect width=\"{WIDTH}\" height=\"{height}\" fill=\"#ffffff\"/>\n"
    );
    text(
        &mut svg,
        (16.0, 26.0),
        "font-size=\"16\" font-weight=\"600\"",
        "Ours over base; the mark is the goal",
    );
    text(&mut svg, (16.0, 46.0), "fill=\"#57606a\"", &below_title(machine));
    axis(&mut svg, height - 40.0);
    let mut y = TOP;
    for comparison in comparisons {
        bar(&mut svg, y, comparison);
        y += ROW;
    }
    svg.push_str("</svg>\n");
    svg
}

fn below_title(machine: &Machine) -> String {
    format!(
        "{} cores ({}), {} on {}, load average {:.1} at the start and {:.1} at the end",
        machine.cores,
        machine.processor,
        machine.disk.file_system,
        machine.disk.device,
        machine.load_at_start,
        machine.load_at_end
    )
}

fn axis(svg: &mut String, bottom: f64) {
    for tenths in [0_u8, 25, 50, 75, 100, 125] {
        let ratio = f64::from(tenths) / 100.0;
        let x = LEFT + ratio * ONE;
        line(svg, (x, TOP - 4.0), (x, bottom), "stroke=\"#d8dee4\"");
        text(svg, (x, bottom + 18.0), "fill=\"#57606a\" text-anchor=\"middle\"", &format!("{ratio}"));
    }
}

fn bar(svg: &mut String, y: f64, comparison: &Comparison) {
    let name = format!("{} · {}", comparison.operation, comparison.engine);
    text(svg, (LEFT - 10.0, y + 14.0), "text-anchor=\"end\"", &name);
    let against = format!("beside {}", comparison.against.words());
    text(svg, (LEFT - 10.0, y + 27.0), "text-anchor=\"end\" font-size=\"10\" fill=\"#57606a\"", &against);
    let colour = if comparison.met() { "#2da44e" } else { "#cf222e" };
    let width = comparison.ratio().clamp(0.0, MOST) * ONE;
    let _ = writeln!(
        svg,
        "<rect x=\"{LEFT}\" y=\"{}\" width=\"{width:.1}\" height=\"18\" rx=\"2\" fill=\"{colour}\"/>",
        y + 4.0
    );
    let (least, most) = spread(&comparison.ratios());
    let [least, most] = [least, most].map(|ratio| LEFT + ratio.clamp(0.0, MOST) * ONE);
    line(svg, (least, y + 13.0), (most, y + 13.0), "stroke=\"#24292f\"");
    let goal = LEFT + comparison.goal * ONE;
    line(svg, (goal, y), (goal, y + 26.0), "stroke=\"#24292f\" stroke-width=\"2.5\"");
    let rate = format!(
        "{:.2}: {} {}/s",
        comparison.ratio(),
        thousands(super::figure::median(&comparison.ours)),
        comparison.unit
    );
    text(svg, (LEFT + MOST * ONE + 8.0, y + 18.0), "", &rate);
}

fn line(svg: &mut String, from: (f64, f64), to: (f64, f64), style: &str) {
    let ((x1, y1), (x2, y2)) = (from, to);
    let _ = writeln!(svg, "<line x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\" {style}/>");
}

fn text(svg: &mut String, (x, y): (f64, f64), style: &str, words: &str) {
    let words = words.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let _ = writeln!(svg, "<text x=\"{x:.1}\" y=\"{y:.1}\" {style}>{words}</text>");
}
