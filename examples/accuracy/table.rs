//! Tables as aligned text or as Markdown.

use std::fmt::Write;

/// A table of figures; the first columns may be words.
#[derive(Debug)]
pub(crate) struct Table {
    title: String,
    header: Vec<String>,
    rows: Vec<Vec<String>>,
    /// How many columns, from the first one on, are words and stand to the left.
    words: usize,
}

impl Table {
    pub(crate) fn new(title: impl Into<String>, words: usize, header: &[&str]) -> Self {
        let header = header.iter().map(|&name| name.to_owned()).collect();
        Self { title: title.into(), header, rows: Vec::new(), words }
    }

    pub(crate) fn push(&mut self, row: impl IntoIterator<Item = String>) {
        self.rows.push(row.into_iter().collect());
    }

    /// The table under its title; nothing if it has no rows.
    pub(crate) fn render(&self, markdown: bool) -> String {
        if self.rows.is_empty() {
            return String::new();
        }
        let lines: Vec<&Vec<String>> = std::iter::once(&self.header).chain(&self.rows).collect();
        let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or_default().max(3);
        let widths: Vec<usize> = (0..self.header.len()).map(width).collect();
        let cell = |column: usize, text: &str| {
            let width = widths[column];
            if column < self.words { format!("{text:width$}") } else { format!("{text:>width$}") }
        };
        let line = |row: &Vec<String>| row.iter().enumerate().map(|(column, text)| cell(column, text)).collect::<Vec<_>>();
        let mut out = if markdown { format!("### {}\n\n", self.title) } else { format!("{}\n", self.title) };
        for (index, row) in lines.into_iter().enumerate() {
            if markdown {
                let _ = writeln!(out, "| {} |", line(row).join(" | "));
                if index == 0 {
                    let _ = writeln!(out, "| {} |", self.rules(&widths).join(" | "));
                }
            } else {
                let _ = writeln!(out, "  {}", line(row).join("  ").trim_end());
            }
        }
        out.push('\n');
        out
    }

    /// What Markdown wants under the header.
    fn rules(&self, widths: &[usize]) -> Vec<String> {
        let rule = |(column, &width): (usize, &usize)| {
            if column < self.words { "-".repeat(width) } else { format!("{}:", "-".repeat(width - 1)) }
        };
        widths.iter().enumerate().map(rule).collect()
    }
}

/// A number with so many decimal places, or a dash.
pub(crate) fn decimal(value: Option<f64>, places: i32) -> String {
    value.map_or_else(|| "-".to_owned(), |value| format!("{:.*}", places.unsigned_abs() as usize, rounded(value, places)))
}

/// The same with its sign.
pub(crate) fn signed(value: Option<f64>, places: i32) -> String {
    value.map_or_else(|| "-".to_owned(), |value| format!("{:+.*}", places.unsigned_abs() as usize, rounded(value, places)))
}

/// Rounded, so that no `-0.0` is left.
fn rounded(value: f64, places: i32) -> f64 {
    let unit = 10f64.powi(places);
    (value * unit).round() / unit + 0.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let mut table = Table::new("Things", 1, &["set", "n", "mean"]);
        table.push(["grid".to_owned(), 12.to_string(), signed(Some(1.234), 1)]);
        table.push(["all".to_owned(), 0.to_string(), decimal(None, 1)]);
        table
    }

    #[test]
    fn words_stand_left_and_figures_right() {
        assert_eq!(table().render(false), "Things\n  set     n  mean\n  grid   12  +1.2\n  all     0     -\n\n");
    }

    #[test]
    fn markdown_says_the_same() {
        let expected =
            "### Things\n\n| set  |   n | mean |\n| ---- | --: | ---: |\n| grid |  12 | +1.2 |\n| all  |   0 |    - |\n\n";
        assert_eq!(table().render(true), expected);
    }

    #[test]
    fn there_is_no_negative_nothing() {
        assert_eq!((decimal(Some(-0.04), 1), signed(Some(-0.04), 1)), ("0.0".to_owned(), "+0.0".to_owned()));
        assert_eq!((decimal(Some(-0.06), 1), signed(Some(2.345), 2)), ("-0.1".to_owned(), "+2.35".to_owned()));
    }

    #[test]
    fn a_table_without_rows_is_left_out() {
        assert_eq!(Table::new("Things", 1, &["set"]).render(false), "");
    }
}
