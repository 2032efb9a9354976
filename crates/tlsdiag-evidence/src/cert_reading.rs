//! Values of certificate listings as the model has them: thumbprints, stores, serial numbers, times.
use crate::fragment::Fragment;
use tlsdiag_model::facts::Location;
use tlsdiag_model::{Arg, Reading, Thumb, Time, Why, say};
use tlsdiag_winfiles::text::certutil::{Hash, LocalTime};

/// A thumbprint; a damaged one is a fault of the file too.
pub(crate) fn thumb<const N: usize>(hash: &Hash<N>, out: &mut Fragment) -> Reading<Thumb> {
    match hash {
        Hash::Whole(octets) => Thumb::of_octets(octets).map_or(Reading::Empty, Reading::Good),
        Hash::Damaged(damaged) => {
            let origin = out.line(damaged.line);
            out.fault(
                origin,
                Why::DamagedAt { at: u64::from(damaged.line) },
                say!(
                    "line {line}: damaged thumbprint {raw}",
                    "{line}번째 줄: 손상된 지문 {raw}",
                    line = Arg::Num(u64::from(damaged.line)),
                    raw = Arg::quote(&damaged.raw)
                ),
            );
            damaged_thumb(&damaged.raw, N.saturating_mul(2))
        }
    }
}

/// As it stood, with how many digits there are.
pub(crate) fn damaged_thumb(raw: &str, expected: usize) -> Reading<Thumb> {
    let found = raw.chars().filter(char::is_ascii_hexdigit).count();
    Reading::Damaged { raw: raw.into(), expected, found }
}

/// Stores by their true names, whatever the case in which a command or a heading writes them.
pub(crate) fn store_name(told: &str) -> String {
    const KNOWN: &[&str] = &[
        "MY",
        "WebHosting",
        "CA",
        "Root",
        "AuthRoot",
        "REQUEST",
        "Disallowed",
        "TrustedPeople",
        "TrustedPublisher",
        "Trust",
        "ClientAuthIssuer",
        "AdfsTrustedDevices",
        "AddressBook",
        "SmartCardRoot",
        "UserDS",
        "Remote Desktop",
    ];
    let known = KNOWN.iter().find(|known| known.eq_ignore_ascii_case(told));
    known.map_or_else(|| told.to_owned(), |known| (*known).to_owned())
}

/// What [`tlsdiag_model::facts::Whole`] calls a store, where it is the machine's.
pub(crate) fn whole_store(location: &Location, store: &str) -> Option<String> {
    (*location == Location::Machine && !store.is_empty()).then(|| format!(r"store:Machine\{store}"))
}

/// Lower-case hex without leading zero octets' loss: as printed.
pub(crate) fn serial(raw: &str) -> String {
    raw.to_ascii_lowercase()
}

/// A local time as if it were UTC, in milliseconds; nothing without the time of day.
pub(crate) fn time(local: LocalTime) -> Option<Time> {
    let (hour, minute) = local.clock?;
    let (year, month, day) = (i64::from(local.year), i64::from(local.month), i64::from(local.day));
    let year = if month <= 2 { year - 1 } else { year };
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let of_era = year.rem_euclid(400);
    let days = year.div_euclid(400) * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468;
    Some(((days * 24 + i64::from(hour)) * 60 + i64::from(minute)) * 60_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn local_times_count_as_utc() {
        let local = LocalTime { year: 2027, month: 1, day: 1, clock: Some((9, 30)) };
        assert_eq!(time(local), Some(1_798_795_800_000));
        assert_eq!(time(LocalTime { clock: None, ..local }), None);
        assert_eq!(time(LocalTime { year: 1970, month: 1, day: 1, clock: Some((0, 0)) }), Some(0));
    }

    #[test]
    fn stores_have_one_name() {
        assert_eq!(store_name("my"), "MY");
        assert_eq!(store_name("WEBHOSTING"), "WebHosting");
        assert_eq!(store_name("Own"), "Own");
    }
}
