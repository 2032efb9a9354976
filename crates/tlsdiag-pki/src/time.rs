//! ASN.1 times to unix seconds and back (RFC 5280 4.1.2.5), tolerant of forms that DER forbids.

use crate::der::{DerError, Result, Tag, Tlv};

/// A time as read, and whether its form is the one RFC 5280 demands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadTime {
    /// Seconds since 1970-01-01T00:00:00Z; years 0 to 9999.
    pub unix: i64,
    /// Written `YYMMDDHHMMSSZ` or `YYYYMMDDHHMMSSZ`, without fraction and zone.
    pub standard_form: bool,
    /// UTCTime before 2050 and GeneralizedTime from then on.
    pub standard_type: bool,
}

/// Reads a UTCTime or GeneralizedTime element.
pub fn read_time(tlv: &Tlv<'_>) -> Result<ReadTime> {
    let general = match tlv.tag {
        Tag::UTC_TIME => false,
        Tag::GENERALIZED_TIME => true,
        _ => return Err(tlv.expect(Tag::UTC_TIME, "UTCTime or GeneralizedTime").err().unwrap_or_else(|| bad(tlv))),
    };
    let mut digits = Digits { rest: tlv.content };
    let year = if general {
        digits.number(4).ok_or_else(|| bad(tlv))?
    } else {
        let y = digits.number(2).ok_or_else(|| bad(tlv))?;
        if y >= 50 { 1900 + y } else { 2000 + y }
    };
    let mut field = || digits.number(2).ok_or_else(|| bad(tlv));
    let (month, day, hour, minute) = (field()?, field()?, field()?, field()?);
    let (second, has_seconds) = match digits.number(2) {
        Some(s) => (s, true),
        None => (0, false),
    };
    let fraction = digits.skip_fraction();
    let (shift, zulu) = digits.zone().ok_or_else(|| bad(tlv))?;
    let ok = (1..=12).contains(&month)
        && (1..=days_in_month(year, month)).contains(&day)
        && hour <= 23
        && minute <= 59
        && second <= 60;
    if !ok {
        return Err(bad(tlv));
    }
    let unix = days_from_civil(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second - shift;
    let standard_form = has_seconds && !fraction && zulu;
    let standard_type = !general || year >= 2050;
    Ok(ReadTime { unix, standard_form, standard_type })
}

/// `2026-11-24T07:36:19Z`
pub fn rfc3339(unix: i64) -> String {
    let (y, m, d) = civil_from_days(unix.div_euclid(86_400));
    let s = unix.rem_euclid(86_400);
    format!("{y:04}-{m:02}-{d:02}T{:02}:{:02}:{:02}Z", s / 3_600, s / 60 % 60, s % 60)
}

/// Unix seconds of a date and time in UTC (proleptic Gregorian calendar).
pub fn unix_from_civil(year: i64, month: i64, day: i64, hour: i64, minute: i64, second: i64) -> i64 {
    days_from_civil(year, month, day)
        .saturating_mul(86_400)
        .saturating_add(hour.saturating_mul(3_600))
        .saturating_add(minute.saturating_mul(60))
        .saturating_add(second)
}

/// Year, month, day, second of the day.
pub(crate) fn civil(unix: i64) -> (i64, i64, i64, i64) {
    let (y, m, d) = civil_from_days(unix.div_euclid(86_400));
    (y, m, d, unix.rem_euclid(86_400))
}

fn bad(tlv: &Tlv<'_>) -> DerError {
    DerError::value(tlv.offset, "a time such as 261124073619Z", "text that is no time")
}

struct Digits<'a> {
    rest: &'a [u8],
}

impl Digits<'_> {
    fn number(&mut self, count: usize) -> Option<i64> {
        let (head, rest) = self.rest.split_at_checked(count)?;
        let mut n = 0i64;
        for b in head {
            if !b.is_ascii_digit() {
                return None;
            }
            n = n * 10 + i64::from(b - b'0');
        }
        self.rest = rest;
        Some(n)
    }

    fn skip_fraction(&mut self) -> bool {
        let Some((b'.' | b',', rest)) = self.rest.split_first() else { return false };
        let digits = rest.iter().take_while(|b| b.is_ascii_digit()).count();
        self.rest = rest.get(digits..).unwrap_or_default();
        true
    }

    /// Offset in seconds and whether it was written `Z`; local time without a zone is read as UTC.
    fn zone(&mut self) -> Option<(i64, bool)> {
        let sign = match self.rest {
            [b'Z'] => return Some((0, true)),
            [] => return Some((0, false)),
            [b'+', ..] => 1,
            [b'-', ..] => -1,
            _ => return None,
        };
        self.rest = self.rest.get(1..)?;
        let (h, m) = (self.number(2)?, self.number(2)?);
        (self.rest.is_empty() && h <= 23 && m <= 59).then_some((sign * (h * 3_600 + m * 60), false))
    }
}

fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days since 1970-01-01. Years are counted from March, so that the leap day is the last of its year.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year.saturating_sub(1) } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
    era.saturating_mul(146_097) + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let z = days.saturating_add(719_468);
    let era = z.div_euclid(146_097);
    let of_era = z.rem_euclid(146_097);
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let shifted = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    (year + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::der::Reader;

    fn read(tag: u8, text: &str) -> Option<(String, bool)> {
        let mut der = vec![tag, text.len() as u8];
        der.extend_from_slice(text.as_bytes());
        let t = read_time(&Reader::new(&der).read("t").unwrap()).ok()?;
        Some((rfc3339(t.unix), t.standard_form && t.standard_type))
    }

    #[test]
    fn forms() {
        let ok = |s: &str, standard| Some((s.to_owned(), standard));
        assert_eq!(read(0x17, "261124073619Z"), ok("2026-11-24T07:36:19Z", true));
        assert_eq!(read(0x17, "500101000000Z"), ok("1950-01-01T00:00:00Z", true));
        assert_eq!(read(0x17, "2611240736Z"), ok("2026-11-24T07:36:00Z", false));
        assert_eq!(read(0x17, "261124073619+0900"), ok("2026-11-23T22:36:19Z", false));
        assert_eq!(read(0x18, "20261124073619Z"), ok("2026-11-24T07:36:19Z", false));
        assert_eq!(read(0x18, "99991231235959Z"), ok("9999-12-31T23:59:59Z", true));
        assert_eq!(read(0x18, "20510101000000.5Z"), ok("2051-01-01T00:00:00Z", false));
        for damaged in ["", "261301000000Z", "260230000000Z", "26112407361 Z", "261124073619Q", "261124250000Z"] {
            assert_eq!(read(0x17, damaged), None, "{damaged}");
        }
    }

    #[test]
    fn calendar_round_trips() {
        for unix in [-62_135_596_800, -1, 0, 951_782_400, 1_795_505_779, 253_402_300_799] {
            let (y, m, d, s) = civil(unix);
            assert_eq!(unix_from_civil(y, m, d, 0, 0, s), unix);
        }
    }
}
