//! A writer of DER that lets everything be written, right or wrong.

/// An element with any tag.
pub(crate) fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len().to_be_bytes();
    let zeros = length.iter().take_while(|b| **b == 0).count();
    let digits = length.get(zeros..).unwrap_or(&[]);
    let mut out = vec![tag];
    if content.len() >= 0x80 {
        out.push(0x80 | u8::try_from(digits.len()).unwrap_or(8));
        out.extend_from_slice(digits);
    } else {
        out.push(u8::try_from(content.len()).unwrap_or(0));
    }
    out.extend_from_slice(content);
    out
}

/// SEQUENCE
pub(crate) fn sequence(parts: &[Vec<u8>]) -> Vec<u8> {
    element(0x30, &parts.concat())
}

/// SET OF with one member.
pub(crate) fn set(part: &[u8]) -> Vec<u8> {
    element(0x31, part)
}

/// INTEGER, not negative, from big-endian octets.
pub(crate) fn number(big_endian: &[u8]) -> Vec<u8> {
    let zeros = big_endian.iter().take_while(|b| **b == 0).count();
    let digits = big_endian.get(zeros..).unwrap_or(&[]);
    match digits.first() {
        None => element(2, &[0]),
        Some(top) if top & 0x80 != 0 => element(2, &[&[0], digits].concat()),
        Some(_) => element(2, digits),
    }
}

/// OBJECT IDENTIFIER from its content octets.
pub(crate) fn oid(content: &[u8]) -> Vec<u8> {
    element(6, content)
}

/// UTF8String, whatever the bytes are.
pub(crate) fn utf8(text: &[u8]) -> Vec<u8> {
    element(0x0c, text)
}

/// OCTET STRING
pub(crate) fn octets(content: &[u8]) -> Vec<u8> {
    element(4, content)
}

/// BIT STRING without unused bits.
pub(crate) fn bits(content: &[u8]) -> Vec<u8> {
    element(3, &[&[0], content].concat())
}

/// BIT STRING of named bits, bit 0 first, without trailing zeros (X.690 section 11.2.2).
pub(crate) fn named_bits(set: &[u8]) -> Vec<u8> {
    let mut octets = [0_u8; 2];
    for bit in set {
        if let Some(octet) = octets.get_mut(usize::from(bit / 8)) {
            *octet |= 0x80 >> (bit % 8);
        }
    }
    let used = octets.iter().rposition(|o| *o != 0).map_or(0, |last| last + 1);
    let kept = octets.get(..used).unwrap_or(&[]);
    let unused = kept.last().map_or(0, |last| u8::try_from(last.trailing_zeros()).unwrap_or(0));
    element(3, &[&[unused], kept].concat())
}

/// BOOLEAN TRUE
pub(crate) fn yes() -> Vec<u8> {
    element(1, &[0xff])
}

/// ENUMERATED
pub(crate) fn enumerated(value: u8) -> Vec<u8> {
    element(0x0a, &[value])
}

/// A context-specific tag, primitive.
pub(crate) fn context(n: u8, content: &[u8]) -> Vec<u8> {
    element(0x80 | n, content)
}

/// A context-specific tag, constructed.
pub(crate) fn inside(n: u8, content: &[u8]) -> Vec<u8> {
    element(0xa0 | n, content)
}

/// Time as RFC 5280 section 4.1.2.5 wants it: UTCTime until 2049. Seconds since 1970.
pub(crate) fn time(seconds: i64) -> Vec<u8> {
    let text = generalized(seconds);
    match (text.get(..2), text.get(2..)) {
        (Some("19" | "20"), Some(short)) if text.as_str() < "2050" => element(0x17, short.as_bytes()),
        _ => element(0x18, text.as_bytes()),
    }
}

/// GeneralizedTime, which OCSP demands (RFC 6960 section 4.2.2.1).
pub(crate) fn generalized_time(seconds: i64) -> Vec<u8> {
    element(0x18, generalized(seconds).as_bytes())
}

fn generalized(seconds: i64) -> String {
    let (days, of_day) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    // Days since 0000-03-01, in eras of 400 years.
    let z = days.saturating_add(719_468);
    let (era, day) = (z.div_euclid(146_097), z.rem_euclid(146_097));
    let year_of_era = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let of_year = day - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let m = (5 * of_year + 2) / 153;
    let month = if m < 10 { m + 3 } else { m - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    let (hour, minute, second) = (of_day / 3600, of_day / 60 % 60, of_day % 60);
    format!("{year:04}{month:02}{:02}{hour:02}{minute:02}{second:02}Z", of_year - (153 * m + 2) / 5 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_numbers_and_bits() {
        assert_eq!(element(4, &[7; 3]), [4, 3, 7, 7, 7]);
        assert_eq!(element(4, &[0; 200])[..3], [4, 0x81, 200]);
        assert_eq!(element(4, &[0; 300])[..4], [4, 0x82, 1, 44]);
        assert_eq!(number(&[0, 0x80]), [2, 2, 0, 0x80]);
        assert_eq!(number(&[]), [2, 1, 0]);
        assert_eq!(named_bits(&[0, 2]), [3, 2, 5, 0xa0]);
        assert_eq!(named_bits(&[5, 6]), [3, 2, 1, 6]);
        assert_eq!(named_bits(&[]), [3, 1, 0]);
    }

    #[test]
    fn times() {
        assert_eq!(time(0), b"\x17\x0d700101000000Z");
        assert_eq!(time(951_825_599), b"\x17\x0d000229115959Z");
        assert_eq!(time(2_524_608_000), b"\x18\x0f20500101000000Z");
        assert_eq!(generalized_time(1_795_511_700), b"\x18\x0f20261124091500Z");
    }
}
