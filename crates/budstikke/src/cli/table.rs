//! Rows with their columns below each other.

use super::output::{Paint, harmless, paints};

/// A cell: what it says, and how it looks.
#[derive(Clone, Debug)]
pub(super) struct Cell {
    text: String,
    paint: Option<Paint>,
}

impl Cell {
    /// A cell in a colour.
    pub(super) fn painted(text: impl AsRef<str>, paint: Paint) -> Self {
        Self { text: harmless(text.as_ref()), paint: Some(paint) }
    }
}

impl<T: AsRef<str>> From<T> for Cell {
    fn from(text: T) -> Self {
        Self { text: harmless(text.as_ref()), paint: None }
    }
}

/// A table on its way to a terminal, or to a pipe that shall look the same without colours.
#[derive(Clone, Debug)]
pub(super) struct Table<const N: usize> {
    headings: Option<[&'static str; N]>,
    rows: Vec<[Cell; N]>,
    widths: [usize; N],
}

impl<const N: usize> Table<N> {
    /// A table whose columns have names.
    pub(super) fn headed(headings: [&'static str; N]) -> Self {
        let widths = headings.map(|heading| heading.chars().count());
        Self { headings: Some(headings), rows: Vec::new(), widths }
    }

    /// A table whose columns speak for themselves.
    pub(super) fn plain() -> Self {
        Self { headings: None, rows: Vec::new(), widths: [0; N] }
    }

    /// For a table whose rows come one by one: columns are at least so wide.
    pub(super) fn at_least(mut self, widths: [usize; N]) -> Self {
        for (width, least) in self.widths.iter_mut().zip(widths) {
            *width = least.max(*width);
        }
        self
    }

    /// Adds a row.
    pub(super) fn row(&mut self, cells: [Cell; N]) {
        for (width, cell) in self.widths.iter_mut().zip(&cells) {
            *width = cell.text.chars().count().max(*width);
        }
        self.rows.push(cells);
    }

    /// Whether it has no rows.
    pub(super) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The rows that were added since the last time, with the headings before the first.
    pub(super) fn take(&mut self) -> String {
        let (rows, colours) = (std::mem::take(&mut self.rows), paints());
        let headings = self.headings.take();
        let headings = headings.map(|words| words.map(|word| Cell::painted(word, Paint::Heading)));
        headings.iter().chain(&rows).map(|row| self.line(row, colours)).collect()
    }

    fn line(&self, row: &[Cell; N], colours: bool) -> String {
        let mut line = String::new();
        for (place, (cell, width)) in row.iter().zip(self.widths).enumerate() {
            line.push_str("  ");
            let text = &cell.text;
            match cell.paint.filter(|_| colours && !text.is_empty()) {
                Some(paint) => line.push_str(&paint.on(text)),
                None => line.push_str(text),
            }
            let last = place + 1 == N;
            let gap = if last { 0 } else { width.saturating_sub(text.chars().count()) };
            line.extend(std::iter::repeat_n(' ', gap));
        }
        format!("{}\n", line.trim_end())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_below_each_other_and_lines_end_without_blanks() {
        let mut table = Table::headed(["ID", "STATUS"]);
        table.row(["a".into(), "".into()]);
        table.row(["long one".into(), Cell::painted("ok", Paint::Good)]);
        assert_eq!(table.take(), "  ID        STATUS\n  a\n  long one  ok\n");
        table.row(["b".into(), "later".into()]);
        assert_eq!(table.take(), "  b         later\n");
    }
}
