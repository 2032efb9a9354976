//! Letters exchanged for letters, addresses for addresses, numbers for numbers, so that relations between them stay.
use std::collections::HashSet;
use std::net::Ipv6Addr;

/// One way of renaming, fixed by a seed.
pub(super) struct Words {
    letters: [u8; 26],
    v4: [u8; 4],
    v6: u8,
    stream: [u8; 64],
    /// Labels that stay, lower case.
    stay: HashSet<String>,
}

impl Words {
    pub(super) fn new(seed: u64, id: &str) -> Words {
        let mut state =
            id.bytes().fold(seed ^ 0x9e37_79b9_7f4a_7c15, |s, b| (s ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3));
        let mut next = move || {
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut z = state;
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            z ^ (z >> 31)
        };
        let mut letters: [u8; 26] = std::array::from_fn(|i| i as u8);
        for i in (1..letters.len()).rev() {
            letters.swap(i, (next() % (i as u64 + 1)) as usize);
        }
        let mut small = |most: u64| (next() % most) as u8 + 1;
        Words {
            letters,
            v4: std::array::from_fn(|_| small(30)),
            v6: small(119),
            stream: std::array::from_fn(|_| small(126)),
            stay: HashSet::new(),
        }
    }

    /// Keeps the labels of the name's public suffix.
    pub(super) fn keep_suffix_of(&mut self, text: &str) {
        let name = text.trim_end_matches('.').to_ascii_lowercase();
        if let Some(suffix) = psl::suffix(name.as_bytes()).filter(psl::Suffix::is_known) {
            let labels = suffix.as_bytes().split(|b| *b == b'.');
            self.stay.extend(labels.map(|l| String::from_utf8_lossy(l).into_owned()));
        }
    }

    /// A text: an address in it as a whole, other texts label by label.
    pub(super) fn text(&self, octets: &[u8]) -> Vec<u8> {
        self.address_text(octets)
            .unwrap_or_else(|| narrow(&self.units(&octets.iter().map(|b| u32::from(*b)).collect::<Vec<_>>())))
    }

    /// A text in characters of `width` octets, big endian; octets after the last whole character stay.
    pub(super) fn wide_text(&self, octets: &[u8], width: usize) -> Vec<u8> {
        let chunks = octets.chunks_exact(width);
        let rest = chunks.remainder();
        let units: Vec<u32> = chunks.map(|c| c.iter().fold(0, |n, b| (n << 8) | u32::from(*b))).collect();
        let mapped = self.units(&units);
        let mut out: Vec<u8> = mapped.iter().flat_map(|u| u.to_be_bytes().into_iter().skip(4 - width)).collect();
        out.extend_from_slice(rest);
        out
    }

    fn units(&self, units: &[u32]) -> Vec<u32> {
        let part_of_label =
            |u: &u32| *u >= 0x80 || u8::try_from(*u).is_ok_and(|b| b.is_ascii_alphanumeric() || b == b'-');
        let mut out = Vec::with_capacity(units.len());
        for run in units.chunk_by(|a, b| part_of_label(a) == part_of_label(b)) {
            let label: String = run.iter().filter_map(|u| char::from_u32(*u)).collect::<String>().to_ascii_lowercase();
            let stays = label.starts_with("xn--") || self.stay.contains(&label) || label == "http" || label == "ldap";
            out.extend(run.iter().map(|u| if stays { *u } else { self.letter(*u) }));
        }
        out
    }

    fn letter(&self, unit: u32) -> u32 {
        let Some(b) = u8::try_from(unit).ok().filter(u8::is_ascii_alphabetic) else { return unit };
        let base = if b.is_ascii_lowercase() { b'a' } else { b'A' };
        u32::from(base + self.letters[usize::from(b - base)])
    }

    /// An address as text, in the way it is written: letters' case, needless zeros and gaps stay.
    fn address_text(&self, octets: &[u8]) -> Option<Vec<u8>> {
        let text = std::str::from_utf8(octets).ok()?;
        if text.parse::<Ipv6Addr>().is_ok() {
            let mut groups: Vec<String> = text.split(':').map(str::to_owned).collect();
            if let Some(second) = groups.get_mut(1)
                && let Ok(n) = u16::from_str_radix(second, 16)
                && n != 0
            {
                let (new, width) = (n ^ u16::from(self.v6), second.len());
                *second = if text.bytes().any(|b| b.is_ascii_uppercase()) {
                    format!("{new:0width$X}")
                } else {
                    format!("{new:0width$x}")
                };
            }
            return Some(groups.join(":").into_bytes());
        }
        let parts: Vec<&str> = text.split('.').collect();
        let digits = |p: &&str| *p == "*" || p.parse::<u8>().is_ok();
        if parts.len() != 4 || !parts.iter().all(digits) {
            return None;
        }
        let one = |p: &str, k: u8| p.parse::<u8>().map_or_else(|_| p.to_owned(), |n| format!("{:01$}", n ^ k, p.len()));
        let padded = parts.iter().any(|p| p.len() > 1 && p.starts_with('0'));
        let mapped: Vec<String> =
            parts.iter().zip(self.v4).map(|(p, k)| one(if padded { p } else { strip(p) }, k)).collect();
        Some(if padded { mapped } else { mapped.iter().map(|p| strip(p).to_owned()).collect() }.join(".").into_bytes())
    }

    /// What stands in place of a host.
    pub(super) fn host(&self, host: &str) -> String {
        String::from_utf8_lossy(&self.text(host.as_bytes())).into_owned()
    }

    /// The octets of an address, under a mask where it is a network; other lengths stay.
    pub(super) fn address(&self, octets: &mut [u8], mask: Option<&[u8]>) {
        let mapped = octets.starts_with(&[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff]);
        let second = octets.get(2..4).is_some_and(|o| o != [0, 0]);
        let key: Vec<u8> = match octets.len() {
            4 => self.v4.to_vec(),
            16 if mapped => [&[0; 12], self.v4.as_slice()].concat(),
            // only the second group, and only where it is not zero, so that the shortest text keeps its form
            16 if second => vec![0, 0, 0, self.v6],
            _ => return,
        };
        for (i, (o, k)) in octets.iter_mut().zip(key).enumerate() {
            *o ^= k & mask.map_or(0xff, |m| m.get(i).copied().unwrap_or(0));
        }
    }

    /// A serial number of the same form: sign, leading octets and length stay, zero stays zero.
    pub(super) fn serial(&self, serial: &[u8]) -> Vec<u8> {
        let key = self.stream[0] & 0x7f;
        match serial {
            [] => Vec::new(),
            [one] => vec![if *one == 0 || *one ^ key == 0 { *one } else { one ^ key }],
            [first, rest @ ..] => {
                let mut out = vec![*first];
                out.extend(rest.iter().zip(self.stream.iter().cycle().skip(1)).map(|(o, k)| o ^ (k & 0x7f)));
                let zero = |s: &[u8]| s.iter().all(|o| *o == 0);
                if zero(&out) || zero(serial) { serial.to_vec() } else { out }
            }
        }
    }

    /// Other octets of the same length.
    pub(super) fn octets(&self, octets: &[u8]) -> Vec<u8> {
        octets.iter().zip(self.stream.iter().cycle()).map(|(o, k)| o ^ k).collect()
    }
}

/// A number without needless zeros.
fn strip(number: &str) -> &str {
    match number.trim_start_matches('0') {
        "" => number.get(..1).unwrap_or_default(),
        rest => rest,
    }
}

fn narrow(units: &[u32]) -> Vec<u8> {
    units.iter().map(|u| *u as u8).collect()
}
