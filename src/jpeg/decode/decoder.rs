//! Leads a file through the modules: from segments to tables and scans, from scans to planes, and from planes to the picture.

use super::bits::Bits;
use super::header::{Frame, Hints, Scan};
use super::layout::Layout;
use super::output::Output;
use super::planes::Plane;
use super::progress::Progress;
use super::segments::{APP0, APP14, DHP, DHT, DQT, DRI, EOI, EXP, SOS, Segments, is_start_of_frame};
use super::sequential::{self, Part};
use super::skip::Skip;
use super::tables::{Quantization, Tables};
use super::{Error, Picture, Result, Scale, Scratch, progressive, reconstruct};

/// What is known of a file as far as it is read.
#[derive(Default)]
struct State {
    tables: Tables,
    hints: Hints,
    frame: Option<Frame>,
    /// Set with the first scan.
    output: Option<Output>,
    /// What each component's coefficients were divided by. Set with its first scan: later tables are for others.
    factors: [Option<Quantization>; 4],
    progress: Progress,
    /// All components came in one scan, and their rows are added to the picture.
    finished: bool,
    /// There is more behind a scan's last block.
    surplus: bool,
}

pub(super) fn decode(bytes: &[u8], scale: Scale, scratch: &mut Scratch) -> Result<Picture> {
    let mut segments = Segments::of(bytes)?;
    let mut state = State::default();
    loop {
        let segment = segments.next()?;
        match segment.marker {
            EOI => return state.finish(scale, scratch),
            DQT => state.tables.read_quantization(segment.content)?,
            DHT => state.tables.read_huffman(segment.content)?,
            DRI => state.tables.read_restart_interval(segment.content)?,
            APP0 | APP14 => state.hints.read(segment.marker, segment.content),
            SOS => {
                let behind = state.scan(segment.content, segments.rest, scale, scratch)?;
                state.surplus |= behind.has_surplus();
                segments.rest = behind.rest;
                segments.skip_to_marker();
            }
            DHP | EXP => return Err(Error::Unsupported("hierarchical coding")),
            marker if is_start_of_frame(marker) => {
                let frame = Frame::read(marker, segment.content)?;
                if state.frame.replace(frame).is_some() {
                    return Err(Error::Malformed("two frames"));
                }
            }
            // Comments, metadata and what is reserved.
            _ => {}
        }
    }
}

impl State {
    /// Reads a scan, and returns what is behind its last block.
    fn scan<'a>(&mut self, header: &[u8], data: &'a [u8], scale: Scale, scratch: &mut Scratch) -> Result<Bits<'a>> {
        let frame = self.frame.as_ref().ok_or(Error::Malformed("a scan before the frame"))?;
        let scan = Scan::read(header, frame)?;
        for listed in &scan.components {
            let table = frame.components.get(listed.index).and_then(|component| self.tables.quantization.get(component.table));
            let table = table.copied().flatten().ok_or(Error::Malformed("a quantisation table is missing"))?;
            if let Some(factors) = self.factors.get_mut(listed.index) {
                if !frame.progressive && factors.is_some() {
                    return Err(Error::Malformed("two scans of one component"));
                }
                factors.get_or_insert(table);
            }
        }
        // Rows are put together while they are read if all of a row comes at once.
        let streams = !frame.progressive && scan.components.len() == frame.components.len();
        let output = match &mut self.output {
            Some(output) => output,
            empty => {
                let held = if streams || frame.progressive { 1 } else { frame.mcus_down() };
                empty.insert(begin(frame, self.hints, scale, data, held, scratch)?)
            }
        };
        if frame.progressive {
            return progressive::scan(frame, &scan, &self.tables, data, &mut self.progress, &mut scratch.coefficients);
        }
        let skips = skips(&scan, &output.layouts, &self.tables)?;
        let mut parts = Vec::with_capacity(4);
        for listed in &scan.components {
            let (Some(component), Some(layout), Some(Some(factors))) =
                (frame.components.get(listed.index), output.layouts.get(listed.index), self.factors.get(listed.index))
            else {
                return Err(Error::Malformed("a component is missing"));
            };
            let skip = skips.get(listed.ac).and_then(Option::as_ref);
            parts.push(Part::new(listed.index, component, layout, &scan, self.tables.codes(listed)?, skip, factors));
        }
        let mut reader = sequential::Reader::new(data, self.tables.restart_interval);
        let (mcus, mcu_rows) = scan.mcus(frame);
        let rows = 8 / scale.divisor() * frame.down;
        for row in 0..mcu_rows {
            reader.row(row, mcus, &mut parts, &mut scratch.planes)?;
            if streams {
                output.add_rows((row + 1) * rows, &scratch.planes, &mut scratch.lines);
                scratch.planes.iter_mut().take(parts.len()).for_each(Plane::advance);
            }
        }
        self.finished = streams;
        Ok(reader.bits())
    }

    /// Puts together what was not while it was read.
    fn finish(mut self, scale: Scale, scratch: &mut Scratch) -> Result<Picture> {
        let (Some(frame), Some(mut output)) = (self.frame.take(), self.output.take()) else {
            return Err(Error::Malformed("no picture"));
        };
        if self.factors.iter().take(frame.components.len()).any(Option::is_none) {
            return Err(Error::Malformed("a component is missing"));
        }
        if frame.progressive {
            self.progress.check_complete(&frame)?;
            let rows = 8 / scale.divisor() * frame.down;
            for row in 0..frame.mcus_down() {
                reconstruct::row(&frame, &output.layouts, row, &self.factors, &scratch.coefficients, &mut scratch.planes);
                output.add_rows((row + 1) * rows, &scratch.planes, &mut scratch.lines);
                scratch.planes.iter_mut().take(frame.components.len()).for_each(Plane::advance);
            }
        } else if !self.finished {
            output.add_rows(output.height, &scratch.planes, &mut scratch.lines);
        }
        let Output { width, height, coding, samples, .. } = output;
        Ok(Picture { width, height, samples, color: coding.color, surplus: self.surplus })
    }
}

/// Readies memory for a picture, with planes of so many rows of MCUs.
fn begin(frame: &Frame, hints: Hints, scale: Scale, data: &[u8], held: usize, scratch: &mut Scratch) -> Result<Output> {
    // Each block takes a code for its DC coefficient at the least, and in sequential files one for the others.
    let least = frame.blocks() * if frame.progressive { 1 } else { 2 };
    if data.len().saturating_mul(8) < least {
        return Err(Error::Malformed("too few bytes for the dimensions that are stated"));
    }
    let layouts: Vec<Layout> = frame.components.iter().map(|component| Layout::new(frame, component, scale)).collect();
    let targets = scratch.planes.iter_mut().zip(&mut scratch.coefficients);
    for ((component, layout), (plane, coefficients)) in frame.components.iter().zip(&layouts).zip(targets) {
        let across = frame.mcus_across() * component.across;
        plane.reset(layout, across * layout.block.0, held * component.down * layout.block.1);
        if frame.progressive {
            coefficients.reset(across, frame.mcus_down() * component.down, layout.kept());
        }
    }
    let samples = std::mem::take(&mut scratch.samples);
    Output::new((frame.width, frame.height), scale, hints.coding(frame), layouts, samples)
}

/// Tables to pass over coefficients by, for each table of AC codes by which some are not kept.
fn skips(scan: &Scan, layouts: &[Layout], tables: &Tables) -> Result<[Option<Skip>; 4]> {
    let mut skips = [const { None }; 4];
    for listed in &scan.components {
        let reduced = layouts.get(listed.index).is_some_and(|layout| layout.kept() < 64);
        let [_, ac] = tables.codes(listed)?;
        if let Some(skip) = skips.get_mut(listed.ac).filter(|_| reduced) {
            skip.get_or_insert_with(|| Skip::new(ac));
        }
    }
    Ok(skips)
}
