//! Leads a file through the modules: from segments to tables and scans, from scans to planes, and from planes to the picture.

use super::header::{Frame, Hints, Scan};
use super::layout::Layout;
use super::output::Output;
use super::progressive::{self, Progress};
use super::segments::{APP0, APP14, DHP, DHT, DQT, DRI, EOI, EXP, SOS, Segments, is_start_of_frame};
use super::sequential::{self, Part};
use super::skip::Skip;
use super::tables::{Quantization, Tables};
use super::{Error, Picture, Result, Scale, Scratch, reconstruct};

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
            APP0 | APP14 => state.hints.read(segment.marker, segment.content)?,
            SOS => {
                segments.rest = state.scan(segment.content, segments.rest, scale, scratch)?;
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
    /// Reads a scan, and returns what is behind its data.
    fn scan<'a>(&mut self, header: &[u8], data: &'a [u8], scale: Scale, scratch: &mut Scratch) -> Result<&'a [u8]> {
        let frame = self.frame.as_ref().ok_or(Error::Malformed("a scan before the frame"))?;
        let scan = Scan::read(header, frame)?;
        for component in &scan.components {
            let table = frame.components.get(component.index).and_then(|component| self.tables.quantization.get(component.table));
            let table = table.copied().flatten().ok_or(Error::Malformed("a quantisation table is missing"))?;
            if let Some(factors) = self.factors.get_mut(component.index) {
                if !frame.progressive && factors.is_some() {
                    return Err(Error::Malformed("two scans of one component"));
                }
                factors.get_or_insert(table);
            }
        }
        let whole = scan.components.len() == frame.components.len();
        let streams = whole && !frame.progressive;
        let output = match &mut self.output {
            Some(output) => output,
            empty => {
                // Each block takes a code for its DC coefficient at the least, and in sequential files one for the others.
                let least = frame.blocks() * if frame.progressive { 1 } else { 2 };
                if data.len().saturating_mul(8) < least {
                    return Err(Error::Malformed("too few bytes for the dimensions that are stated"));
                }
                let layouts: Vec<Layout> = frame.components.iter().map(|component| Layout::new(frame, component, scale)).collect();
                let samples = std::mem::take(&mut scratch.samples);
                let coding = self.hints.coding(frame);
                let output = Output::new((frame.width, frame.height), scale, coding, layouts, samples);
                let mcu_rows = if streams || frame.progressive { 1 } else { frame.mcus_down() };
                reset(frame, &output.layouts, mcu_rows, scratch);
                empty.insert(output)
            }
        };
        if frame.progressive {
            return progressive::scan(frame, &scan, &self.tables, data, &mut self.progress, &mut scratch.coefficients);
        }
        let missing = Error::Malformed("a Huffman table is missing");
        let mut parts = Vec::with_capacity(4);
        // Components that are kept alike share the table by which the others are passed over.
        let mut skips: [Option<Skip>; 4] = [const { None }; 4];
        for listed in &scan.components {
            let kept = output.layouts.get(listed.index).map_or(64, Layout::kept);
            let ac = self.tables.ac.get(listed.ac).and_then(Option::as_deref).ok_or(missing)?;
            if let Some(skip) = skips.get_mut(listed.ac)
                && kept < 64
            {
                skip.get_or_insert_with(|| Skip::new(ac));
            }
        }
        for listed in &scan.components {
            let (Some(component), Some(layout), Some(Some(factors)), Some(skip)) = (
                frame.components.get(listed.index),
                output.layouts.get(listed.index),
                self.factors.get(listed.index),
                skips.get(listed.ac),
            ) else {
                return Err(missing);
            };
            let dc = self.tables.dc.get(listed.dc).and_then(Option::as_deref).ok_or(missing)?;
            let ac = self.tables.ac.get(listed.ac).and_then(Option::as_deref).ok_or(missing)?;
            parts.push(Part::new(listed.index, component, layout, &scan, [dc, ac], skip.as_ref(), factors));
        }
        let mut reader = sequential::Reader::new(data, self.tables.restart_interval);
        let (across, down) = scan.mcus(frame);
        let rows = 8 / scale.divisor() * frame.down;
        for row in 0..down {
            reader.row(row, across, &mut parts, &mut scratch.planes)?;
            if streams {
                output.add_rows((row + 1) * rows, &scratch.planes, &mut scratch.lines);
                scratch.planes.iter_mut().take(parts.len()).for_each(super::Plane::advance);
            }
        }
        self.finished = streams;
        Ok(reader.rest())
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
                scratch.planes.iter_mut().take(frame.components.len()).for_each(super::Plane::advance);
            }
        } else if !self.finished {
            output.add_rows(output.height, &scratch.planes, &mut scratch.lines);
        }
        let Output { width, height, coding, samples, .. } = output;
        Ok(Picture { width, height, samples, color: coding.color })
    }
}

/// Readies the planes for so many rows of MCUs, and the coefficients of a progressive picture.
fn reset(frame: &Frame, layouts: &[Layout], mcu_rows: usize, scratch: &mut Scratch) {
    let targets = scratch.planes.iter_mut().zip(&mut scratch.coefficients);
    for ((component, layout), (plane, coefficients)) in frame.components.iter().zip(layouts).zip(targets) {
        let across = frame.mcus_across() * component.across;
        plane.reset(layout, across * layout.block.0, mcu_rows * component.down * layout.block.1);
        if frame.progressive {
            coefficients.reset(across, frame.mcus_down() * component.down, layout.kept());
        }
    }
}
