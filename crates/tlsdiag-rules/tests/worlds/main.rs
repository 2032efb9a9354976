//! Servers as functions from a hello to an end, asked until nothing is left to ask: exactly the cause of each world is
//! named, and it costs few connections.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod server;
mod site;

use server::*;
use site::World;
use tlsdiag_model::facts::*;
use tlsdiag_model::*;

/// A world: its name, its server, the codes and labels told (at least likely, in order), and most connections.
type Told = &'static [&'static str];
struct WorldOf(&'static str, fn(&Hello) -> Does, Told, usize);

/// What a gate does to hellos that it hates, and a good server does to all others.
macro_rules! hates {
    ($then:expr, |$h:ident| $when:expr) => {
        |$h: &Hello| if $when { $then } else { well($h) }
    };
}

fn carries(h: &Hello, x: u16) -> bool {
    h.extensions.contains(&x)
}

/// Packets longer than this do not pass towards the server: a hello in one piece of this length, plus 40 bytes of headers.
fn largest_packet(h: &Hello) -> u32 {
    (h.bytes + 52).min(h.packet)
}

const WORLDS: &[WorldOf] = &[
    WorldOf("healthy", well, &[], 5),
    WorldOf("healthy, TLS 1.2 only", |h| negotiate(h, &[0x303], &[0xc02f], None), &[], 5),
    WorldOf("healthy, TLS 1.3 only", |h| negotiate(h, &[0x304], &[0x1301], None), &["TD5011 proto.tls13_only"], 5),
    // GnuTLS: handshake_failure to a TLS 1.2 that it lacks, unless the version is listed
    WorldOf(
        "healthy, TLS 1.3 only, handshake_failure to TLS 1.2",
        |h| match h.versions.iter().max() {
            Some(0x304) => well(h),
            Some(0x303) if !carries(h, 43) => alert(40),
            _ => alert(70),
        },
        &["TD5011 proto.tls13_only"],
        5,
    ),
    WorldOf(
        "healthy TLS 1.3, no suite of TLS 1.2",
        |h| if h.versions.contains(&0x304) { well(h) } else { negotiate(h, &[0x303], &[], None) },
        &[],
        5,
    ),
    WorldOf("resets all", |_| reset(), &["TD5001 hs.reset_after_hello"], 14),
    WorldOf("closes all", |_| closed(), &["TD5002 hs.closed_after_hello"], 14),
    WorldOf("internal_error to all", |_| alert(80), &["TD5004 hs.internal_error"], 14),
    WorldOf("handshake_failure to all", |_| alert(40), &["TD5005 hs.handshake_failure"], 14),
    WorldOf("long hello, reset", hates!(reset(), |h| h.bytes > 1400), &["TD6001 hs.large_client_hello"], 12),
    WorldOf("long hello, swallowed", hates!(silence(), |h| h.bytes > 1400), &["TD6001 hs.large_client_hello"], 15),
    WorldOf("long hello, closed", hates!(closed(), |h| h.bytes > 1400), &["TD6001 hs.large_client_hello"], 12),
    WorldOf("long hello, decode_error", hates!(alert(50), |h| h.bytes > 1400), &["TD6001 hs.large_client_hello"], 12),
    WorldOf(
        "segments, reset",
        hates!(reset(), |h| h.split || h.bytes > h.packet - 52),
        &["TD6002 hs.large_client_hello"],
        12,
    ),
    WorldOf(
        "segments, swallowed",
        hates!(silence(), |h| h.split || h.bytes > h.packet - 52),
        &["TD6002 hs.large_client_hello"],
        15,
    ),
    WorldOf(
        "segments, decode_error",
        hates!(alert(50), |h| h.split || h.bytes > h.packet - 52),
        &["TD6002 hs.large_client_hello"],
        12,
    ),
    WorldOf("group, reset", hates!(reset(), |h| h.groups.contains(&PQ)), &["TD6003 hs.extension_intolerance"], 11),
    WorldOf("group, silence", hates!(silence(), |h| h.groups.contains(&PQ)), &["TD6003 hs.extension_intolerance"], 15),
    WorldOf("group, alert", hates!(alert(40), |h| h.groups.contains(&PQ)), &["TD6003 hs.extension_intolerance"], 11),
    WorldOf("group, alert 47", hates!(alert(47), |h| h.groups.contains(&PQ)), &["TD6003 hs.extension_intolerance"], 11),
    WorldOf(
        "TLS 1.3, protocol_version",
        |h| if h.versions.contains(&0x304) { alert(70) } else { negotiate(h, &[0x303], &[0xc02f], None) },
        &["TD6010 hs.version_intolerance"],
        6,
    ),
    WorldOf(
        "TLS 1.3, reset",
        |h| if h.versions.contains(&0x304) { reset() } else { negotiate(h, &[0x303], &[0xc02f], None) },
        &["TD6010 hs.version_intolerance"],
        12,
    ),
    WorldOf(
        "TLS 1.3, silence",
        |h| if h.versions.contains(&0x304) { silence() } else { negotiate(h, &[0x303], &[0xc02f], None) },
        &["TD6010 hs.version_intolerance"],
        18,
    ),
    WorldOf(
        "TLS 1.3, handshake_failure",
        |h| if h.versions.contains(&0x304) { alert(40) } else { negotiate(h, &[0x303], &[0xc02f], None) },
        &["TD6010 hs.version_intolerance"],
        12,
    ),
    WorldOf("GREASE, reset", hates!(reset(), |h| h.grease), &["TD6011 hs.extension_intolerance"], 14),
    WorldOf("GREASE, decode_error", hates!(alert(50), |h| h.grease), &["TD6011 hs.extension_intolerance"], 12),
    WorldOf("ALPN, reset", hates!(reset(), |h| carries(h, 16)), &["TD6011 hs.extension_intolerance"], 16),
    WorldOf("ALPN, silence", hates!(silence(), |h| carries(h, 16)), &["TD6011 hs.extension_intolerance"], 22),
    WorldOf(
        "ALPN, no_application_protocol",
        hates!(alert(120), |h| carries(h, 16)),
        &["TD6011 hs.extension_intolerance"],
        16,
    ),
    WorldOf("status_request, closed", hates!(closed(), |h| carries(h, 5)), &["TD6011 hs.extension_intolerance"], 18),
    WorldOf(
        "certificate timestamps, reset",
        hates!(reset(), |h| carries(h, 18)),
        &["TD6011 hs.extension_intolerance"],
        17,
    ),
    WorldOf("tickets, reset", hates!(reset(), |h| carries(h, 35)), &["TD6011 hs.extension_intolerance"], 20),
    WorldOf(
        "extended master secret, 110",
        hates!(alert(110), |h| carries(h, 23)),
        &["TD6011 hs.extension_intolerance"],
        20,
    ),
    WorldOf(
        "compressed certificates, reset",
        hates!(reset(), |h| carries(h, 27)),
        &["TD6011 hs.extension_intolerance"],
        12,
    ),
    WorldOf("encrypted hello, reset", hates!(reset(), |h| carries(h, 65037)), &["TD6011 hs.extension_intolerance"], 12),
    WorldOf(
        "anything newer than 2015, reset",
        hates!(reset(), |h| carries(h, 27) || carries(h, 17613) || carries(h, 65037)),
        &["TD6011 hs.extension_intolerance"],
        22,
    ),
    WorldOf("path MTU, hello lost", hates!(silence(), |h| largest_packet(h) > 1400), &["TD6020 net.mtu"], 15),
    WorldOf("path MTU, flight lost", hates!(silence(), |h| h.packet > 1400), &["TD6020 net.mtu"], 15),
    WorldOf(
        "path MTU, flight stops in the middle",
        hates!(Ends(Stage::ServerHello, End::Silent { after_ms: 10_000 }), |h| h.packet > 1400),
        &["TD6020 net.mtu"],
        15,
    ),
    WorldOf("reset by packet size", hates!(reset(), |h| largest_packet(h) > 1000), &["TD6021 net.middlebox_reset"], 12),
    WorldOf(
        "reset by packet size, both ways",
        hates!(reset(), |h| h.packet > 1000),
        &["TD6021 net.middlebox_reset"],
        14,
    ),
    WorldOf(
        "reset by packet size in the flight",
        hates!(Ends(Stage::Partial, End::Reset), |h| h.packet > 1000),
        &["TD6021 net.middlebox_reset"],
        6,
    ),
    WorldOf(
        "TLS 1.0 only, by its number",
        |h| match h.versions.iter().max() {
            Some(v) if *v >= 0x301 => Answers { version: 0x301, suite: 0xc013, dh: None },
            _ => alert(70),
        },
        &["TD5010 proto.version_server_old"],
        3,
    ),
    WorldOf(
        "TLS 1.0 only, strict",
        |h| negotiate(h, &[0x301], &[0xc013, 0x2f], None),
        &["TD5010 proto.version_server_old"],
        6,
    ),
    WorldOf(
        "TLS 1.0 only, resets at more",
        |h| if h.versions == [0x301] { negotiate(h, &[0x301], &[0x2f], None) } else { reset() },
        &["TD5010 proto.version_server_old"],
        12,
    ),
    WorldOf("no suite in common", |h| negotiate(h, &[0x303], &[0x05, 0x04], None), &["TD5012 cipher.no_overlap"], 12),
    WorldOf(
        "no suite in common, reset",
        |h| match negotiate(h, &[0x303], &[0x0a], None) {
            Ends(..) => reset(),
            a => a,
        },
        &["TD5012 cipher.no_overlap"],
        12,
    ),
    WorldOf("DHE over 1024 bits", |h| negotiate(h, &[0x303], &[0x33], Some(1024)), &["TD5015 cipher.dh_size"], 12),
    WorldOf("DHE over 2048 bits", |h| negotiate(h, &[0x303], &[0x33], Some(2048)), &["TD5012 cipher.no_overlap"], 12),
    // OpenSSL with TLS 1.2 alone, RSA suites and an ECDSA certificate: 40 to all of TLS 1.2, 70 to TLS 1.0
    WorldOf("certificate type", |h| negotiate(h, &[0x303], &[], None), &["TD5013 cipher.cert_type"], 12),
    WorldOf(
        "breaks off in its certificate",
        |_| Ends(Stage::InCertificate, End::Reset),
        &["TD5003 hs.broken_mid_handshake"],
        6,
    ),
    WorldOf(
        "falls silent in its certificate",
        |_| Ends(Stage::InCertificate, End::Silent { after_ms: 10_000 }),
        &["TD5003 hs.broken_mid_handshake"],
        14,
    ),
];

/// Codes of this part: other rules may say more about a world.
fn mine(code: Code) -> bool {
    (5000..7000).contains(&code.0)
}

#[test]
fn every_world_is_told_by_its_own_cause_and_by_no_other() {
    let mut wrong = vec![];
    for WorldOf(name, server, want, most) in WORLDS {
        let mut w = World::new(*server, Spoke::Closed);
        let d = w.settle();
        let line = |c: &tlsdiag_rules::Candidate| {
            format!(
                "{} {}",
                c.code.map(|c| c.to_string()).unwrap_or_default(),
                c.labels.first().map_or("", |l| l.label())
            )
        };
        let sure = || d.causes.iter().filter(|c| c.standing < Standing::Possible && c.code.is_some_and(mine));
        let told: Vec<String> = sure().map(line).collect();
        println!("{:3} connections  {name}: {told:?}", w.connections);
        if told != *want {
            let rest: Vec<_> = d.symptoms.iter().map(line).collect();
            let trials: Vec<_> =
                w.case.handshakes.iter().map(|h| format!("{:?}: {:?}", h.what.trial, h.what.end)).collect();
            wrong.push(format!(
                "{name}: told {told:?}, symptoms {rest:?}, should be {want:?}\n   {}",
                trials.join("\n   ")
            ));
        }
        if w.connections > *most {
            let trials: Vec<_> = w.case.handshakes.iter().map(|h| format!("{:?}", h.what.trial)).collect();
            wrong.push(format!("{name}: {} connections, at most {most}: {}", w.connections, trials.join(" ")));
        }
        let unsure = sure().filter(|c| c.standing != Standing::Proven && c.code != Some(Code(5013))).count();
        if unsure > 0 {
            wrong.push(format!("{name}: not proven"));
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn silence_to_everything_is_waited_for_but_twice() {
    let mut w = World::new(|_| silence(), Spoke::Silent { after_ms: 10_000 });
    let d = w.settle();
    assert!(d.symptoms.iter().chain(&d.causes).any(|c| c.code == Some(Code(5007)) && c.standing == Standing::Proven));
    let finer = d.causes.iter().filter(|c| c.standing < Standing::Possible && c.code.is_some_and(mine)).count();
    assert_eq!(finer, 0);
    assert!(w.connections <= 18, "{} connections", w.connections);
    assert!(w.clock - T0 < 3 * site::SILENCE, "{} ms", w.clock - T0);
}

#[test]
fn where_the_answers_change_by_themselves_nothing_finer_is_named() {
    // every second connection is reset, whatever the hello
    let every_second = |h: &Hello| if h.before.is_multiple_of(2) { reset() } else { well(h) };
    // every third works
    let every_third = |h: &Hello| if h.before % 3 == 2 { well(h) } else { reset() };
    let others: [fn(&Hello) -> Does; 2] = [every_second, every_third];
    for server in others {
        let mut w = World::new(server, Spoke::Closed);
        let d = w.settle();
        let finer = |c: &&tlsdiag_rules::Candidate| {
            c.standing < Standing::Possible && c.code.is_some_and(|c| (5010..7000).contains(&c.0))
        };
        let told: Vec<_> = d.causes.iter().filter(finer).map(|c| c.code).collect();
        let trials: Vec<_> =
            w.case.handshakes.iter().map(|h| format!("{:?}: {:?}", h.what.trial, h.what.end)).collect();
        assert!(told.is_empty(), "{told:?}\n{}", trials.join("\n"));
    }
}

#[test]
fn a_refused_name_is_left_to_its_own_rule() {
    let mut w = World::new(|h| if h.named == Some(NAME) { alert(112) } else { well(h) }, Spoke::Closed);
    let d = w.settle();
    let told: Vec<_> =
        d.causes.iter().filter(|c| c.standing < Standing::Possible && c.code.is_some_and(mine)).collect();
    assert!(told.is_empty(), "{told:?}");
    assert!(d.symptoms.iter().any(|c| c.code == Some(Code(5006))));
}

/// What the experiments are is said by the hellos alone, so a hello of every kind must be made here.
#[test]
fn hellos_differ_from_the_base_in_what_they_say() {
    let base = hello(None, 0);
    for v in [Vary::Classic, Vary::Tls12, Vary::FewExtensions] {
        let h = hello(Some(&v), 0);
        assert!(h.bytes < base.bytes && !h.groups.contains(&PQ) && h.vary == Some(v));
    }
    assert_eq!(hello(Some(&Vary::ClassicPadded), 0).bytes, base.bytes);
}
