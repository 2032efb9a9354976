//! Thumbprints as people copy them, held against every certificate at hand.
use std::sync::Arc;
use tlsdiag_model::{
    Case, CertId, Host, How, Origin, Row, Sink, Time,
    facts::{FetchEnd, Pasted, PastedIs, Thing},
};
use tlsdiag_pki::{
    Certificate,
    thumb::{self, Near, Verdict, What},
};

/// Fewest hex digits that are taken for a thumbprint: an MD5's.
const DIGITS: usize = 32;
/// Most characters in it that belong to no thumbprint.
const FOREIGN: usize = 2;

/// Does an argument look like a thumbprint?
pub(crate) fn looks_like(typed: &str) -> bool {
    if typed.contains(['/', '\\', '.', '@', '[']) {
        return false;
    }
    let p = thumb::parse(typed);
    let foreign = p.oddities.iter().filter(|o| matches!(o.what, What::Foreign(_))).count();
    p.digits.len() >= DIGITS && foreign <= FOREIGN
}

/// Keeps thumbprints as they were pasted; what they stand for is told by [`compare`].
pub(crate) fn keep(texts: &[String], at: Time, sink: &Sink) {
    sink.with(|case| {
        for text in texts {
            let p = thumb::parse(text);
            let kind = p.kind.map_or_else(|| format!("{} digits", p.digits.len()), |k| k.name().to_owned());
            let oddities = p.oddities.iter().map(|o| format!("{} at {}", o.what, o.at)).collect();
            let what = Pasted { text: text.clone(), kind, oddities, is: PastedIs::Nothing };
            if case.pasted.iter().all(|r| r.what.text != *text) {
                case.add(Row::once(what, Host::HERE, How::Told, at, Origin::Api("arguments".into())));
            }
        }
    });
}

/// Holds every pasted thumbprint against the certificates that are known by now: those in files, those that were sent,
/// those that were fetched. It may be called again when more are known.
pub fn compare(sink: &Sink) {
    sink.with(|case| {
        if case.pasted.is_empty() {
            return;
        }
        let (ids, certs) = at_hand(case);
        for row in &mut case.pasted {
            row.what.is = stands_for(&row.what.text, &ids, &certs);
        }
    });
}

fn at_hand(case: &Case) -> (Vec<CertId>, Vec<Arc<Certificate>>) {
    let mut ids: Vec<CertId> = vec![];
    let mut add = |id: CertId| {
        if !ids.contains(&id) {
            ids.push(id);
        }
    };
    case.identities.iter().for_each(|i| add(i.what.leaf));
    case.filed.iter().for_each(|f| {
        if let Thing::Cert(id) = f.what.what {
            add(id);
        }
    });
    case.handshakes.iter().filter_map(|h| h.what.chain.saw()).flatten().for_each(|id| add(*id));
    case.holdings.iter().for_each(|h| add(h.what.cert));
    case.fetches.iter().for_each(|f| {
        if let FetchEnd::Certs(ids) = &f.what.end {
            ids.iter().for_each(|id| add(*id));
        }
    });
    let read = |id: &CertId| Some((*id, Arc::new(Certificate::from_der(case.certs.get(id)?).ok()?)));
    ids.iter().filter_map(read).unzip()
}

fn stands_for(text: &str, ids: &[CertId], certs: &[Arc<Certificate>]) -> PastedIs {
    let borrowed: Vec<&Certificate> = certs.iter().map(|c| &**c).collect();
    let id = |i: usize| ids.get(i).copied();
    let is = match thumb::compare(&thumb::parse(text), &borrowed) {
        Verdict::Same(i) => id(i).map(PastedIs::Same),
        Verdict::SameBySha256(i) | Verdict::SameBy(_, i) => id(i).map(PastedIs::OtherHash),
        Verdict::NearMiss { index, how } => id(index).map(|id| PastedIs::Near(id, in_words(how))),
        Verdict::None => None,
    };
    is.unwrap_or(PastedIs::Nothing)
}

fn in_words(how: Near) -> String {
    let digits =
        |n: usize, is: &str, are: &str| if n == 1 { format!("1 digit {is}") } else { format!("{n} digits {are}") };
    match how {
        Near::Missing { kind, at, count } => {
            format!("{} missing after digit {at} of its {}", digits(count, "is", "are"), kind.name())
        }
        Near::Extra { kind, at, count } => {
            format!("{} too many after digit {at} of its {}", digits(count, "is", "are"), kind.name())
        }
        Near::Other { kind, at, count } => {
            let first = at.saturating_add(1);
            format!("{} from its {}, the first is digit {first}", digits(count, "differs", "differ"), kind.name())
        }
        Near::Swapped { kind, at } => {
            let (a, b) = (at.saturating_add(1), at.saturating_add(2));
            format!("digits {a} and {b} of its {} have changed places", kind.name())
        }
        Near::Beginning { kind } => format!("the beginning of its {}", kind.name()),
        Near::SerialNumber => "its serial number".to_owned(),
        Near::SubjectKeyId => "its subject key identifier".to_owned(),
        Near::PublicKeyPin => "the SHA-256 of its public key".to_owned(),
    }
}
