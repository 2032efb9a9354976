//! Times as RFC 3339 in UTC with milliseconds.
use tlsdiag_model::{Arg, Lang, Span, Time, say};

/// `2026-11-24T08:35:00.000Z`; `None` for the ends of time and for years that RFC 3339 cannot write.
pub(super) fn rfc3339(t: Time) -> Option<String> {
    if t == Span::EVER || t == Span::FOREVER {
        return None;
    }
    // `YYYY-MM-DD HH:MM UTC`
    let minute = say!("{t}", "{t}", t = Arg::Moment(t)).render(Lang::En);
    let minute = minute.strip_suffix(" UTC")?;
    let (day, clock) = minute.split_once(' ')?;
    if day.len() != 10 || day.starts_with('-') {
        return None;
    }
    let of_minute = t.rem_euclid(60_000);
    Some(format!("{day}T{clock}:{:02}.{:03}Z", of_minute / 1000, of_minute % 1000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_moments() {
        assert_eq!(rfc3339(0).as_deref(), Some("1970-01-01T00:00:00.000Z"));
        assert_eq!(rfc3339(951_782_461_007).as_deref(), Some("2000-02-29T00:01:01.007Z"));
        assert_eq!(rfc3339(-1).as_deref(), Some("1969-12-31T23:59:59.999Z"));
        assert_eq!(rfc3339(253_402_300_799_999).as_deref(), Some("9999-12-31T23:59:59.999Z"));
        assert_eq!(rfc3339(253_402_300_800_000), None);
        assert_eq!((rfc3339(Span::EVER), rfc3339(Span::FOREVER)), (None, None));
    }
}
