//! Tests of the five forms in which PowerShell prints records.
use super::*;

fn read(text: &str) -> Vec<Record> {
    records(&Text::new(text))
}

fn fields(record: &Record) -> Vec<(&str, &str)> {
    record.fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect()
}

#[test]
fn a_table_with_numbers_at_the_right() {
    let text = "\
PS C:\\> Get-NetTCPConnection -State Listen

LocalAddress                        LocalPort RemoteAddress                       RemotePort State       AppliedSetting OwningProcess
------------                        --------- -------------                       ---------- -----       -------------- -------------
::                                  443       ::                                  0          Listen                     4
0.0.0.0                             50443     0.0.0.0                             0          Listen                     13104

Count Name
----- ----
    3 a
12345 b
";
    let all = read(text);
    assert_eq!(all.len(), 4);
    assert_eq!(
        (all[0].get("localaddress"), all[0].get("LocalPort"), all[0].get("OwningProcess")),
        (Some("::"), Some("443"), Some("4"))
    );
    assert_eq!((all[1].get("AppliedSetting"), all[1].get("OwningProcess"), all[1].line), (Some(""), Some("13104"), 6));
    assert_eq!(fields(&all[2]), [("Count", "3"), ("Name", "a")]);
    assert_eq!(fields(&all[3]), [("Count", "12345"), ("Name", "b")]);
}

#[test]
fn a_table_says_its_group_and_what_it_cut() {
    let text = "\n\n   PSParentPath: Microsoft.PowerShell.Security\\Certificate::LocalMachine\\My\n\n\
Thumbprint                                Subject              \n\
----------                                -------              \n\
1A1F948B21A299367791A8E2B23F428C7E47E3D1  CN=www.example.com, …\n\
2A1F948B21A299367791A8E2B23F428C7E47E3D1  CN=서버.example, O=..\n";
    let all = read(text);
    assert_eq!(all.len(), 2);
    assert_eq!(all[0].group.as_deref(), Some("Microsoft.PowerShell.Security\\Certificate::LocalMachine\\My"));
    assert_eq!(
        (all[0].get("Thumbprint").map(str::len), all[0].get("Subject"), all[0].is_cut("subject")),
        (Some(40), None, true)
    );
    assert!(all[1].get("Subject").is_some());
}

#[test]
fn a_list_with_values_that_go_on() {
    let text = "\r\n\r\nSubject      : CN=www.example.com\r\nThumbprint   : 1A1F948B21A299367791A8E2\r\n               B23F428C7E47E3D1\r\nFriendlyName : 인증서 : 둘\r\n\r\n\r\nSubject      : CN=b\r\nThumbprint   : \r\n";
    let all = read(text);
    assert_eq!(
        fields(&all[0]),
        [
            ("Subject", "CN=www.example.com"),
            ("Thumbprint", "1A1F948B21A299367791A8E2B23F428C7E47E3D1"),
            ("FriendlyName", "인증서 : 둘")
        ]
    );
    assert_eq!((all.len(), all[0].line, all[1].line, all[1].get("Thumbprint")), (2, 3, 9, Some("")));
}

#[test]
fn csv_with_quotes_line_ends_and_semicolons() {
    let text = "#TYPE System.Object\n\"A\",\"B\"\n\"1\",\"x \"\"y\"\"\nz\"\n\"2\",\"\"\n";
    let all = read(text);
    assert_eq!(fields(&all[0]), [("A", "1"), ("B", "x \"y\"\nz")]);
    assert_eq!((all.len(), all[1].line), (2, 5));
    assert_eq!(fields(&read("Name;Port\nw3svc;443\n")[0]), [("Name", "w3svc"), ("Port", "443")]);
    assert!(read("Hello, world\nthis is, a, text\n").is_empty());
}

#[test]
fn json_of_one_of_many_and_cut() {
    let one = read("{\"LocalPort\": 443, \"A\": {\"B\": null}}");
    let mut named = fields(&one[0]);
    // an object has no order
    named.sort_unstable();
    assert_eq!(named, [("A.B", ""), ("LocalPort", "443")]);
    let cut = "[\n  {\"Name\": \"TLS_AES_128_GCM_SHA256\", \"C\": [1, 2]},\n  {\"Name\": \"x}\"},\n  {\"Name\": \"TLS";
    let all = read(cut);
    assert_eq!(
        (all.len(), all[0].all("C").collect::<Vec<_>>(), all[1].line, all[1].get("Name")),
        (2, vec!["1", "2"], 3, Some("x}"))
    );
}

#[test]
fn clixml_with_nested_objects() {
    let text = "#< CLIXML\n<Objs Version=\"1.1.0.1\" xmlns=\"http://schemas.microsoft.com/powershell/2004/04\">\n<Obj RefId=\"0\"><TN RefId=\"0\"><T>X</T></TN><ToString>t</ToString><Props><S N=\"Name\">a_x000D__x000A_&lt;b&gt;</S><I32 N=\"Port\">443</I32><Nil N=\"None\" />\n<Obj N=\"Key\" RefId=\"1\"><LST><S>p</S><S>q</S></LST></Obj></Props></Obj>\n<Obj RefId=\"2\"><MS><S N=\"Name\">second</S>";
    let all = read(text);
    assert_eq!(all.len(), 2, "{all:#?}");
    assert_eq!((all[0].get("Name"), all[0].get("Port"), all[0].get("None")), (Some("a\r\n<b>"), Some("443"), Some("")));
    assert_eq!(all[0].all("Key").collect::<Vec<_>>(), ["p", "q"]);
    assert_eq!((all[1].get("name"), all[1].line), (Some("second"), 5));
}
