//! Which scans a progressive file may have, and when it is complete (T.81, G.1.1).

use super::header::{Frame, Scan};
use super::{Error, Result};

/// What earlier scans told of each component's coefficients.
#[derive(Debug)]
pub(super) struct Progress {
    /// How many low bits are still missing; `NOTHING` before the first scan.
    missing: [[u32; 64]; 4],
    scans: usize,
}

const NOTHING: u32 = u32::MAX;

/// Encoders write about ten. Every further one costs time for the whole picture, however small it is.
const MOST_SCANS: usize = 100;

impl Default for Progress {
    fn default() -> Self {
        Self { missing: [[NOTHING; 64]; 4], scans: 0 }
    }
}

impl Progress {
    /// Notes a scan, which must go on where earlier ones ended.
    pub(super) fn add(&mut self, scan: &Scan) -> Result<()> {
        self.scans += 1;
        if self.scans > MOST_SCANS {
            return Err(Error::Malformed("over a hundred scans"));
        }
        for component in &scan.components {
            let Some(missing) = self.missing.get_mut(component.index) else { continue };
            if scan.first > 0 && missing[0] == NOTHING {
                return Err(Error::Malformed("AC coefficients before the DC coefficient"));
            }
            let before = if scan.before == 0 { NOTHING } else { scan.before };
            for missing in missing.iter_mut().take(scan.last + 1).skip(scan.first) {
                if std::mem::replace(missing, scan.low) != before {
                    return Err(Error::Malformed("a scan that does not go on where others ended"));
                }
            }
        }
        Ok(())
    }

    /// An error if a scan is missing.
    pub(super) fn check_complete(&self, frame: &Frame) -> Result<()> {
        if self.missing.iter().take(frame.components.len()).flatten().all(|&missing| missing == 0) {
            Ok(())
        } else {
            Err(Error::Malformed("a scan is missing"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame() -> Frame {
        Frame::read(0xc2, &[8, 0, 9, 0, 9, 1, 7, 0x11, 0]).unwrap()
    }

    fn added(progress: &mut Progress, first: u8, last: u8, approximation: u8) -> bool {
        let scan = Scan::read(&[1, 7, 0, first, last, approximation], &frame());
        scan.is_ok_and(|scan| progress.add(&scan).is_ok())
    }

    #[test]
    fn scans_go_on_where_others_ended() {
        let mut progress = Progress::default();
        assert!(!added(&mut Progress::default(), 1, 5, 0), "before the DC coefficient");
        assert!(!added(&mut Progress::default(), 0, 0, 0x21), "a refinement of nothing");
        assert!(!added(&mut Progress::default(), 0, 5, 0), "both DC and AC coefficients");
        assert!(added(&mut progress, 0, 0, 1));
        assert!(!added(&mut progress, 0, 0, 0x31), "not by a bit");
        assert!(added(&mut progress, 0, 0, 0x10));
        assert!(added(&mut progress, 1, 63, 2));
        assert!(added(&mut progress, 1, 63, 0x21));
        assert!(progress.check_complete(&frame()).is_err(), "the last bit is missing");
        assert!(added(&mut progress, 1, 63, 0x10));
        progress.check_complete(&frame()).unwrap();
        assert!(!added(&mut progress, 1, 63, 0x10), "once more");
    }
}
