//! Times of events: FILETIME, Unix seconds and calendar days, with whether the zone is known.

use std::fmt;

/// A point in time. Binary logs and XML give UTC; texts give the wall clock of whoever made them, in a zone that the
/// text does not tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct When {
    /// Milliseconds since 1970-01-01, of UTC or of the wall clock.
    pub unix_ms: i64,
    /// The rest in units of 100 ns, 0 to 9999.
    pub ticks: u16,
    /// The time is a wall clock's, its zone unknown.
    pub local: bool,
}

/// Milliseconds from 1601-01-01 to 1970-01-01.
const FILETIME_EPOCH_MS: i64 = 11_644_473_600_000;

impl When {
    /// From a FILETIME: 100 ns since 1601-01-01 UTC. `None` for zero.
    pub fn from_filetime(filetime: u64) -> Option<When> {
        if filetime == 0 {
            return None;
        }
        let ms = i64::try_from(filetime / 10_000).ok()?;
        let ticks = u16::try_from(filetime % 10_000).ok()?;
        Some(When { unix_ms: ms - FILETIME_EPOCH_MS, ticks, local: false })
    }

    /// As a FILETIME; 0 for what lies before 1601.
    pub fn to_filetime(self) -> u64 {
        let ms = self.unix_ms.saturating_add(FILETIME_EPOCH_MS);
        u64::try_from(ms).unwrap_or(0).saturating_mul(10_000).saturating_add(u64::from(self.ticks))
    }

    /// From seconds since 1970-01-01 UTC.
    pub fn from_unix(seconds: i64) -> When {
        When { unix_ms: seconds.saturating_mul(1000), ticks: 0, local: false }
    }

    /// From a day and a time of day; `None` for a day or time that the calendar does not have.
    pub fn from_civil(year: i64, month: u32, day: u32, hour: u32, minute: u32, second: u32) -> Option<When> {
        if !(1..=9999).contains(&year) || !(1..=12).contains(&month) || day == 0 || day > days_in(year, month) {
            return None;
        }
        if hour > 23 || minute > 59 || second > 60 {
            return None;
        }
        let seconds = days_from_civil(year, month, day) * 86_400
            + i64::from(hour) * 3600
            + i64::from(minute) * 60
            + i64::from(second.min(59));
        Some(When::from_unix(seconds))
    }

    /// Year, month, day, hour, minute, second.
    pub fn civil(self) -> (i64, u32, u32, u32, u32, u32) {
        let seconds = self.unix_ms.div_euclid(1000);
        let (days, rest) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
        let (y, m, d) = civil_from_days(days);
        let part = |v: i64| u32::try_from(v).unwrap_or(0);
        (y, m, d, part(rest / 3600), part(rest / 60 % 60), part(rest % 60))
    }
}

/// The form of Windows' XML: `2026-11-24T09:12:33.1234567Z`; no `Z` where the zone is unknown.
impl fmt::Display for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (y, mo, d, h, mi, s) = self.civil();
        let ms = self.unix_ms.rem_euclid(1000);
        write!(f, "{y:04}-{mo:02}-{d:02}T{h:02}:{mi:02}:{s:02}.{ms:03}{:04}", self.ticks)?;
        if self.local { Ok(()) } else { f.write_str("Z") }
    }
}

/// The form of XML and ISO 8601, with fraction, `Z` or an offset, or none of them; nothing else may stand in the text.
pub(crate) fn iso(text: &str) -> Option<When> {
    let text = text.trim();
    let (date, rest) = text.split_at_checked(10)?;
    let mut parts = date.split('-');
    let year: i64 = digits(parts.next()?, 4)?;
    let month = u32::try_from(digits(parts.next()?, 2)?).ok()?;
    let day = u32::try_from(digits(parts.next()?, 2)?).ok()?;
    if parts.next().is_some() {
        return None;
    }
    let rest = rest.strip_prefix(['T', 't', ' '])?;
    let (clock, rest) = rest.split_at_checked(8)?;
    let mut parts = clock.split(':');
    let hour = u32::try_from(digits(parts.next()?, 2)?).ok()?;
    let minute = u32::try_from(digits(parts.next()?, 2)?).ok()?;
    let second = u32::try_from(digits(parts.next()?, 2)?).ok()?;
    let mut when = When::from_civil(year, month, day, hour, minute, second)?;
    let mut rest = rest;
    if let Some(fraction) = rest.strip_prefix(['.', ',']) {
        let end = fraction.find(|c: char| !c.is_ascii_digit()).unwrap_or(fraction.len());
        let (number, after) = fraction.split_at_checked(end)?;
        let mut ticks: u32 = 0;
        for k in 0..7 {
            let digit = number.as_bytes().get(k).map_or(0, |b| u32::from(b.wrapping_sub(b'0').min(9)));
            ticks = ticks * 10 + digit;
        }
        when.unix_ms += i64::from(ticks / 10_000);
        when.ticks = u16::try_from(ticks % 10_000).ok()?;
        rest = after;
    }
    match rest {
        "" => when.local = true,
        "Z" | "z" => {}
        offset => {
            let sign = match offset.as_bytes().first()? {
                b'+' => 1,
                b'-' => -1,
                _ => return None,
            };
            let digits_only: String = offset.chars().skip(1).filter(|c| *c != ':').collect();
            let hours = digits(digits_only.get(..2)?, 2)?;
            let minutes = digits(digits_only.get(2..).filter(|m| !m.is_empty()).unwrap_or("00"), 2)?;
            when.unix_ms -= sign * (hours * 60 + minutes) * 60_000;
        }
    }
    Some(when)
}

fn digits(text: &str, length: usize) -> Option<i64> {
    if text.len() == length && text.bytes().all(|b| b.is_ascii_digit()) { text.parse().ok() } else { None }
}

fn days_in(year: i64, month: u32) -> u32 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

/// Days since 1970-01-01 of the proleptic Gregorian calendar, counted in eras of 400 years from March.
fn days_from_civil(year: i64, month: u32, day: u32) -> i64 {
    let y = if month <= 2 { year - 1 } else { year };
    let era = y.div_euclid(400);
    let of_era = y.rem_euclid(400);
    let shifted = i64::from((month + 9) % 12);
    let of_year = (153 * shifted + 2) / 5 + i64::from(day) - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

fn civil_from_days(days: i64) -> (i64, u32, u32) {
    let z = days.saturating_add(719_468);
    let era = z.div_euclid(146_097);
    let of_era = z.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, u32::try_from(month).unwrap_or(1), u32::try_from(day).unwrap_or(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filetime_round_trip() {
        let when = When::from_filetime(132_449_591_661_234_567).unwrap();
        assert_eq!(when.to_filetime(), 132_449_591_661_234_567);
        assert_eq!(when.to_string(), "2020-09-19T03:19:26.1234567Z");
        assert_eq!(iso(&when.to_string()), Some(when));
    }

    #[test]
    fn iso_forms() {
        let base = When::from_civil(2026, 11, 24, 9, 12, 33).unwrap();
        assert_eq!(iso("2026-11-24T09:12:33Z"), Some(base));
        assert_eq!(iso("2026-11-24T18:12:33+09:00"), Some(base));
        assert_eq!(iso("2026-11-24T09:12:33"), Some(When { local: true, ..base }));
        assert_eq!(iso("2026-11-24T09:12:33.5Z").map(|w| w.unix_ms), Some(base.unix_ms + 500));
        assert_eq!(iso("2026-02-30T09:12:33Z"), None);
        assert_eq!(iso("24.11.2026 09:12:33"), None);
    }

    #[test]
    fn every_day_of_four_centuries_goes_round() {
        for days in (-134_774..200_000).step_by(7) {
            let (y, m, d) = civil_from_days(days);
            assert_eq!(days_from_civil(y, m, d), days);
        }
    }
}
