//! Plots as SVG: lines over an axis, with the limits that a profile sets.

use std::fmt::Write;

/// Numbers of one group.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    pub(crate) name: String,
    pub(crate) color: &'static str,
    pub(crate) dashed: bool,
    pub(crate) points: Vec<[f64; 2]>,
    /// Where its single numbers are, drawn as a grey area: x, least and most.
    pub(crate) band: Vec<[f64; 3]>,
}

/// One plot.
#[derive(Debug, Clone)]
pub(crate) struct Plot {
    pub(crate) title: String,
    pub(crate) x: String,
    pub(crate) y: String,
    pub(crate) lines: Vec<Line>,
    pub(crate) limits: Vec<f64>,
}

/// Told apart by those who see no red or green too (Okabe and Ito 2008); two dark ones more.
pub(crate) const COLORS: [&str; 9] =
    ["#000000", "#0072b2", "#8b3a00", "#56b4e9", "#009e73", "#e69f00", "#cc79a7", "#d55e00", "#7a7a7a"];

const SIZE: [f64; 2] = [760.0, 420.0];
/// Of the axes: left, top, right, bottom.
const FRAME: [f64; 4] = [70.0, 40.0, 560.0, 360.0];

/// What is seen along one axis.
#[derive(Debug, Clone, Copy)]
struct Axis {
    /// First and last number.
    range: [f64; 2],
    /// Where they are drawn.
    place: [f64; 2],
    /// Between two ticks.
    step: f64,
}

impl Axis {
    /// From the first to the last number; `air` rounds to whole steps.
    fn over(numbers: impl Iterator<Item = f64>, place: [f64; 2], air: bool) -> Self {
        let (low, high) = numbers.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| (low.min(x), high.max(x)));
        let (low, high) = if low.is_finite() { (low, high) } else { (0.0, 1.0) };
        let high = if high > low { high } else { low + 1.0 };
        let step = nice((high - low) / 6.0);
        let range = if air { [(low / step).floor() * step, (high / step).ceil() * step] } else { [low, high] };
        Self { range, place, step }
    }

    fn at(&self, number: f64) -> f64 {
        let part = (number - self.range[0]) / (self.range[1] - self.range[0]);
        self.place[0] + part * (self.place[1] - self.place[0])
    }

    fn ticks(&self) -> Vec<f64> {
        let [low, high] = self.range.map(|end| end / self.step);
        let mut tick = (low - 1e-6).ceil();
        let mut ticks = Vec::new();
        while tick <= high + 1e-6 {
            ticks.push(tick * self.step);
            tick += 1.0;
        }
        ticks
    }

    /// A tick's number with as many digits as all of them need.
    fn label(&self, tick: f64) -> String {
        let digits = (0..6).find(|&digits| (self.step * 10_f64.powi(digits)).fract().abs() < 1e-6).unwrap_or(6);
        format!("{:.*}", usize::try_from(digits).unwrap_or_default(), tick + 0.0)
    }
}

/// The nearest of 1, 2, 5, 10 and so on that is not smaller.
fn nice(step: f64) -> f64 {
    let ten = 10_f64.powf(step.log10().floor());
    [1.0, 2.0, 5.0].map(|times| times * ten).into_iter().find(|nice| *nice >= step * 0.999).unwrap_or(10.0 * ten)
}

impl Plot {
    pub(crate) fn svg(&self) -> String {
        let numbers = |axis: usize| self.lines.iter().flat_map(move |line| line.points.iter().map(move |point| point[axis]));
        let bands = self.lines.iter().flat_map(|line| line.band.iter().flat_map(|[_, least, most]| [*least, *most]));
        let [left, top, right, bottom] = FRAME;
        let x = Axis::over(numbers(0), [left, right], false);
        let y = Axis::over(numbers(1).chain(bands).chain(self.limits.iter().copied()), [bottom, top], true);
        let mut svg = String::new();
        let [width, height] = SIZE;
        let _ = writeln!(
            svg,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" \
             font-family=\"sans-serif\" font-size=\"12\" fill=\"#222\">\n\
             <title>{}</title>\n<rect width=\"{width}\" height=\"{height}\" fill=\"#fff\"/>\n\
             <text x=\"{left}\" y=\"24\" font-size=\"15\">{}</text>",
            escaped(&self.title),
            escaped(&self.title)
        );
        for line in self.lines.iter().filter(|line| !line.band.is_empty()) {
            let there = line.band.iter().map(|[at, _, most]| [*at, *most]);
            let back = line.band.iter().rev().map(|[at, least, _]| [*at, *least]);
            let around: Vec<[f64; 2]> = there.chain(back).collect();
            let _ = writeln!(svg, "<polygon points=\"{}\" fill=\"#ddd\"/>", places(&around, x, y));
        }
        self.axes(&mut svg, x, y);
        for limit in &self.limits {
            let at = y.at(*limit);
            let _ = writeln!(
                svg,
                "<line x1=\"{left}\" x2=\"{right}\" y1=\"{at:.1}\" y2=\"{at:.1}\" stroke=\"#c00\" stroke-dasharray=\"7 4\"/>"
            );
        }
        for line in &self.lines {
            let dash = if line.dashed { " stroke-dasharray=\"2 3\"" } else { "" };
            let _ = writeln!(
                svg,
                "<polyline points=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"2\"{dash}/>",
                places(&line.points, x, y),
                line.color
            );
        }
        self.legend(&mut svg);
        svg.push_str("</svg>\n");
        svg
    }

    fn axes(&self, svg: &mut String, x: Axis, y: Axis) {
        let [left, top, right, bottom] = FRAME;
        for tick in x.ticks() {
            let at = x.at(tick);
            let _ = writeln!(
                svg,
                "<path d=\"M{at:.1} {bottom}v5\" stroke=\"#222\"/><text x=\"{at:.1}\" y=\"{:.0}\" text-anchor=\"middle\">{}</text>",
                bottom + 18.0,
                x.label(tick)
            );
        }
        for tick in y.ticks() {
            let at = y.at(tick);
            let _ = writeln!(
                svg,
                "<path d=\"M{left} {at:.1}H{right}\" stroke=\"#000\" stroke-opacity=\".1\"/>\
                 <text x=\"{:.0}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
                left - 6.0,
                at + 4.0,
                y.label(tick)
            );
        }
        let _ = writeln!(
            svg,
            "<path d=\"M{left} {top}V{bottom}H{right}\" fill=\"none\" stroke=\"#222\"/>\
             <text x=\"{:.0}\" y=\"{:.0}\" text-anchor=\"middle\">{}</text>\
             <text transform=\"translate(16 {:.0}) rotate(-90)\" text-anchor=\"middle\">{}</text>",
            f64::midpoint(left, right),
            bottom + 40.0,
            escaped(&self.x),
            f64::midpoint(top, bottom),
            escaped(&self.y)
        );
    }

    fn legend(&self, svg: &mut String) {
        let [_, top, right, _] = FRAME;
        let [from, to, text] = [16.0, 44.0, 52.0].map(|way| right + way);
        let mut y = top + 10.0;
        let mut entry = |name: &str, stroke: &str, thick: f64| {
            let _ = writeln!(
                svg,
                "<path d=\"M{from} {y}H{to}\" stroke={stroke} stroke-width=\"{thick}\"/><text x=\"{text}\" y=\"{}\">{}</text>",
                y + 4.0,
                escaped(name)
            );
            y += 20.0;
        };
        for line in &self.lines {
            let dash = if line.dashed { " stroke-dasharray=\"2 3\"" } else { "" };
            entry(&line.name, &format!("\"{}\"{dash}", line.color), 2.0);
            if !line.band.is_empty() {
                entry(&format!("{}: least to most", line.name), "\"#ddd\"", 12.0);
            }
        }
        if !self.limits.is_empty() {
            entry("limit of the profile", "\"#c00\" stroke-dasharray=\"7 4\"", 1.0);
        }
    }
}

fn places(points: &[[f64; 2]], x: Axis, y: Axis) -> String {
    points.iter().map(|point| format!("{:.1},{:.1}", x.at(point[0]), y.at(point[1]))).collect::<Vec<_>>().join(" ")
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(name: &str, band: Vec<[f64; 3]>) -> Line {
        Line { name: name.into(), color: COLORS[0], dashed: false, points: vec![[0.0, 1.0], [2.0, 4.0]], band }
    }

    #[test]
    fn a_plot_has_a_line_for_each_group_a_band_and_its_limits() {
        let lines = vec![line("photos", vec![[0.0, 0.5, 1.5], [2.0, 3.0, 5.0]]), line("a & b", Vec::new())];
        let plot = Plot { title: "blur".into(), x: "px".into(), y: "%".into(), lines, limits: vec![2.0, 3.0] };
        let svg = plot.svg();
        let count = |what: &str| svg.matches(what).count();
        assert_eq!((count("<polyline"), count("<polygon"), count("<line ")), (2, 1, 2));
        assert!(svg.contains("a &amp; b") && svg.contains("fill=\"#fff\"") && !svg.contains("NaN"), "{svg}");
    }

    #[test]
    fn a_plot_of_nothing_is_drawn() {
        let plot = Plot { title: String::new(), x: String::new(), y: String::new(), lines: Vec::new(), limits: Vec::new() };
        assert!(!plot.svg().contains("NaN"));
    }

    #[test]
    fn ticks_are_round_and_labelled_alike() {
        let axis = Axis::over([0.0, 0.9].into_iter(), [0.0, 90.0], false);
        assert_eq!(axis.ticks().iter().map(|tick| axis.label(*tick)).collect::<Vec<_>>(), ["0.0", "0.2", "0.4", "0.6", "0.8"]);
        assert_eq!(Axis::over([-7.3, 4.0].into_iter(), [0.0, 1.0], true).range, [-8.0, 4.0]);
        assert_eq!([0.3, 1.0, 2.1, 6.0].map(nice), [0.5, 1.0, 5.0, 10.0]);
    }
}
