//! Chance that is the same for the same seed, whatever the platform.

/// The generator of Steele, Lea and Flood.
#[derive(Debug, Clone)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        let mut random = Self(seed);
        // Seeds that follow each other are far apart from here on.
        let far = random.next();
        Self(far)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        bits ^ (bits >> 31)
    }

    /// Less than `limit`, which is not zero.
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        let limit = u64::try_from(limit).expect("a small number");
        usize::try_from(self.next() % limit).expect("a small number")
    }

    pub(crate) fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    pub(crate) fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }

    /// One of them, each as often as its weight says.
    pub(crate) fn weighted<'a, T>(&mut self, of: &'a [T], weight: impl Fn(&T) -> usize) -> &'a T {
        let mut left = self.below(of.iter().map(&weight).sum());
        for item in of {
            match left.checked_sub(weight(item)) {
                Some(less) => left = less,
                None => return item,
            }
        }
        &of[0]
    }
}
