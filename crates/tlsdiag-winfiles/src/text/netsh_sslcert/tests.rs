//! Tests of records of HTTP.sys in netsh's output.
use super::*;

fn all(text: &str) -> Vec<SslBinding> {
    read(&Text::new(text))
}

const NEW: &str = "\
SSL Certificate bindings:
-------------------------

    IP:port                      : 0.0.0.0:443
    Certificate Hash             : 0102030405060708090a0b0c0d0e0f1011121314
    Application ID               : {4dc3e181-e14b-4a21-b022-59fc669b0914}
    Certificate Store Name       : My
    Verify Client Certificate Revocation : Enabled
    Verify Revocation Using Cached Client Certificate Only : Disabled
    Usage Check                  : Enabled
    Revocation Freshness Time    : 0
    URL Retrieval Timeout        : 5000
    Ctl Identifier               : (null)
    Ctl Store Name               : AdfsTrustedDevices
    DS Mapper Usage              : Disabled
    Negotiate Client Certificate : Enabled
    Reject Connections           : Disabled
    Disable HTTP2                : Enabled
    Disable QUIC                 : Not Set
    Disable TLS1.2               : Not Set
    Disable TLS1.3               : Enabled
    Disable OCSP Stapling        : Not Set
    Enable Token Binding         : Not Set
    Log Extended Events          : Not Set
    Disable Legacy TLS Versions  : Enabled
    Enable Session Ticket        : Not Set
    Extended Properties:
      PropertyId                 : 0
      Receive Window             : 1048576

    Central Certificate Store    : 443
    Certificate Hash             : (null)
    Application ID               : {4dc3e181-e14b-4a21-b022-59fc669b0914}
    Certificate Store Name       : (null)
    Verify Client Certificate Revocation : Enabled

    Hostname:port                : www.example.com:443
    Certificate Hash             : 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f
    Application ID               : {00000000-0000-0000-0000-000000000000}
    Certificate Store Name       : WebHosting
";

#[test]
fn every_line_of_a_new_record() {
    let records = all(NEW);
    assert_eq!(records.len(), 3);
    let first = &records[0];
    assert_eq!(
        (first.freshness_time, first.retrieval_timeout, first.ctl_store.as_deref(), first.cut),
        (Some(0), Some(5000), Some("AdfsTrustedDevices"), false)
    );
    for (switch, state) in [
        (Switch::VerifyRevocation, State::On),
        (Switch::CachedRevocationOnly, State::Off),
        (Switch::NegotiateClientCertificate, State::On),
        (Switch::DisableHttp2, State::On),
        (Switch::DisableQuic, State::NotSet),
        (Switch::DisableTls13, State::On),
        (Switch::DisableLegacyTls, State::On),
        (Switch::EnableSessionTicket, State::NotSet),
    ] {
        assert_eq!(first.state(switch), Some(state), "{switch:?}");
    }
    assert_eq!(first.settings.len(), 15);
    assert_eq!(
        (&records[1].key, &records[1].hash, &records[1].store),
        (&Key::Central(443), &Some(Hash::Null), &Some(None))
    );
    assert_eq!(records[2].hash.as_ref().unwrap().octets().unwrap().len(), 32);
    assert_eq!((records[2].lines.first, records[2].store.clone()), (37, Some(Some("WebHosting".to_owned()))));
}

#[test]
fn words_of_an_unknown_language_by_pattern_only() {
    let text = NEW.replace("Enabled", "чё").replace("Disabled", "не").replace("Not Set", "хм");
    let first = &all(&text)[0];
    assert_eq!(
        (first.state(Switch::DisableHttp2), first.state(Switch::DsMapper), first.state(Switch::DisableQuic)),
        (Some(State::On), Some(State::Off), None)
    );
    // every word the same: nothing is certain
    let text = NEW.replace("Enabled", "чё").replace("Disabled", "чё").replace("Not Set", "чё");
    assert!(all(&text)[0].settings.iter().all(|setting| setting.state.is_none()));
}

#[test]
fn old_central_store_without_a_hash_line_and_scoped_names() {
    let text = "    Hostname:port                : *:443\n    Application ID               : {4dc3e181-e14b-4a21-b022-59fc669b0914}\n    Certificate Store Name       : (null)\n\n    a : b.example.com:443\n    b : (null)\n    c : {4dc3e181-e14b-4a21-b022-59fc669b0914}\n    d : (null)\n";
    let records = all(text);
    assert_eq!(records.len(), 2, "{records:#?}");
    assert_eq!((&records[0].key, &records[0].hash), (&Key::Central(443), &None));
    assert_eq!(
        (&records[1].key, &records[1].hash),
        (&Key::Host(Endpoint::parse("b.example.com:443").unwrap()), &Some(Hash::Null))
    );
}

#[test]
fn masked_and_damaged_values_are_kept_with_their_line() {
    let text = "    IP:Port                      : xxx.xxx.xxx.xxx:443\n    Zertifikathash               : ****\n    Anwendungs-ID                : {4dc3e181-e14b-4a21-b022-xxxxxxxxxxxx}\n    Zertifikatspeichername       : My\n";
    let records = all(text);
    assert_eq!(records.len(), 1);
    let lines: Vec<u32> = damage(&records[0]).iter().map(|d| d.line).collect();
    assert_eq!(lines, [1, 2, 3]);
}

#[test]
fn a_thumbprint_broken_at_the_edge_of_the_console() {
    let text =
        NEW.replace("0102030405060708090a0b0c0d0e0f1011121314\n", "0102030405060708090a0b0c0d0e0f\n1011121314\n");
    assert_eq!(all(&text)[0].hash, all(NEW)[0].hash);
    assert_eq!(all(&text).len(), 3);
}

#[test]
fn output_cut_anywhere_keeps_what_is_whole() {
    let whole = all(NEW);
    for end in 0..NEW.len() {
        let cut = all(&NEW[..end]);
        for (cut, whole) in cut.iter().zip(&whole).take(cut.len().saturating_sub(1)) {
            assert_eq!(cut, whole);
        }
        // a record that lacks its end says so
        if let Some(last) = cut.last()
            && last.app_id.is_none()
        {
            assert!(last.cut);
        }
    }
}
