//! How long a server certificate may be valid: the limits of the CA/Browser Forum and of Apple's systems by the day of
//! issue.
//!
//! A day is 86,400 seconds, both ends counted, and any fraction is another day (Baseline Requirements 6.3.2).

use crate::certificate::Certificate;

/// A limit, in force for certificates issued from a day on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ValidityLimit {
    /// Most days.
    pub days: i64,
    /// From when on, unix seconds (00:00 UTC of the day).
    pub since: i64,
    /// Who says so.
    pub source: &'static str,
}

const LIMITS: [ValidityLimit; 5] = [
    ValidityLimit { days: 825, since: 1_519_862_400, source: "CA/Browser Forum ballot 193 (issued from 2018-03-01)" },
    ValidityLimit {
        days: 398,
        since: 1_598_918_400,
        source: "Apple, Chrome and Mozilla root programs; Baseline Requirements 6.3.2, ballot SC31 (from 2020-09-01)",
    },
    ValidityLimit {
        days: 200,
        since: 1_773_532_800,
        source: "Baseline Requirements 6.3.2, ballot SC-081v3 (from 2026-03-15)",
    },
    ValidityLimit {
        days: 100,
        since: 1_805_068_800,
        source: "Baseline Requirements 6.3.2, ballot SC-081v3 (from 2027-03-15)",
    },
    ValidityLimit {
        days: 47,
        since: 1_868_227_200,
        source: "Baseline Requirements 6.3.2, ballot SC-081v3 (from 2029-03-15)",
    },
];

/// The limit for a certificate of a public CA issued at a time in unix seconds; `None` before 2018-03-01, when 39 and
/// 60 months were the rule.
pub fn validity_limit(issued: i64) -> Option<ValidityLimit> {
    LIMITS.iter().rev().find(|l| issued >= l.since).copied()
}

/// The limit that Apple's systems set for every TLS server certificate, of private CAs too, issued from 2019-07-01 on.
pub fn private_limit(issued: i64) -> Option<ValidityLimit> {
    let limit =
        ValidityLimit { days: 825, since: 1_561_939_200, source: "support.apple.com/103769 (issued from 2019-07-01)" };
    (issued >= limit.since).then_some(limit)
}

/// Days that a certificate is valid, a begun day counted as one; 0 where its dates are reversed.
pub fn validity_days(certificate: &Certificate) -> i64 {
    let seconds = certificate.not_after.saturating_sub(certificate.not_before).saturating_add(1);
    seconds.max(0).saturating_add(86_399) / 86_400
}

/// The public limit that a certificate is over, going by notBefore as the day of issue.
pub fn over_limit(certificate: &Certificate) -> Option<ValidityLimit> {
    validity_limit(certificate.not_before).filter(|l| validity_days(certificate) > l.days)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::unix_from_civil;

    #[test]
    fn limits_begin_on_their_day() {
        let day = |y, m, d| unix_from_civil(y, m, d, 0, 0, 0);
        let days = |at: i64| validity_limit(at).map(|l| l.days);
        assert_eq!(days(day(2018, 3, 1) - 1), None);
        for (at, before, after) in [
            (day(2020, 9, 1), 825, 398),
            (day(2026, 3, 15), 398, 200),
            (day(2027, 3, 15), 200, 100),
            (day(2029, 3, 15), 100, 47),
        ] {
            assert_eq!((days(at - 1), days(at)), (Some(before), Some(after)));
        }
        assert_eq!(days(day(2018, 3, 1)), Some(825));
        assert_eq!(private_limit(day(2019, 7, 1)).map(|l| l.days), Some(825));
        assert_eq!(private_limit(day(2019, 7, 1) - 1), None);
    }
}
