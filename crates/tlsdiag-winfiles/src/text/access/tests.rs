//! Tests of access lists in several languages.
use super::*;

fn all(text: &str) -> Vec<Access> {
    read(&Text::new(text), None)
}

#[test]
fn files_of_a_german_machine() {
    let text = "\
C:\\ProgramData\\Microsoft\\Crypto\\RSA\\MachineKeys\\c2319c42033a5ca7f44e731bfd3fa2b5_4dc3e181-e14b-4a21-b022-59fc669b0914 NT-AUTORITÄT\\SYSTEM:(I)(F)
                                                                                                                   VORDEFINIERT\\Administratoren:(I)(F)
                                                                                                                   NT-AUTORITÄT\\NETZWERKDIENST:(DENY)(R)
                                                                                                                   S-1-5-21-1-2-3-1001:(RX,W)

1 Dateien erfolgreich verarbeitet, bei 0 Dateien ist ein Verarbeitungsfehler aufgetreten.
";
    let all = all(text);
    assert_eq!(all.len(), 1);
    let (path, entries) = (&all[0].path, &all[0].entries);
    assert!(path.ends_with("_4dc3e181-e14b-4a21-b022-59fc669b0914"), "{path}");
    let shown: Vec<(Option<&str>, bool, bool, bool)> =
        entries.iter().map(|e| (e.sid.as_deref(), e.deny, e.rights.read, e.rights.full)).collect();
    assert_eq!(
        shown,
        [
            (Some("S-1-5-18"), false, true, true),
            (Some("S-1-5-32-544"), false, true, true),
            (Some("S-1-5-20"), true, true, false),
            (Some("S-1-5-21-1-2-3-1001"), false, true, false)
        ]
    );
    assert!(entries[0].inherited && !entries[2].inherited);
}

#[test]
fn paths_with_blanks_and_one_entry_only() {
    let all =
        all("D:\\my keys\\a b.pem BUILTIN\\Users:(R)\n\nC:\\x NT AUTHORITY\\SYSTEM:F\n\nC:\\y z Everyone:(OI)(CI)N\n");
    let shown: Vec<(&str, &str, bool)> =
        all.iter().map(|a| (a.path.as_str(), a.entries[0].account.as_str(), a.unsure)).collect();
    assert_eq!(
        shown,
        [
            ("D:\\my keys\\a b.pem", "BUILTIN\\Users", false),
            ("C:\\x", "NT AUTHORITY\\SYSTEM", false),
            ("C:\\y z", "Everyone", true)
        ]
    );
    assert!(all[2].entries[0].deny && all[2].entries[0].rights.full);
}

#[test]
fn special_access_of_cacls_in_korean() {
    let text = "C:\\keys BUILTIN\\Administrators:F\n        Everyone:(특수 액세스:)\n                                    READ_CONTROL\n                                    FILE_READ_DATA\n                                    FILE_READ_EA\n\n        NT AUTHORITY\\SYSTEM:(OI)(CI)F\n";
    let all = all(text);
    assert_eq!(all[0].entries.len(), 3, "{all:#?}");
    assert_eq!((all[0].entries[1].account.as_str(), all[0].entries[1].rights.read), ("Everyone", true));
}

#[test]
fn get_acl_by_its_descriptor_and_by_its_lines() {
    use crate::text::powershell_table::records;
    let text = "Path   : Microsoft.PowerShell.Core\\FileSystem::C:\\k\\f\nOwner  : x\nAccess : NT AUTHORITY\\SYSTEM Allow  FullControl\n         BUILTIN\\IIS_IUSRS Deny  Read, Synchronize\nAudit  : \nSddl   : O:SYG:SYD:PAI(A;;FA;;;SY)(D;;FR;;;IS)\n";
    for text in [text.to_owned(), text.split("Audit").next().unwrap().to_owned()] {
        let all = from_records(&records(&Text::new(&text)));
        assert_eq!((all.len(), all[0].path.as_str()), (1, "C:\\k\\f"));
        let shown: Vec<_> = all[0].entries.iter().map(|e| (e.sid.as_deref().unwrap(), e.deny, e.rights.full)).collect();
        assert_eq!(shown, [("S-1-5-18", false, true), ("S-1-5-32-568", true, false)]);
    }
}

#[test]
fn other_lines_are_none() {
    assert!(all("a: (b)\n    Owner  : x\n  TCP 0.0.0.0:443 0.0.0.0:0 LISTENING 4\nhttp/*:80:\n").is_empty());
}
