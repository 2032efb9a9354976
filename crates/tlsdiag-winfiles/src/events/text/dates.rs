//! Dates as locales write them. Day and month are told apart only where the text itself does so.

use super::super::time::{When, iso};
use super::shape::trim;

/// Which of day and month comes first where both have two digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    DayFirst,
    MonthFirst,
}

/// A value that is a date, or a time of day, or both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stamp {
    pub(crate) date: Option<Date>,
    pub(crate) clock: Option<Clock>,
    exact: Option<When>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Date {
    Known {
        year: i64,
        month: u32,
        day: u32,
    },
    /// Two numbers before a year, in an order that the value does not tell.
    Open {
        first: u32,
        second: u32,
        year: i64,
    },
    /// A date without its year, or with two digits of it.
    Unread,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Clock {
    hour: u32,
    minute: u32,
    second: u32,
    millis: u32,
    half: Half,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Half {
    None,
    Morning,
    Evening,
    Unknown,
}

/// Letters that a date may have besides its digits, at most.
const LETTERS: usize = 24;

const MORNING: [&str; 8] = ["am", "a.m.", "a. m.", "오전", "午前", "上午", "πμ", "sa"];
const EVENING: [&str; 8] = ["pm", "p.m.", "p. m.", "오후", "午後", "下午", "μμ", "ch"];
const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

impl Stamp {
    /// Reads a value that is nothing but a date, a time, or both.
    pub(crate) fn of(value: &str) -> Option<Stamp> {
        let value = trim(value);
        if value.len() > 96 || !value.bytes().any(|b| b.is_ascii_digit()) {
            return None;
        }
        if let Some(when) = iso(value) {
            return Some(Stamp { date: Some(Date::Unread), clock: None, exact: Some(when) });
        }
        let (numbers, colons) = split(value)?;
        let clock_at = colons.iter().position(|c| *c);
        let lower = value.to_lowercase();
        let month = month_name(&lower);
        let date_count = clock_at.unwrap_or(numbers.len());
        let date = match (numbers.get(..date_count)?, month) {
            ([], None) => None,
            ([a, b, c], None) => Some(numeric(*a, *b, *c, value, clock_at.is_some())?),
            ([a, b], Some(month)) if b.1 == 4 => Some(known(i64::from(b.0), month, a.0)),
            ([a, b], Some(month)) if a.1 == 4 => Some(known(i64::from(a.0), month, b.0)),
            ([_], Some(_)) | ([_, _], Some(_)) => Some(Date::Unread),
            _ => return None,
        };
        // Versions look like dates that no calendar has.
        if date == Some(Date::Unread) && month.is_none() && clock_at.is_none() {
            return None;
        }
        let clock = match clock_at {
            None => None,
            Some(k) => {
                let parts = numbers.get(k..)?;
                let (hour, minute) = (parts.first()?.0, parts.get(1)?.0);
                if parts.len() > 4 || hour > 24 || minute > 59 {
                    return None;
                }
                let millis = match parts.get(3) {
                    Some((n, digits)) if *digits <= 9 => {
                        let scaled = f64::from(*n) / 10f64.powi(i32::try_from(*digits).ok()?) * 1000.0;
                        scaled as u32
                    }
                    _ => 0,
                };
                let second = parts.get(2).map_or(0, |p| p.0);
                Some(Clock { hour, minute, second, millis, half: half(&lower, month.is_some()) })
            }
        };
        if date.is_none() && clock.is_none() {
            return None;
        }
        Some(Stamp { date, clock, exact: None })
    }

    pub(crate) fn is_exact(&self) -> bool {
        self.exact.is_some()
    }

    /// The time has a word beside it that may be a half of the day in a language not known here.
    pub(crate) fn doubtful(&self) -> bool {
        self.clock.is_some_and(|c| c.half == Half::Unknown)
    }

    /// The order of day and month that this value proves.
    pub(crate) fn proves(&self) -> Option<Order> {
        match self.date {
            Some(Date::Open { first, second, .. }) if first > 12 && second <= 12 => Some(Order::DayFirst),
            Some(Date::Open { first, second, .. }) if second > 12 && first <= 12 => Some(Order::MonthFirst),
            _ => None,
        }
    }

    /// The point in time, with the order that the rest of the file proves, and the time of day from a line of its own.
    pub(crate) fn when(&self, order: Option<Order>, clock: Option<Clock>) -> Option<When> {
        if self.exact.is_some() {
            return self.exact;
        }
        let clock = self.clock.or(clock)?;
        let (year, month, day) = match self.date? {
            Date::Known { year, month, day } => (year, month, day),
            Date::Open { first, second, year } if first == second => (year, first, second),
            Date::Open { first, second, year } => match self.proves().or(order)? {
                Order::DayFirst => (year, second, first),
                Order::MonthFirst => (year, first, second),
            },
            Date::Unread => return None,
        };
        let hour = match (clock.half, clock.hour) {
            (Half::None, h) | (Half::Unknown, h @ 13..) => h,
            (Half::Morning, 12) => 0,
            (Half::Evening, h) if h < 12 => h + 12,
            (Half::Morning | Half::Evening, h) => h,
            (Half::Unknown, _) => return None,
        };
        let mut when = When::from_civil(year, month, day, hour, clock.minute, clock.second)?;
        when.unix_ms += i64::from(clock.millis);
        when.local = true;
        Some(when)
    }
}

/// The order of day and month that the dates of one file prove, where they agree.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Orders {
    day_first: bool,
    month_first: bool,
}

impl Orders {
    pub(crate) fn note(&mut self, stamp: &Stamp) {
        match stamp.proves() {
            Some(Order::DayFirst) => self.day_first = true,
            Some(Order::MonthFirst) => self.month_first = true,
            None => {}
        }
    }

    pub(crate) fn settled(self) -> Option<Order> {
        match (self.day_first, self.month_first) {
            (true, false) => Some(Order::DayFirst),
            (false, true) => Some(Order::MonthFirst),
            _ => None,
        }
    }
}

/// Numbers with their digits, and before which of them the clock begins. `None` when the value holds more than a date.
type Numbers = (Vec<(u32, usize)>, Vec<bool>);

fn split(value: &str) -> Option<Numbers> {
    let mut numbers: Vec<(u32, usize)> = Vec::new();
    let mut clock: Vec<bool> = Vec::new();
    let mut letters = 0;
    let mut chars = value.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        if c.is_ascii_digit() {
            let mut end = at + 1;
            while let Some((k, _)) = chars.next_if(|(_, d)| d.is_ascii_digit()) {
                end = k + 1;
            }
            let digits = end - at;
            if digits > 9 || numbers.len() >= 7 {
                return None;
            }
            let next = chars.peek().map(|(_, c)| *c);
            let starts = matches!(next, Some(':' | '시' | '時' | '时' | '\u{ff1a}'));
            numbers.push((value.get(at..end)?.parse().ok()?, digits));
            clock.push(starts && !clock.iter().any(|s| *s));
        } else if c.is_alphabetic() {
            letters += 1;
        } else if !(c.is_whitespace() || ".,/-:()\u{ff1a}\u{200e}\u{200f}\u{202f}\u{a0}".contains(c)) {
            return None;
        }
    }
    // "24.11.2026" and "2026년": letters of months, days and halves of the day are few.
    if letters > LETTERS { None } else { Some((numbers, clock)) }
}

fn numeric(a: (u32, usize), b: (u32, usize), c: (u32, usize), value: &str, timed: bool) -> Option<Date> {
    if a.1 == 4 {
        return Some(known(i64::from(a.0), b.0, c.0));
    }
    if a.1 > 2 || b.1 > 2 || a.0 == 0 || b.0 == 0 || a.0 > 31 || b.0 > 31 {
        return None;
    }
    if c.1 != 4 {
        return if c.1 == 2 && timed { Some(Date::Unread) } else { None };
    }
    // With points the day comes first wherever the year comes last.
    let points = value.chars().find(|c| ".,/-".contains(*c)) == Some('.');
    if points {
        return Some(known(i64::from(c.0), b.0, a.0));
    }
    Some(Date::Open { first: a.0, second: b.0, year: i64::from(c.0) })
}

fn known(year: i64, month: u32, day: u32) -> Date {
    if (1980..=2200).contains(&year) && When::from_civil(year, month, day, 0, 0, 0).is_some() {
        Date::Known { year, month, day }
    } else {
        Date::Unread
    }
}

fn month_name(lower: &str) -> Option<u32> {
    lower.split(|c: char| !c.is_alphabetic()).find_map(|word| {
        let stem = word.get(..3)?;
        let k = MONTHS.iter().position(|m| *m == stem)?;
        u32::try_from(k + 1).ok()
    })
}

fn half(lower: &str, has_month_name: bool) -> Half {
    let word = |w: &str| {
        lower.match_indices(w).any(|(k, m)| {
            let before = lower.get(..k).and_then(|t| t.chars().next_back());
            let after = lower.get(k + m.len()..).and_then(|t| t.chars().next());
            !before.is_some_and(|c| c.is_ascii_alphabetic()) && !after.is_some_and(|c| c.is_ascii_alphabetic())
        })
    };
    if MORNING.iter().any(|w| word(w)) {
        return Half::Morning;
    }
    if EVENING.iter().any(|w| word(w)) {
        return Half::Evening;
    }
    // A word that is neither a day's nor a month's name may be a half of the day in a language not known here.
    let near_clock = lower.split_once(':').map_or("", |(_, after)| after);
    if near_clock.chars().any(char::is_alphabetic) && !has_month_name { Half::Unknown } else { Half::None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(value: &str, order: Option<Order>) -> Option<String> {
        Stamp::of(value).and_then(|s| s.when(order, None)).map(|w| w.to_string()[..19].to_owned())
    }

    #[test]
    fn locales() {
        for value in [
            "24.11.2026 09:12:33",
            "11/24/2026 9:12:33 AM",
            "24/11/2026 09:12:33",
            "24-11-2026 9:12:33",
            "2026-11-24 오전 9:12:33",
            "2026-11-24 9:12:33",
            "2026/11/24 9:12:33",
            "2026년 11월 24일 화요일 오전 9:12:33",
            "2026年11月24日 9:12:33",
            "2026. 11. 24. 오전 9:12:33",
            "2026/11/24 上午 09:12:33",
            "2026-11-24T09:12:33.000",
            "Tuesday, November 24, 2026 9:12:33 AM",
            "24 Nov 2026 09:12:33",
        ] {
            assert_eq!(read(value, None).as_deref(), Some("2026-11-24T09:12:33"), "{value}");
        }
        assert_eq!(read("2026-11-24 오후 12:44:55", None).as_deref(), Some("2026-11-24T12:44:55"));
        assert_eq!(read("2012/2/11 오전 12:44:55", None).as_deref(), Some("2012-02-11T00:44:55"));
        assert_eq!(read("10/16/2022 8:27:36 PM", None).as_deref(), Some("2022-10-16T20:27:36"));
    }

    #[test]
    fn day_and_month_are_never_guessed() {
        assert_eq!(read("3/4/2026 9:12:33 AM", None), None);
        assert_eq!(read("3/4/2026 9:12:33 AM", Some(Order::MonthFirst)).as_deref(), Some("2026-03-04T09:12:33"));
        assert_eq!(read("3/4/2026 9:12:33 AM", Some(Order::DayFirst)).as_deref(), Some("2026-04-03T09:12:33"));
        assert_eq!(read("Nov 24 09:12", None), None);
        assert!(Stamp::of("Nov 24 09:12").is_some());
        assert_eq!(read("24/11/26 09:12:33", None), None);
    }

    #[test]
    fn other_values_are_no_dates() {
        for value in [
            "36870",
            "S-1-5-18",
            "10.0.0.1",
            "10.0.17763",
            "6.1.7601",
            "1.2.34",
            "0.0.0.0:443",
            "lsass.exe",
            "40 1205",
            "Schannel",
            "(0)",
        ] {
            assert!(Stamp::of(value).is_none(), "{value}");
        }
    }
}
