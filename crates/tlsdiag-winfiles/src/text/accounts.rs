//! Well-known accounts of Windows by their SID, whatever the language of the listing.
//!
//! Names come from Microsoft's documents of localised accounts and from listings of such systems. A name that is not among
//! them stays a name.

/// The SID of an account, if it is written as one (`S-1-5-18`, `*S-1-5-18`) or the name is a well-known one.
#[must_use]
pub fn sid(account: &str) -> Option<String> {
    let bare = account.strip_prefix('*').unwrap_or(account);
    if is_sid(bare) {
        return Some(bare.to_ascii_uppercase());
    }
    // the domain of built-in accounts is translated too; the name alone tells them among these
    let (domain, name) = account.rsplit_once('\\').map_or((None, account), |(domain, name)| (Some(domain), name));
    let name = name.to_lowercase();
    let known = KNOWN.iter().find(|(_, names)| names.contains(&name.as_str()))?;
    let built_in = domain.is_none_or(|domain| DOMAINS.contains(&domain.to_lowercase().as_str()));
    built_in.then(|| known.0.to_owned())
}

/// Whether the text is a SID.
#[must_use]
pub fn is_sid(text: &str) -> bool {
    let mut parts = text.split('-');
    parts.next().is_some_and(|s| s.eq_ignore_ascii_case("s"))
        && parts.next() == Some("1")
        && parts.clone().count() >= 1
        && parts.all(|part| !part.is_empty() && part.len() <= 15 && part.bytes().all(|o| o.is_ascii_digit()))
}

/// The SID behind the two letters of a security descriptor ([MS-DTYP] 2.5.1.1).
#[must_use]
pub fn of_letters(letters: &str) -> Option<&'static str> {
    Some(match letters {
        "SY" => "S-1-5-18",
        "LS" => "S-1-5-19",
        "NS" => "S-1-5-20",
        "BA" => "S-1-5-32-544",
        "BU" => "S-1-5-32-545",
        "BG" => "S-1-5-32-546",
        "WD" => "S-1-1-0",
        "AU" => "S-1-5-11",
        "CO" => "S-1-3-0",
        "CG" => "S-1-3-1",
        "OW" => "S-1-3-4",
        "IU" => "S-1-5-4",
        "NU" => "S-1-5-2",
        "SU" => "S-1-5-6",
        "AN" => "S-1-5-7",
        "AC" => "S-1-15-2-1",
        "IS" => "S-1-5-32-568",
        _ => return None,
    })
}

/// Whether a name can be the domain of a well-known account.
#[must_use]
pub(super) fn is_built_in_domain(domain: &str) -> bool {
    DOMAINS.contains(&domain.to_lowercase().as_str()) || OTHER_DOMAINS.contains(&domain.to_lowercase().as_str())
}

const DOMAINS: &[&str] = &[
    "nt authority",
    "nt-autorität",
    "nt-autoritat",
    "autorite nt",
    "autorité nt",
    "autoridade nt",
    "autorità nt",
    "nt instans",
    "nt-myndighet",
    "nt-hallinta",
    "zarządzanie nt",
    "nt autorität",
    "builtin",
    "vordefiniert",
    "predefinito",
    "integrado",
];

const OTHER_DOMAINS: &[&str] = &[
    "nt service",
    "iis apppool",
    "application package authority",
    "zertifizierungsstelle für anwendungspakete",
    "nt virtual machine",
    "window manager",
    "font driver host",
];

const KNOWN: &[(&str, &[&str])] = &[
    ("S-1-5-18", &["system", "système", "systeme", "sistema", "система", "local system"]),
    (
        "S-1-5-19",
        &["local service", "lokaler dienst", "service local", "servicio local", "servizio locale", "serviço local"],
    ),
    (
        "S-1-5-20",
        &[
            "network service",
            "netzwerkdienst",
            "service réseau",
            "service reseau",
            "servicio de red",
            "servizio di rete",
            "serviço de rede",
        ],
    ),
    (
        "S-1-5-32-544",
        &[
            "administrators",
            "administratoren",
            "administrateurs",
            "administradores",
            "администраторы",
            "administratörer",
            "administratorzy",
        ],
    ),
    (
        "S-1-5-32-545",
        &["users", "benutzer", "utilisateurs", "usuarios", "usuários", "пользователи", "användare", "użytkownicy"],
    ),
    ("S-1-5-32-568", &["iis_iusrs"]),
    ("S-1-1-0", &["everyone", "jeder", "tout le monde", "todos", "все", "alla", "wszyscy", "모든 사람"]),
    (
        "S-1-5-11",
        &[
            "authenticated users",
            "authentifizierte benutzer",
            "utilisateurs authentifiés",
            "usuarios autentificados",
            "прошедшие проверку",
        ],
    ),
    (
        "S-1-3-0",
        &[
            "creator owner",
            "ersteller-besitzer",
            "createur proprietaire",
            "créateur propriétaire",
            "создатель-владелец",
        ],
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_sids() {
        for (account, want) in [
            ("NT AUTHORITY\\SYSTEM", "S-1-5-18"),
            ("NT-AUTORITÄT\\SYSTEM", "S-1-5-18"),
            ("AUTORITE NT\\Système", "S-1-5-18"),
            ("NT AUTHORITY\\СИСТЕМА", "S-1-5-18"),
            ("*S-1-5-20", "S-1-5-20"),
            ("VORDEFINIERT\\Administratoren", "S-1-5-32-544"),
            ("Jeder", "S-1-1-0"),
            ("BUILTIN\\IIS_IUSRS", "S-1-5-32-568"),
        ] {
            assert_eq!(sid(account).as_deref(), Some(want), "{account}");
        }
        // an account of a domain that is only called so
        assert_eq!(sid("CONTOSO\\system"), None);
        assert_eq!(sid("S-1-x"), None);
    }
}
