//! Tables that segments define and scans use: quantisation (DQT), Huffman codes (DHT), and the restart interval (DRI).

use super::header::ScanComponent;
use super::huffman::Huffman;
use super::{Error, Result};

/// Factors of the 64 coefficients, in zig-zag order. 32 bits wide, as they are multiplied.
pub(super) type Quantization = [i32; 64];

/// The tables in force at some point of the file.
#[derive(Debug, Default)]
pub(super) struct Tables {
    pub(super) quantization: [Option<Quantization>; 4],
    pub(super) dc: [Option<Box<Huffman>>; 4],
    pub(super) ac: [Option<Box<Huffman>>; 4],
    /// In MCUs; zero for none.
    pub(super) restart_interval: usize,
}

impl Tables {
    /// Reads a DQT segment, which may define several tables.
    pub(super) fn read_quantization(&mut self, mut content: &[u8]) -> Result<()> {
        const SHORT: Error = Error::Malformed("a quantisation table that is too short");
        while let Some((&kind, rest)) = content.split_first() {
            let slot =
                self.quantization.get_mut(usize::from(kind & 0x0f)).ok_or(Error::Malformed("a fifth quantisation table"))?;
            let mut table = [0; 64];
            content = match kind >> 4 {
                0 => {
                    let (factors, rest) = rest.split_first_chunk::<64>().ok_or(SHORT)?;
                    table = factors.map(i32::from);
                    rest
                }
                1 => {
                    let (factors, rest) = rest.split_first_chunk::<128>().ok_or(SHORT)?;
                    for (entry, &factor) in table.iter_mut().zip(factors.as_chunks().0) {
                        *entry = u16::from_be_bytes(factor).into();
                    }
                    rest
                }
                _ => return Err(Error::Malformed("a quantisation table of unknown precision")),
            };
            *slot = Some(table);
        }
        Ok(())
    }

    /// Reads a DHT segment, which may define several tables.
    pub(super) fn read_huffman(&mut self, mut content: &[u8]) -> Result<()> {
        const SHORT: Error = Error::Malformed("a Huffman table that is too short");
        while let Some((&kind, rest)) = content.split_first() {
            let (counts, rest) = rest.split_first_chunk::<16>().ok_or(SHORT)?;
            let total = counts.iter().map(|&count| usize::from(count)).sum();
            let (symbols, rest) = rest.split_at_checked(total).ok_or(SHORT)?;
            let slots = match kind >> 4 {
                // Sizes of DC differences: what T.81 allows for 8 bits ends at 11, what fits a coefficient at 15.
                0 if symbols.iter().any(|&size| size > 15) => return Err(Error::Malformed("a DC difference of over 15 bits")),
                0 => &mut self.dc,
                1 => &mut self.ac,
                _ => return Err(Error::Malformed("a Huffman table of unknown class")),
            };
            let slot = slots.get_mut(usize::from(kind & 0x0f)).ok_or(Error::Malformed("a fifth Huffman table"))?;
            *slot = Some(Huffman::new(counts, symbols)?);
            content = rest;
        }
        Ok(())
    }

    /// The DC and AC codes of a component in a scan of both.
    pub(super) fn codes(&self, listed: &ScanComponent) -> Result<[&Huffman; 2]> {
        match (self.dc.get(listed.dc), self.ac.get(listed.ac)) {
            (Some(Some(dc)), Some(Some(ac))) => Ok([dc, ac]),
            _ => Err(Error::Malformed("a Huffman table is missing")),
        }
    }

    /// Reads a DRI segment.
    pub(super) fn read_restart_interval(&mut self, content: &[u8]) -> Result<()> {
        let interval = <[u8; 2]>::try_from(content).map_err(|_| Error::Malformed("a restart interval of the wrong length"))?;
        self.restart_interval = u16::from_be_bytes(interval).into();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jpeg::ZIGZAG;

    #[test]
    fn zigzag_walks_the_diagonals() {
        let mut expected: Vec<(usize, usize)> = (0..64).map(|index| (index / 8, index % 8)).collect();
        // Odd diagonals go down, even ones up.
        expected.sort_by_key(|&(row, column)| (row + column, if (row + column) % 2 == 1 { row } else { column }));
        let expected: Vec<usize> = expected.into_iter().map(|(row, column)| 8 * row + column).collect();
        assert_eq!(ZIGZAG.map(usize::from).to_vec(), expected);
    }

    #[test]
    fn quantization_of_both_precisions() {
        let mut tables = Tables::default();
        let mut content = vec![0x01];
        content.extend(1..=64);
        content.push(0x13);
        content.extend((0..64).flat_map(|entry: u16| (1000 + entry).to_be_bytes()));
        tables.read_quantization(&content).unwrap();
        assert_eq!(tables.quantization[1].unwrap()[63], 64);
        assert_eq!(tables.quantization[3].unwrap()[63], 1063);
        assert!(tables.read_quantization(&content[..content.len() - 1]).is_err());
        assert!(tables.read_quantization(&[0x04; 65]).is_err());
        assert!(tables.read_quantization(&[0x20; 65]).is_err());
    }
}
