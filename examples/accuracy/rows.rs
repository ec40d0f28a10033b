//! CSV files by the names of their columns; whatever is wrong is named by file, line and column.

use std::collections::HashSet;
use std::io::Read;
use std::path::{Path, PathBuf};

use csv::{ReaderBuilder, StringRecord, Trim};

/// What is wrong with an input, and where.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Fault(pub(crate) String);

/// A CSV file with a header.
#[derive(Debug)]
pub(crate) struct Table {
    path: PathBuf,
    columns: Vec<String>,
    records: Vec<StringRecord>,
}

impl Table {
    pub(crate) fn read(path: &Path) -> Result<Self, Fault> {
        let file = std::fs::File::open(path).map_err(|error| Fault(format!("{}: {error}", path.display())))?;
        Self::parse(path, file)
    }

    pub(crate) fn parse(path: &Path, text: impl Read) -> Result<Self, Fault> {
        let fault = |error: csv::Error| Fault(format!("{}: {error}", path.display()));
        let mut reader = ReaderBuilder::new().trim(Trim::All).from_reader(text);
        let columns: Vec<String> = reader.headers().map_err(fault)?.iter().map(str::to_owned).collect();
        let mut seen = HashSet::new();
        if let Some(twice) = columns.iter().find(|column| !column.is_empty() && !seen.insert(column.as_str())) {
            return Err(Fault(format!("{}:1: {twice}: there are two columns of this name", path.display())));
        }
        let records = reader.records().collect::<Result<_, _>>().map_err(fault)?;
        Ok(Self { path: path.to_owned(), columns, records })
    }

    /// Gives a column another name.
    pub(crate) fn rename(&mut self, old: &str, new: &str) -> Result<(), Fault> {
        self.require(old)?;
        if old != new && self.has(new) {
            return Err(Fault(format!("{}:1: {new}: there is a column of this name already", self.path.display())));
        }
        self.columns.iter_mut().filter(|column| *column == old).for_each(|column| new.clone_into(column));
        Ok(())
    }

    pub(crate) fn has(&self, column: &str) -> bool {
        self.columns.iter().any(|name| name == column)
    }

    pub(crate) fn require(&self, column: &str) -> Result<(), Fault> {
        if self.has(column) {
            return Ok(());
        }
        Err(Fault(format!("{}:1: {column}: there is no such column, only {}", self.path.display(), self.columns.join(", "))))
    }

    pub(crate) fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        self.records.iter().map(|record| Row { table: self, record })
    }
}

/// One line of a [`Table`].
#[derive(Clone, Copy)]
pub(crate) struct Row<'a> {
    table: &'a Table,
    record: &'a StringRecord,
}

impl<'a> Row<'a> {
    /// What stands in a column; `None` where it is blank or the column is missing.
    pub(crate) fn text(&self, column: &str) -> Option<&'a str> {
        let index = self.table.columns.iter().position(|name| name == column)?;
        self.record.get(index).filter(|text| !text.is_empty())
    }

    /// The finite number in a column; `None` as for [`Row::text`].
    pub(crate) fn number(&self, column: &str) -> Result<Option<f64>, Fault> {
        let Some(text) = self.text(column) else { return Ok(None) };
        match text.parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(Some(number)),
            _ => Err(self.fault(column, &format!("`{text}` is not a number"))),
        }
    }

    /// The whole number in a column; `None` as for [`Row::text`].
    pub(crate) fn count(&self, column: &str) -> Result<Option<usize>, Fault> {
        let Some(text) = self.text(column) else { return Ok(None) };
        text.parse().map(Some).map_err(|_| self.fault(column, &format!("`{text}` is not a count")))
    }

    pub(crate) fn fault(&self, column: &str, what: &str) -> Fault {
        let line = self.record.position().map_or(0, csv::Position::line);
        Fault(format!("{}:{line}: {column}: {what}", self.table.path.display()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Table, Fault> {
        Table::parse(Path::new("some.csv"), text.as_bytes())
    }

    fn fault<T: std::fmt::Debug>(result: Result<T, Fault>) -> String {
        result.unwrap_err().to_string()
    }

    #[test]
    fn cells_are_found_by_the_names_of_their_columns() {
        let table = parse("\u{feff}file, yaw ,other\n\"a, b.jpg\",-3.5,\n c.jpg ,,x\n").unwrap();
        let rows: Vec<_> = table.rows().collect();
        assert_eq!(rows[0].text("file"), Some("a, b.jpg"));
        assert_eq!(rows[0].number("yaw").unwrap(), Some(-3.5));
        assert_eq!(rows[0].text("other"), None);
        assert_eq!(rows[1].text("file"), Some("c.jpg"));
        assert_eq!(rows[1].number("yaw").unwrap(), None);
        assert_eq!(rows[1].number("missing").unwrap(), None);
    }

    #[test]
    fn faults_name_file_line_and_column() {
        let table = parse("file,yaw,n_faces\na.jpg,1,1\nb.jpg,2o,-1\nc.jpg,NaN,1.5\nd.jpg,inf,\n").unwrap();
        let rows: Vec<_> = table.rows().collect();
        assert_eq!(fault(rows[1].number("yaw")), "some.csv:3: yaw: `2o` is not a number");
        assert_eq!(fault(rows[1].count("n_faces")), "some.csv:3: n_faces: `-1` is not a count");
        assert_eq!(fault(rows[2].number("yaw")), "some.csv:4: yaw: `NaN` is not a number");
        assert_eq!(fault(rows[2].count("n_faces")), "some.csv:4: n_faces: `1.5` is not a count");
        assert_eq!(fault(rows[3].number("yaw")), "some.csv:5: yaw: `inf` is not a number");
        assert_eq!(fault(table.require("pitch")), "some.csv:1: pitch: there is no such column, only file, yaw, n_faces");
    }

    #[test]
    fn a_ragged_file_and_a_column_that_is_there_twice_are_faults() {
        assert!(fault(parse("file,yaw\na.jpg\n")).starts_with("some.csv: CSV error: record 1 (line: 2"));
        assert_eq!(fault(parse("yaw,file,yaw\n")), "some.csv:1: yaw: there are two columns of this name");
    }

    #[test]
    fn a_column_is_renamed_to_a_name_that_is_free() {
        let mut table = parse("file,faces,n_faces\na.jpg,1,2\n").unwrap();
        assert_eq!(fault(table.rename("faces", "n_faces")), "some.csv:1: n_faces: there is a column of this name already");
        assert!(table.rename("count", "n_faces").is_err());
        table.rename("faces", "set").unwrap();
        assert_eq!(table.rows().next().unwrap().text("set"), Some("1"));
    }
}
