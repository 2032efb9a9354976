//! The one source of chance in a lab: a small generator whose every stream follows from the printed seed.

/// A stream of numbers (xoshiro256**, by Blackman and Vigna, seeded through SplitMix64). Not for secrets: keys are made
/// by the cryptographic library.
#[derive(Clone, Debug)]
pub struct Chance {
    state: [u64; 4],
}

impl Chance {
    /// The stream that belongs to `seed` and a purpose. Other purposes get independent streams, so that one endpoint is
    /// the same whether it is served alone or among others.
    pub fn new(seed: u64, purpose: &str) -> Self {
        // FNV-1a of the purpose, mixed below.
        let tag =
            purpose.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3));
        let mut s = seed ^ tag.rotate_left(17);
        let mut next = || {
            s = s.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let z = (s ^ (s >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            z ^ (z >> 31)
        };
        Self { state: [next(), next(), next(), next()] }
    }

    /// The next 64 bits.
    pub fn draw(&mut self) -> u64 {
        let [a, b, c, d] = &mut self.state;
        let result = b.wrapping_mul(5).rotate_left(7).wrapping_mul(9);
        let t = *b << 17;
        *c ^= *a;
        *d ^= *b;
        *b ^= *c;
        *a ^= *d;
        *c ^= t;
        *d = d.rotate_left(45);
        result
    }

    /// A number below `n`; 0 when `n` is 0.
    pub fn below(&mut self, n: u64) -> u64 {
        // The bias is below 2^-40 for the small ranges of a lab.
        self.draw().checked_rem(n).unwrap_or(0)
    }

    /// A number from `low` to `high`, both included.
    pub fn between(&mut self, low: u64, high: u64) -> u64 {
        low.saturating_add(self.below(high.saturating_sub(low).saturating_add(1)))
    }

    /// True once in `n` times.
    pub fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }

    /// One of some things, `None` when there are none.
    pub fn try_pick<'a, T>(&mut self, of: &'a [T]) -> Option<&'a T> {
        let n = self.below(of.len() as u64);
        of.get(usize::try_from(n).unwrap_or(0))
    }

    /// One of some things.
    pub fn pick<T: Copy, const N: usize>(&mut self, of: [T; N]) -> T {
        const { assert!(N > 0, "nothing to pick from") };
        let n = usize::try_from(self.below(N as u64)).unwrap_or(0);
        of[n.min(N - 1)]
    }

    /// Fills `out`.
    pub fn fill(&mut self, out: &mut [u8]) {
        for chunk in out.chunks_mut(8) {
            let bytes = self.draw().to_le_bytes();
            for (to, from) in chunk.iter_mut().zip(bytes) {
                *to = from;
            }
        }
    }

    /// `N` bytes.
    pub fn bytes<const N: usize>(&mut self) -> [u8; N] {
        let mut out = [0; N];
        self.fill(&mut out);
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_follow_from_seed_and_purpose() {
        let (mut a, mut b) = (Chance::new(7, "x"), Chance::new(7, "x"));
        assert_eq!((a.draw(), a.draw()), (b.draw(), b.draw()));
        assert_ne!(Chance::new(7, "x").draw(), Chance::new(7, "y").draw());
        assert_ne!(Chance::new(7, "x").draw(), Chance::new(8, "x").draw());
    }

    #[test]
    fn ranges_are_kept_and_filled() {
        let mut chance = Chance::new(1, "ranges");
        let mut seen = [0_u32; 6];
        for _ in 0..6000 {
            seen[usize::try_from(chance.between(0, 5)).unwrap()] += 1;
        }
        assert!(seen.iter().all(|n| (800..1200).contains(n)), "{seen:?}");
        assert_eq!(chance.below(0), 0);
        assert_ne!(chance.bytes::<32>(), [0; 32]);
    }
}
