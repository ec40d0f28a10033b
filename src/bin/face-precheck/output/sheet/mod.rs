//! A contact sheet: one HTML file for up to ten thousand photos that needs nothing but itself, and further ones beside it.
//!
//! The page is written while the run goes on: the template up to its rows, blocks of rows as JSON, and at the end what is known only
//! then. `sheet.js` makes cards of them.

mod row;

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use face_precheck::TOOL;
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::{About, Entry};
use crate::summary::Summary;

const TEMPLATE: &str = include_str!("page.html");
const STYLE: &str = include_str!("sheet.css");
const SCRIPT: &str = include_str!("sheet.js");

/// Photos on a page: what browsers show without delay.
const PAGE: usize = 10_000;

/// Rows in a block: few enough to be parsed without a pause.
const BLOCK: usize = 250;

/// The pages.
pub(super) struct Sheet {
    pages: Vec<PathBuf>,
    out: BufWriter<File>,
    /// On the last page.
    rows: usize,
    head: Head,
    /// From which links to photos start.
    folder: Option<PathBuf>,
}

#[derive(Debug, Serialize)]
struct Head {
    tool: &'static str,
    command: &'static str,
    profile: Value,
    limits: Map<String, Value>,
    page: usize,
    /// The number of the page's first photo, from 1.
    first: usize,
}

impl Sheet {
    /// Begins the first page.
    pub(super) fn new(path: &Path, file: File, about: &About) -> io::Result<Self> {
        let head = Head {
            tool: TOOL,
            command: about.command,
            profile: json!({ "name": about.profile, "sha256": about.sha256 }),
            limits: about.demands.as_deref().map(limits).unwrap_or_default(),
            page: 1,
            first: 1,
        };
        let out = begin(file, &head)?;
        let folder = path.canonicalize()?.parent().map(Path::to_path_buf);
        Ok(Self { pages: vec![path.into()], out, rows: 0, head, folder })
    }

    pub(super) fn row(&mut self, entry: &Entry) -> io::Result<()> {
        if self.rows == PAGE {
            self.turn_page()?;
        }
        let begins = self.rows.is_multiple_of(BLOCK);
        self.out.write_all(match (begins, self.rows) {
            (true, 0) => b"<script type=\"application/json\" class=\"rows\">[".as_slice(),
            (true, _) => b"]</script>\n<script type=\"application/json\" class=\"rows\">[",
            // On lines of their own, so that whole rows can be told in a block that is not.
            (false, _) => b",\n",
        })?;
        self.rows += 1;
        write_json(&mut self.out, &row::row(entry, self.folder.as_deref()))
    }

    /// Ends all pages.
    pub(super) fn finish(&mut self, summary: &Summary) -> io::Result<()> {
        self.end_rows()?;
        self.out.flush()?;
        let pages: Vec<_> = self.pages.iter().map(|page| row::link(Path::new(page.file_name().unwrap_or_default()))).collect();
        let counts: Map<_, _> =
            summary.tally.verdicts().map(|(verdict, count)| (verdict.to_owned(), count.into())).into_iter().collect();
        let tail = json!({
            "pages": pages,
            "photos": summary.tally.total(),
            "counts": counts,
            "interrupted": summary.interrupted,
        });
        for page in &self.pages {
            let mut out = BufWriter::new(OpenOptions::new().append(true).open(page)?);
            script(&mut out, "tail", &tail)?;
            out.write_all(parts().1.as_bytes())?;
            out.flush()?;
        }
        Ok(())
    }

    fn turn_page(&mut self) -> io::Result<()> {
        self.end_rows()?;
        self.out.flush()?;
        self.head.page += 1;
        self.head.first += self.rows;
        self.rows = 0;
        let first = self.pages.first().ok_or_else(|| io::Error::other("a sheet without its first page"))?;
        let next = numbered(first, self.head.page);
        self.out = begin(File::create(&next)?, &self.head)?;
        self.pages.push(next);
        Ok(())
    }

    fn end_rows(&mut self) -> io::Result<()> {
        if self.rows > 0 { self.out.write_all(b"]</script>\n") } else { Ok(()) }
    }
}

/// `sheet.html`, `sheet-2.html`, ...
fn numbered(first: &Path, number: usize) -> PathBuf {
    let mut name = first.file_stem().unwrap_or_default().to_owned();
    name.push(format!("-{number}."));
    name.push(first.extension().unwrap_or_default());
    first.with_file_name(name)
}

fn begin(file: File, head: &Head) -> io::Result<BufWriter<File>> {
    let mut out = BufWriter::new(file);
    let page = parts().0.replace("/*{{css}}*/", STYLE).replace("/*{{js}}*/", SCRIPT);
    out.write_all(page.as_bytes())?;
    script(&mut out, "head", head)?;
    out.flush()?;
    Ok(out)
}

/// The template before and after its rows.
fn parts() -> (&'static str, &'static str) {
    TEMPLATE.split_once("<!--{{rows}}-->").unwrap_or((TEMPLATE, ""))
}

fn script(out: &mut impl Write, class: &str, value: &impl Serialize) -> io::Result<()> {
    write!(out, "<script type=\"application/json\" class=\"{class}\">")?;
    write_json(out, value)?;
    out.write_all(b"</script>\n")
}

/// JSON that cannot end the script that it stands in.
fn write_json(out: &mut impl Write, value: &impl Serialize) -> io::Result<()> {
    let json = serde_json::to_string(value)?.replace('<', "\\u003c");
    out.write_all(json.as_bytes())
}

/// Bounds by rule, of a profile.
fn limits(profile: &str) -> Map<String, Value> {
    let rules: toml::Table = toml::from_str(profile).unwrap_or_default();
    let bound = |rule: &toml::Value, key: &str| {
        let value = rule.get(key)?;
        value.as_float().map(Value::from).or_else(|| value.as_integer().map(Value::from))
    };
    rules
        .iter()
        .filter_map(|(name, rule)| {
            let bounds: Map<String, Value> =
                ["min", "max"].iter().filter_map(|key| Some(((*key).to_owned(), bound(rule, key)?))).collect();
            (!bounds.is_empty()).then(|| (name.clone(), bounds.into()))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use face_precheck::Profile;

    use super::*;
    use crate::args::FailOn;
    use crate::record::Record;
    use crate::summary::Tally;

    fn blocks(page: &str, class: &str) -> Vec<Value> {
        page.split(&format!("<script type=\"application/json\" class=\"{class}\">"))
            .skip(1)
            .map(|rest| serde_json::from_str(rest.split_once("</script>").unwrap().0).unwrap())
            .collect()
    }

    #[test]
    fn the_template_has_a_place_for_everything_once() {
        for place in ["/*{{css}}*/", "/*{{js}}*/", "<!--{{rows}}-->"] {
            assert_eq!(TEMPLATE.matches(place).count(), 1, "{place}");
        }
        assert!(TEMPLATE.contains("default-src 'none'"), "nothing is fetched");
    }

    #[test]
    fn ten_thousand_photos_go_on_a_page_and_the_others_on_further_ones() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sheet.html");
        let about = About {
            command: "check",
            profile: "mine</script>".into(),
            sha256: "00".into(),
            demands: Some(Profile::progeny_selfie().to_toml()),
        };
        let mut sheet = Sheet::new(&path, File::create(&path).unwrap(), &about).unwrap();
        let mut tally = Tally::default();
        for number in 0..20_100 {
            let file = format!("</script><script>alert({number})</script>.jpg");
            let line = json!({
                "schema": 1, "tool": "t", "command": "check", "profile": {"name": "p", "sha256": ""},
                "file": file, "verdict": if number % 2 == 0 { "compliant" } else { "retake" },
            });
            let line = line.to_string();
            let record = Record::parse(&line).unwrap();
            tally.count(&record, FailOn::Error);
            sheet.row(&Entry { line: &line, record: &record, row: None, thumbnail: None, passed: number % 2 == 0 }).unwrap();
        }
        let summary = Summary {
            tally: &tally,
            uploads: false,
            fail_on: FailOn::Error,
            checked: 0,
            resumed: 0,
            no_pictures: 0,
            profile: String::new(),
            interrupted: true,
            elapsed: Duration::ZERO,
        };
        sheet.finish(&summary).unwrap();
        let mut number = 0;
        for (page, rows) in [("sheet.html", 10_000), ("sheet-2.html", 10_000), ("sheet-3.html", 100)] {
            let text = std::fs::read_to_string(folder.path().join(page)).unwrap();
            assert!(text.ends_with("</html>\n") && !text.contains("alert(0)</script>"), "{page}");
            let head = &blocks(&text, "head")[0];
            assert_eq!(head["first"], number + 1);
            assert_eq!(head["profile"]["name"], "mine</script>");
            assert_eq!(head["limits"]["face-size"], json!({"min": 224}));
            assert_eq!(head["limits"]["head-pose-yaw"], json!({"min": -25, "max": 25}));
            let found: Vec<Value> =
                blocks(&text, "rows").into_iter().flat_map(|block| block.as_array().unwrap().clone()).collect();
            assert_eq!(found.len(), rows);
            for row in found {
                assert_eq!(row["file"], format!("</script><script>alert({number})</script>.jpg"));
                number += 1;
            }
            let tail = &blocks(&text, "tail")[0];
            assert_eq!(tail["pages"], json!(["sheet.html", "sheet-2.html", "sheet-3.html"]));
            assert_eq!(
                (&tail["photos"], &tail["counts"]["retake"], &tail["interrupted"]),
                (&json!(20_100), &json!(10_050), &json!(true))
            );
        }
    }
}
