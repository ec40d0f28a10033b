//! What was found and what is known, drawn over a thumbnail of the picture.

use std::convert::Infallible;

use embedded_graphics::mono_font::MonoTextStyle;
use embedded_graphics::mono_font::iso_8859_1::FONT_6X10;
use embedded_graphics::pixelcolor::{Rgb888, RgbColor, WebColors};
use embedded_graphics::prelude::{DrawTarget, Drawable, OriginDimensions, Pixel, Primitive, Size};
use embedded_graphics::primitives::{Circle, Line, PrimitiveStyle, PrimitiveStyleBuilder, Rectangle, StrokeAlignment};
use embedded_graphics::text::{Baseline, Text};
use face_precheck::{Face, HeadPose, Point};
use image::{Rgb, RgbImage, imageops};

use crate::compare::Comparison;

pub(crate) const FOUND: Rgb888 = Rgb888::CSS_ORANGE;
pub(crate) const LABELLED: Rgb888 = Rgb888::CSS_CYAN;
const OTHER: Rgb888 = Rgb888::CSS_MAGENTA;
const TO_THE_LEFT: Rgb888 = Rgb888::CSS_RED;
const UP: Rgb888 = Rgb888::CSS_LIME;

/// Width and height of a letter of [`Canvas::text`].
pub(crate) const LETTER: (u32, u32) = (6, 10);

/// How thick [`Canvas::frame`] is.
pub(crate) const FRAME: u32 = 3;

type Place = embedded_graphics::geometry::Point;

/// A picture that is drawn on.
pub(crate) struct Canvas(pub(crate) RgbImage);

impl OriginDimensions for Canvas {
    fn size(&self) -> Size {
        Size::new(self.0.width(), self.0.height())
    }
}

impl DrawTarget for Canvas {
    type Color = Rgb888;
    type Error = Infallible;

    fn draw_iter<I: IntoIterator<Item = Pixel<Rgb888>>>(&mut self, pixels: I) -> Result<(), Infallible> {
        for Pixel(place, color) in pixels {
            let pixel = u32::try_from(place.x)
                .ok()
                .zip(u32::try_from(place.y).ok())
                .and_then(|(x, y)| self.0.get_pixel_mut_checked(x, y));
            if let Some(pixel) = pixel {
                *pixel = Rgb([color.r(), color.g(), color.b()]);
            }
        }
        Ok(())
    }
}

impl Canvas {
    pub(crate) fn text(&mut self, text: &str, (x, y): (u32, u32), color: Rgb888) {
        let style = MonoTextStyle::new(&FONT_6X10, color);
        self.draw(&Text::with_baseline(text, place(Point::new(x.into(), y.into())), style, Baseline::Top));
    }

    /// A frame just outside of a rectangle.
    pub(crate) fn frame(&mut self, (x, y): (u32, u32), (width, height): (u32, u32), color: Rgb888) {
        let inner = Rectangle::new(place(Point::new(x.into(), y.into())), Size::new(width, height));
        let style = PrimitiveStyleBuilder::new()
            .stroke_color(color)
            .stroke_width(FRAME)
            .stroke_alignment(StrokeAlignment::Outside)
            .build();
        self.draw(&inner.into_styled(style));
    }

    fn line(&mut self, from: Point, to: Point, color: Rgb888, stroke: u32) {
        self.draw(&Line::new(place(from), place(to)).into_styled(PrimitiveStyle::with_stroke(color, stroke)));
    }

    fn ring(&mut self, middle: Point, diameter: u32, color: Rgb888) {
        self.draw(&Circle::with_center(place(middle), diameter).into_styled(PrimitiveStyle::with_stroke(color, 1)));
    }

    fn cross(&mut self, middle: Point, color: Rgb888) {
        const ARM: f64 = 3.0;
        self.line(Point::new(middle.x - ARM, middle.y), Point::new(middle.x + ARM, middle.y), color, 1);
        self.line(Point::new(middle.x, middle.y - ARM), Point::new(middle.x, middle.y + ARM), color, 1);
    }

    fn rectangle(&mut self, corner: Point, opposite: Point, color: Rgb888) {
        let rectangle = Rectangle::with_corners(place(corner), place(opposite));
        self.draw(&rectangle.into_styled(PrimitiveStyle::with_stroke(color, 1)));
    }

    fn draw(&mut self, what: &impl Drawable<Color = Rgb888>) {
        let Ok(_) = what.draw(self);
    }
}

/// The pixel that a place falls on.
fn place(point: Point) -> Place {
    #[allow(clippy::cast_possible_truncation, reason = "saturates, and what is outside is not drawn")]
    Place::new(point.x.floor() as i32, point.y.floor() as i32)
}

/// The whole picture at no more than the given size, with boxes, pupils and axes.
pub(crate) fn thumbnail(picture: &RgbImage, comparison: &Comparison, (width, height): (u32, u32)) -> RgbImage {
    let scale = (f64::from(width) / f64::from(picture.width())).min(f64::from(height) / f64::from(picture.height()));
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most the given size")]
    let side = |side: u32| (f64::from(side) * scale).round().max(1.0) as u32;
    let mut canvas = Canvas(imageops::thumbnail(picture, side(picture.width()), side(picture.height())));
    let scaled = |point: Point| Point::new(point.x * scale, point.y * scale);
    for (index, face) in comparison.faces.iter().enumerate() {
        let is_labelled = comparison.place == Some(index);
        let bounds = &face.bounds;
        let color = if is_labelled { FOUND } else { OTHER };
        canvas.rectangle(scaled(Point::new(bounds.x, bounds.y)), scaled(Point::new(bounds.right(), bounds.bottom())), color);
        canvas.cross(scaled(face.left_eye), color);
        canvas.cross(scaled(face.right_eye), color);
        if let Some(pose) = &face.pose {
            let origin = scaled(middle(face));
            let length = face.size_px * scale / 2.0;
            let [to_the_left, up, ahead] = directions(pose, length);
            canvas.line(origin, sum(origin, to_the_left), TO_THE_LEFT, 1);
            canvas.line(origin, sum(origin, up), UP, 1);
            canvas.line(origin, sum(origin, ahead), FOUND, 2);
            if let (true, [Some(yaw), Some(pitch), Some(roll)]) = (is_labelled, comparison.label.angles) {
                let [_, _, ahead] = directions(&HeadPose { yaw, pitch, roll }, length);
                canvas.line(origin, sum(origin, ahead), LABELLED, 1);
                canvas.ring(sum(origin, ahead), 5, LABELLED);
            }
        }
    }
    if let Some(eyes) = comparison.label.eyes {
        canvas.ring(scaled(eyes.left), 9, LABELLED);
        canvas.ring(scaled(eyes.right), 9, LABELLED);
    }
    canvas.0
}

/// Where the axes of a head are drawn.
fn middle(face: &Face) -> Point {
    Point::new(face.hull.x + face.hull.width / 2.0, face.hull.y + face.hull.height / 2.0)
}

/// A head's own axes in the picture: to its left, up, and where it looks.
fn directions(pose: &HeadPose, length: f64) -> [Point; 3] {
    pose.axes().map(|axis| Point::new(length * axis.x, length * axis.y))
}

fn sum(a: Point, b: Point) -> Point {
    Point::new(a.x + b.x, a.y + b.y)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_outside_is_not_drawn() {
        let mut canvas = Canvas(RgbImage::new(20, 10));
        canvas.line(Point::new(-5.0, 3.2), Point::new(40.0, 3.2), FOUND, 1);
        canvas.cross(Point::new(-50.0, 99.0), LABELLED);
        let drawn = canvas.0.enumerate_pixels().filter(|(_, _, pixel)| pixel.0 != [0; 3]);
        assert!(drawn.clone().count() == 20 && drawn.into_iter().all(|(_, y, _)| y == 3));
    }
}
