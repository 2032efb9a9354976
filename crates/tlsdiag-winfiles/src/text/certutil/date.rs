//! Dates as certutil prints them in the format of the machine's region: read where only one reading is possible.

/// A date of a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamp {
    /// As it stands.
    pub raw: String,
    /// The day and time in the machine's zone; nothing if the format could mean two days.
    pub local: Option<LocalTime>,
    /// Line of the file.
    pub line: u32,
}

/// A time of day without a zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct LocalTime {
    /// The year of the Common Era.
    pub year: u16,
    /// 1 to 12.
    pub month: u8,
    /// 1 to 31.
    pub day: u8,
    /// Hour and minute; nothing if a word for the half of the day is not known.
    pub clock: Option<(u8, u8)>,
}

/// Which of the first two numbers is the month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    DayFirst,
    MonthFirst,
}

/// Where the date begins in a text, if there is one: three numbers with the same separator, and one of them a year.
pub(in super::super::super) fn find(text: &str) -> Option<usize> {
    let mut before = ' ';
    for (at, c) in text.char_indices() {
        let begins = c.is_ascii_digit() && !before.is_alphanumeric() && !matches!(before, '.' | '/' | '-');
        if begins && numbers(text.get(at..)?).is_some() {
            return Some(at);
        }
        before = c;
    }
    None
}

/// What the numbers of a date by themselves say about the order.
pub(super) fn order(raw: &str) -> Option<Order> {
    let date = numbers(raw.get(find(raw)?..)?)?;
    let [first, second, last] = date.numbers;
    if first > 31 || last < 32 {
        return None;
    }
    match (first > 12, second > 12) {
        (true, false) => Some(Order::DayFirst),
        (false, true) => Some(Order::MonthFirst),
        _ => None,
    }
}

/// Reads a date; `order` is what other dates of the same text say.
pub(super) fn read(raw: &str, order: Option<Order>) -> Option<LocalTime> {
    let at = find(raw)?;
    let date = numbers(raw.get(at..)?)?;
    let [first, second, last] = date.numbers;
    let (year, month, day) = if first > 31 {
        (first, second, last)
    } else {
        let day_first = match self::order(raw).or(order) {
            Some(order) => order == Order::DayFirst,
            // Formats with dots have the day first; of two equal numbers it does not matter.
            None if date.separator == '.' || first == second => true,
            None => return None,
        };
        if day_first { (last, second, first) } else { (last, first, second) }
    };
    let (month, day) = (u8::try_from(month).ok()?, u8::try_from(day).ok()?);
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) || !(1900..=9999).contains(&year) {
        return None;
    }
    let rest = raw.get(at.checked_add(date.length)?..).unwrap_or_default();
    Some(LocalTime { year, month, day, clock: clock(rest) })
}

struct Numbers {
    numbers: [u16; 3],
    separator: char,
    length: usize,
}

/// `1/1/2026`, `2026-01-01`, `01.01.2026`, `2026. 1. 1.`.
fn numbers(text: &str) -> Option<Numbers> {
    let mut out = [0_u16; 3];
    let mut rest = text;
    let mut separator = None;
    for (at, slot) in out.iter_mut().enumerate() {
        let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        if end == 0 || end > 4 {
            return None;
        }
        *slot = rest.get(..end)?.parse().ok()?;
        rest = rest.get(end..)?;
        if at < 2 {
            let found = rest.chars().next().filter(|c| matches!(c, '/' | '.' | '-'))?;
            if separator.is_some_and(|before| before != found) {
                return None;
            }
            separator = Some(found);
            rest = rest.get(1..)?.trim_start_matches(' ');
        }
    }
    let [first, second, last] = out;
    let year = |number: u16| (1900..=2199).contains(&number) || number == 9999;
    let placed = (year(first) && second <= 31 && last <= 31) || (year(last) && first <= 31 && second <= 31);
    let ends = !rest.starts_with(|c: char| c.is_ascii_digit())
        && !rest
            .get(1..)
            .is_some_and(|after| rest.starts_with(['/', '-', '.']) && after.starts_with(|c: char| c.is_ascii_digit()));
    (placed && ends).then_some(Numbers {
        numbers: out,
        separator: separator?,
        length: text.len().saturating_sub(rest.len()),
    })
}

/// Words for the halves of the day.
const MORNING: &[&str] = &["AM", "오전", "上午", "午前", "A.M.", "π.μ.", "SA", "ÖÖ"];
const AFTERNOON: &[&str] = &["PM", "오후", "下午", "午後", "P.M.", "μ.μ.", "CH", "ÖS"];

fn clock(text: &str) -> Option<(u8, u8)> {
    let at = text.find(|c: char| c.is_ascii_digit())?;
    let mut parts = text.get(at..)?.split(|c: char| !c.is_ascii_digit() && c != ':').next()?.split(':');
    let hour: u8 = parts.next()?.parse().ok()?;
    let minute: u8 = parts.next()?.parse().ok()?;
    let mut words = text
        .split(|c: char| c.is_whitespace() || c.is_ascii_digit() || matches!(c, ':' | '\u{202f}' | '\u{a0}'))
        .filter(|word| word.chars().any(char::is_alphabetic));
    let hour = match words.next() {
        None => hour,
        Some(word) => {
            let word = word.to_uppercase();
            let is = |known: &[&str]| known.iter().any(|have| have.to_uppercase() == word);
            match hour {
                1..=11 if is(AFTERNOON) => hour.checked_add(12)?,
                12 if is(MORNING) => 0,
                _ if is(MORNING) || is(AFTERNOON) || hour > 12 => hour,
                _ => return None,
            }
        }
    };
    (hour < 24 && minute < 60).then_some((hour, minute))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole(year: u16, month: u8, day: u8, hour: u8, minute: u8) -> Option<LocalTime> {
        Some(LocalTime { year, month, day, clock: Some((hour, minute)) })
    }

    #[test]
    fn formats_with_one_reading() {
        assert_eq!(read("2026-03-01 오후 9:05", None), whole(2026, 3, 1, 21, 5));
        assert_eq!(read("2026. 3. 1. 오전 12:05", None), whole(2026, 3, 1, 0, 5));
        assert_eq!(read("01.03.2026 01:00", None), whole(2026, 3, 1, 1, 0));
        assert_eq!(read("2026/3/1 0:00", None), whole(2026, 3, 1, 0, 0));
        assert_eq!(read("3/31/2026 12:00 AM", None), whole(2026, 3, 31, 0, 0));
        assert_eq!(read("31/03/2026 13:00", None), whole(2026, 3, 31, 13, 0));
        assert_eq!(read("1/1/2026 12:00 AM", None), whole(2026, 1, 1, 0, 0));
        assert_eq!(read("2026-03-01 xyzzy 9:05", None).map(|time| time.clock), Some(None));
    }

    #[test]
    fn two_readings_need_another_date() {
        assert_eq!(read("6/1/2025 12:00 AM", None), None);
        assert_eq!(order("3/31/2026"), Some(Order::MonthFirst));
        assert_eq!(read("6/1/2025 12:00 AM", Some(Order::MonthFirst)), whole(2025, 6, 1, 0, 0));
        assert_eq!(read("6/1/2025 12:00", Some(Order::DayFirst)), whole(2025, 1, 6, 12, 0));
    }

    #[test]
    fn what_is_no_date() {
        for raw in ["1.3.6.1.5.5.7.3.1", "10.0.0.1", "V0.0", "6.1.7600", "192.168.2026.1", "12:30"] {
            assert_eq!(find(raw), None, "{raw}");
        }
    }
}
