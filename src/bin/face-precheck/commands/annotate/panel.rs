//! What is said below the photo: the verdict, what was measured, and every finding.

use face_precheck::{Finding, Point, Report, Severity, Verdict};

use super::canvas::{Canvas, Ink, Script};
use crate::output::text::{cause, groups, measured, printable};

pub(super) const GROUND: Ink = [24, 24, 28, 255];
const WORDS: Ink = [238, 238, 242, 255];
const FAINT: Ink = [172, 172, 184, 255];
const GOOD: Ink = [74, 208, 130, 255];
const DOUBTFUL: Ink = [255, 190, 70, 255];
const BAD: Ink = [255, 110, 100, 255];

/// Letters that each line leaves for its tag: a verdict or severity with a letter's room around it.
const INDENT: u32 = 11;

/// No text is longer, wherever it comes from.
const LONGEST: usize = 600;

/// Everything that is said, in lines that fit.
pub(super) struct Panel {
    lines: Vec<Line>,
    verdict: Ink,
    scale: u32,
}

/// At its left may stand a tag: the verdict, or how much a finding matters.
struct Line {
    tag: Option<Word>,
    words: Vec<Word>,
}

struct Word {
    text: String,
    ink: Ink,
    bold: bool,
}

impl Word {
    fn letters(&self) -> u32 {
        u32::try_from(self.text.chars().count()).unwrap_or(u32::MAX)
    }
}

impl Panel {
    /// For so many pixels from left to right.
    pub(super) fn new(report: &Report, width: u32, scale: u32) -> Self {
        let verdict = match report.verdict() {
            Verdict::Compliant => GOOD,
            Verdict::Fixable => DOUBTFUL,
            Verdict::Retake => BAD,
        };
        let mut panel = Self { lines: Vec::new(), verdict, scale };
        let columns = width.saturating_sub(2 * panel.margin()) / Script::plain(scale).letter().0;
        let room = columns.saturating_sub(INDENT).max(1);
        let badge = Word { text: report.verdict().to_string(), ink: GROUND, bold: true };
        panel.add(Some(badge), words(&measured(report), FAINT, false), room);
        for group in groups(report.findings()) {
            panel.findings(group, room);
        }
        panel
    }

    /// Findings that have all but the rule in common.
    fn findings(&mut self, findings: &[Finding], room: u32) {
        let [first @ Finding { severity, hint, .. }, others @ ..] = findings else { return };
        let rules: Vec<_> = findings.iter().map(|finding| finding.rule.id()).collect();
        let mut text = words(&format!("{}:", rules.join(", ")), WORDS, true);
        text.extend(words(&cause(&first.cause, first.unit), WORDS, false));
        if others.is_empty() {
            text.extend(words(first.code().as_str(), FAINT, false));
        }
        self.add(Some(Word { text: severity.to_string(), ink: ink(first), bold: true }), text, room);
        if *severity > Severity::Info {
            self.add(None, words(hint.text(), WORDS, false), room);
        }
    }

    /// Adds a text, broken between words; what is too long for a line alone is broken within.
    fn add(&mut self, mut tag: Option<Word>, text: Vec<Word>, room: u32) {
        let (mut line, mut length) = (Vec::new(), 0);
        for word in text.into_iter().flat_map(|word| pieces(&word, room)) {
            let letters = word.letters();
            if length > 0 && length + 1 + letters > room {
                self.lines.push(Line { tag: tag.take(), words: std::mem::take(&mut line) });
                length = 0;
            }
            length += letters + u32::from(length > 0);
            line.push(word);
        }
        self.lines.push(Line { tag, words: line });
    }

    const fn margin(&self) -> u32 {
        12 * self.scale
    }

    const fn line_height(&self) -> u32 {
        22 * self.scale
    }

    /// Above what begins with a tag.
    const fn gap(&self, line: &Line) -> u32 {
        if line.tag.is_some() { 6 * self.scale } else { 0 }
    }

    /// `None` if there is too much to say for any picture.
    pub(super) fn height(&self) -> Option<u32> {
        let heights = self.lines.iter().map(|line| self.line_height() + self.gap(line));
        heights.chain([2 * self.margin()]).try_fold(0_u32, u32::checked_add)
    }

    /// Draws it from so many pixels below the upper edge on.
    pub(super) fn draw(&self, canvas: &mut Canvas, top: u32) {
        let (width, _) = canvas.size();
        canvas.cover(Point::new(0.0, top.into()), width.into(), (3 * self.scale).into(), self.verdict);
        let mut y = top + self.margin();
        for (index, line) in self.lines.iter().enumerate() {
            y += self.gap(line);
            if let Some(tag) = line.tag.as_ref().filter(|_| index == 0) {
                self.badge(canvas, tag, y);
            }
            self.line(canvas, line, y);
            y += self.line_height();
        }
    }

    /// What is behind the verdict: half a letter more than it to each side.
    fn badge(&self, canvas: &mut Canvas, verdict: &Word, y: u32) {
        let (letter, height) = Script::bold(self.scale).letter();
        let edge = 2 * self.scale;
        let corner = Point::new(f64::from(self.margin()) - f64::from(letter) / 2.0, (y - edge).into());
        canvas.plate(corner, ((verdict.letters() + 1) * letter).into(), (height + 2 * edge).into(), self.verdict);
    }

    fn line(&self, canvas: &mut Canvas, line: &Line, y: u32) {
        let (letter, _) = Script::plain(self.scale).letter();
        let mut x = self.margin();
        if let Some(tag) = &line.tag {
            self.word(canvas, tag, x, y);
        }
        x += INDENT * letter;
        for word in &line.words {
            self.word(canvas, word, x, y);
            x += letter * (word.letters() + 1);
        }
    }

    fn word(&self, canvas: &mut Canvas, Word { text, ink, bold }: &Word, x: u32, y: u32) {
        let script = if *bold { Script::bold(self.scale) } else { Script::plain(self.scale) };
        canvas.text(text, Point::new(x.into(), y.into()), script, *ink);
    }
}

fn ink(finding: &Finding) -> Ink {
    match finding.severity {
        Severity::Error if !finding.fixable => BAD,
        Severity::Error | Severity::Warning => DOUBTFUL,
        Severity::Info => FAINT,
    }
}

fn words(text: &str, ink: Ink, bold: bool) -> Vec<Word> {
    let text: String = text.chars().take(LONGEST).collect();
    printable(&text).split_whitespace().map(|word| Word { text: word.into(), ink, bold }).collect()
}

/// The word in parts of no more than so many letters.
fn pieces(word: &Word, room: u32) -> Vec<Word> {
    let letters: Vec<char> = word.text.chars().collect();
    letters.chunks(room as usize).map(|part| Word { text: part.iter().collect(), ..*word }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn panel() -> Panel {
        Panel { lines: Vec::new(), verdict: GOOD, scale: 1 }
    }

    fn texts(panel: &Panel) -> Vec<String> {
        let text = |line: &Line| line.words.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" ");
        panel.lines.iter().map(text).collect()
    }

    #[test]
    fn texts_are_broken_between_words() {
        let mut panel = panel();
        panel.add(None, words("one two three\u{202e}  four\nfive", WORDS, false), 10);
        assert_eq!(texts(&panel), ["one two", "three\\u{20", "2e} four", "five"]);
        panel.add(None, words("ten chars. a_word_that_is_too_long", WORDS, false), 10);
        assert_eq!(texts(&panel)[4..], ["ten chars.", "a_word_tha", "t_is_too_l", "ong"]);
    }

    #[test]
    fn a_tag_stands_before_the_first_line_only() {
        let mut panel = panel();
        let tag = || Some(Word { text: "error".into(), ink: BAD, bold: true });
        panel.add(tag(), words("one two", WORDS, false), 4);
        panel.add(tag(), Vec::new(), 4);
        let tags: Vec<_> = panel.lines.iter().map(|line| line.tag.is_some()).collect();
        assert_eq!(tags, [true, false, true]);
    }

    #[test]
    fn it_is_as_high_as_what_is_drawn() {
        let mut panel = panel();
        panel.add(Some(Word { text: "fixable".into(), ink: GROUND, bold: true }), words("gÄ gÄ gÄ", WORDS, false), 2);
        let mut canvas = Canvas::new(300, panel.height().unwrap(), GROUND).unwrap();
        panel.draw(&mut canvas, 0);
        let rgb = canvas.rgb();
        let is_ground = |row: &[u8]| row.chunks_exact(3).all(|pixel| pixel == &GROUND[..3]);
        let last = rgb.chunks_exact(900).rposition(|row| !is_ground(row)).unwrap();
        let below = canvas.size().1 as usize - last;
        assert!((10..20).contains(&below), "{below}");
    }

    #[test]
    fn no_text_is_endless() {
        let mut panel = panel();
        panel.add(None, words(&"\u{7}".repeat(1_000_000), WORDS, false), 40);
        assert!(panel.lines.len() < 100);
    }
}
