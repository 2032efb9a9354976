//! Access control lists of key files, as Windows weighs them: who gets in.
use tlsdiag_model::facts::Ace;

/// Local System.
pub(crate) const SYSTEM: &str = "S-1-5-18";
/// Network Service.
pub(crate) const NETWORK_SERVICE: &str = "S-1-5-20";
/// The group of administrators.
pub(crate) const ADMINISTRATORS: &str = "S-1-5-32-544";
/// Everyone.
pub(crate) const EVERYONE: &str = "S-1-1-0";
/// Whoever signed in.
pub(crate) const AUTHENTICATED: &str = "S-1-5-11";
/// Whatever runs as a service.
const SERVICE: &str = "S-1-5-6";
/// The worker processes of IIS.
pub(crate) const IIS_IUSRS: &str = "S-1-5-32-568";

/// What an account gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// It may read by an entry of its own or of everybody.
    Own,
    /// It may read only as a member of the administrators.
    AsAdministrator,
    /// An entry refuses it.
    Denied,
    /// No entry lets it.
    None,
}

/// What Local System gets: the account, the administrators of whom it is one, and everybody.
pub(crate) fn of_system(acl: &[Ace]) -> Access {
    let whole = first(acl, &[SYSTEM, ADMINISTRATORS, EVERYONE, AUTHENTICATED, SERVICE]);
    let own = first(acl, &[SYSTEM, EVERYONE, AUTHENTICATED, SERVICE]);
    match (whole, own) {
        (Some(false), _) => Access::Denied,
        (Some(true), Some(true)) => Access::Own,
        (Some(true), _) => Access::AsAdministrator,
        (None, _) => Access::None,
    }
}

/// May Network Service read?
pub(crate) fn of_network_service(acl: &[Ace]) -> bool {
    first(acl, &[NETWORK_SERVICE, EVERYONE, AUTHENTICATED, SERVICE]) == Some(true)
}

/// The first entry in Windows' order that gives or refuses reading to one of these: what is the file's own goes before what
/// is inherited, and refusals before grants.
fn first(acl: &[Ace], sids: &[&str]) -> Option<bool> {
    let mut mine: Vec<&Ace> = acl.iter().filter(|a| a.read && sids.iter().any(|s| is(a, s))).collect();
    mine.sort_by_key(|a| (a.inherited, a.allow));
    mine.first().map(|a| a.allow)
}

/// Is an entry about this account? By its SID; by its English name where a listing has no SID.
pub(crate) fn is(a: &Ace, sid: &str) -> bool {
    if let Some(s) = &a.sid {
        return s.eq_ignore_ascii_case(sid);
    }
    let name = a.account.rsplit('\\').next().unwrap_or_default();
    let english = match sid {
        SYSTEM => "SYSTEM",
        NETWORK_SERVICE => "NETWORK SERVICE",
        ADMINISTRATORS => "Administrators",
        EVERYONE => "Everyone",
        AUTHENTICATED => "Authenticated Users",
        IIS_IUSRS => "IIS_IUSRS",
        _ => return false,
    };
    name.eq_ignore_ascii_case(english)
}

/// Are all accounts of a list known by SID or as well-known ones? A name of unknown language might be any of them.
pub(crate) fn all_known(acl: &[Ace]) -> bool {
    let known = [SYSTEM, NETWORK_SERVICE, ADMINISTRATORS, EVERYONE, AUTHENTICATED, IIS_IUSRS];
    acl.iter().all(|a| a.sid.is_some() || a.account.contains('\\') || known.iter().any(|s| is(a, s)))
}

/// Has anybody but Local System and the administrators an entry that lets them read?
pub(crate) fn others_read(acl: &[Ace]) -> bool {
    acl.iter().any(|a| a.allow && a.read && !is(a, SYSTEM) && !is(a, ADMINISTRATORS))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ace(account: &str, sid: Option<&str>, allow: bool, inherited: bool) -> Ace {
        Ace { account: account.into(), sid: sid.map(str::to_owned), allow, read: true, full: false, inherited }
    }

    #[test]
    fn windows_order() {
        let system = ace("NT AUTHORITY\\SYSTEM", Some(SYSTEM), true, false);
        let admins = ace("BUILTIN\\Administrators", None, true, false);
        let deny = ace("Everyone", None, false, false);
        let inherited = ace("Everyone", None, false, true);
        assert_eq!(of_system(std::slice::from_ref(&system)), Access::Own);
        assert_eq!(of_system(std::slice::from_ref(&admins)), Access::AsAdministrator);
        assert_eq!(of_system(&[system.clone(), deny]), Access::Denied);
        assert_eq!(of_system(&[inherited, system]), Access::Own);
        assert_eq!(of_system(&[]), Access::None);
        assert!(!others_read(std::slice::from_ref(&admins)));
        assert!(!of_network_service(&[admins]));
    }
}
