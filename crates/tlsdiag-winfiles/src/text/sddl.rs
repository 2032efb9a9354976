//! Security descriptors as text (SDDL, [MS-DTYP] 2.5.1): the entries of the access list.
use super::access::{Entry, Rights};
use super::accounts;
use super::damaged::clip;

/// The entries of the discretionary list of a descriptor; those of other lists and of unknown kinds are left out.
#[must_use]
pub fn entries(sddl: &str, line: u32) -> Vec<Entry> {
    let Some(start) = list(sddl) else { return Vec::new() };
    let mut out = Vec::new();
    let mut rest = start;
    while let Some((ace, after)) = rest.strip_prefix('(').and_then(|inner| inner.split_once(')')) {
        out.extend(entry(ace, line));
        rest = after.trim_start();
        if out.len() >= 4096 {
            break;
        }
    }
    out
}

/// What follows `D:` and its flags.
fn list(sddl: &str) -> Option<&str> {
    let at = if sddl.starts_with("D:") { 0 } else { sddl.find("D:")? };
    let rest = sddl.get(at + 2..)?;
    rest.get(rest.find('(')?..)
}

fn entry(ace: &str, line: u32) -> Option<Entry> {
    let mut parts = ace.split(';');
    let (kind, flags, rights) = (parts.next()?, parts.next()?, parts.next()?);
    let account = parts.nth(2)?.trim();
    let deny = match kind.trim() {
        "A" => false,
        "D" => true,
        _ => return None,
    };
    let flag = |wanted: &str| flags.as_bytes().chunks(2).any(|pair| pair == wanted.as_bytes());
    Some(Entry {
        account: clip(account),
        sid: accounts::of_letters(account).map(str::to_owned).or_else(|| accounts::sid(account)),
        deny,
        inherited: flag("ID"),
        inherit_only: flag("IO"),
        rights: rights_of(rights.trim()),
        line,
    })
}

fn rights_of(text: &str) -> Rights {
    if let Some(hex) = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        return u32::from_str_radix(hex, 16).map(Rights::of_mask).unwrap_or_default();
    }
    text.as_bytes().chunks(2).filter_map(|pair| std::str::from_utf8(pair).ok()).fold(Rights::default(), |out, pair| {
        let more = match pair {
            "GA" | "FA" => Rights { read: true, write: true, full: true },
            "GR" | "FR" | "CC" => Rights { read: true, ..Rights::default() },
            "GW" | "FW" | "DC" => Rights { write: true, ..Rights::default() },
            _ => Rights::default(),
        };
        Rights { read: out.read || more.read, write: out.write || more.write, full: out.full || more.full }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_masks_and_flags() {
        let all = entries(
            "O:BAG:SYD:PAI(A;OICI;0x1200a9;;;IS)(D;ID;GR;;;S-1-5-21-1-2-3-500)(A;OICIIO;GA;;;CO)(OA;;CR;x;;WD)",
            9,
        );
        let shown: Vec<_> = all
            .iter()
            .map(|e| (e.sid.as_deref().unwrap(), e.deny, e.rights.read, e.inherited, e.inherit_only))
            .collect();
        assert_eq!(
            shown,
            [
                ("S-1-5-32-568", false, true, false, false),
                ("S-1-5-21-1-2-3-500", true, true, true, false),
                ("S-1-3-0", false, true, false, true)
            ]
        );
        assert!(entries("D:", 1).is_empty() && entries("(A;;GA;;;WD)", 1).is_empty());
    }
}
