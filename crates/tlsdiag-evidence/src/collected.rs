//! The list that the gathering scripts of `tlsdiag collect` leave beside what they gathered: known, and nothing to be told.
use crate::fragment::Fragment;
use std::ops::Range;
use tlsdiag_winfiles::text::decode::Decoded;

/// How the list begins.
const FIRST: &str = "# tlsdiag collect";

/// Takes the whole text, if it is such a list.
pub(crate) fn read(text: &Decoded, out: &mut Fragment) -> Vec<Range<u32>> {
    if !text.text.trim_start().starts_with(FIRST) {
        return vec![];
    }
    out.is("collect-manifest");
    std::iter::once(1..u32::MAX).collect()
}
