//! Numbers and textures that look random and follow from a seed.

/// A generator of numbers: `SplitMix64`.
#[derive(Debug, Clone)]
pub(crate) struct Seeded(u64);

impl Seeded {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mixed(self.0)
    }

    /// From 0 to 1.
    pub(crate) fn unit(&mut self) -> f32 {
        (self.bits() >> 40) as f32 / 16_777_216.0
    }

    pub(crate) fn between(&mut self, low: f32, high: f32) -> f32 {
        low + (high - low) * self.unit()
    }

    pub(crate) fn chance(&mut self, probability: f32) -> bool {
        self.unit() < probability
    }

    /// 1 or -1.
    pub(crate) fn sign(&mut self) -> f32 {
        if self.chance(0.5) { 1.0 } else { -1.0 }
    }

    /// One of several; there has to be one.
    pub(crate) fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[((self.unit() * from.len() as f32) as usize).min(from.len() - 1)]
    }

    /// Of a normal distribution around 0 with deviation 1.
    pub(crate) fn normal(&mut self) -> f32 {
        let radius = (-2.0 * (1.0 - self.unit()).ln()).sqrt();
        radius * (std::f32::consts::TAU * self.unit()).cos()
    }
}

fn mixed(mut bits: u64) -> u64 {
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

/// A number from 0 to 1 for each point of a grid.
pub(crate) fn grain(seed: u64, x: i32, y: i32) -> f32 {
    let place = (u64::from(x.cast_unsigned()) << 32) | u64::from(y.cast_unsigned());
    (mixed(mixed(seed) ^ place.wrapping_mul(0x9e37_79b9_7f4a_7c15)) >> 40) as f32 / 16_777_216.0
}

/// A texture from 0 to 1 that changes smoothly over about a unit.
pub(crate) fn cloud(seed: u64, x: f32, y: f32) -> f32 {
    let (column, row) = (x.floor(), y.floor());
    let eased = |part: f32| part * part * (3.0 - 2.0 * part);
    let (right, down) = (eased(x - column), eased(y - row));
    let at = |dx: i32, dy: i32| grain(seed, (column as i32).wrapping_add(dx), (row as i32).wrapping_add(dy));
    let top = at(0, 0) + (at(1, 0) - at(0, 0)) * right;
    let bottom = at(0, 1) + (at(1, 1) - at(0, 1)) * right;
    top + (bottom - top) * down
}

/// As [`cloud`], with finer parts.
pub(crate) fn fractal(seed: u64, x: f32, y: f32) -> f32 {
    (4.0 * cloud(seed, x, y) + 2.0 * cloud(seed ^ 1, 2.0 * x, 2.0 * y) + cloud(seed ^ 2, 4.0 * x, 4.0 * y)) / 7.0
}

/// A seed for a name.
pub(crate) fn of_name(name: &str) -> u64 {
    name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_the_same_numbers_and_another_gives_others() {
        let numbers = |seed| {
            let mut seeded = Seeded::new(seed);
            [seeded.unit(), seeded.unit(), seeded.normal()]
        };
        assert_eq!(numbers(1), numbers(1));
        assert_ne!(numbers(1), numbers(2));
        assert_ne!(of_name("a.jpg"), of_name("b.jpg"));
    }

    #[test]
    fn numbers_are_spread_as_they_should() {
        let mut seeded = Seeded::new(7);
        let mean: f32 = (0..10_000).map(|_| seeded.unit()).sum::<f32>() / 10_000.0;
        let normal: Vec<f32> = (0..10_000).map(|_| seeded.normal()).collect();
        let variance = normal.iter().map(|number| number * number).sum::<f32>() / 10_000.0;
        assert!((mean - 0.5).abs() < 0.01 && (variance - 1.0).abs() < 0.05, "{mean} {variance}");
        assert!((0..1000).all(|_| [1, 2, 3].contains(&seeded.pick(&[1, 2, 3]))));
    }

    #[test]
    fn textures_are_smooth_and_within_bounds() {
        let row: Vec<f32> = (0..1000_u16).map(|x| fractal(3, f32::from(x) / 100.0, 0.3)).collect();
        assert!(row.iter().all(|value| (0.0..=1.0).contains(value)));
        assert!(row.windows(2).all(|pair| (pair[0] - pair[1]).abs() < 0.05));
    }
}
