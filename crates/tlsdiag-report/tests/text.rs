//! What a person could check on the screen: the first line, the order, the size, and that nothing moves the cursor.
#![allow(clippy::unwrap_used, clippy::panic)]
mod cases;

use cases::Made;
use tlsdiag_model::{Ask, Code, Host, Kind, Lang, Layer, Standing, Tpl};
use tlsdiag_report::{GlyphSet, Report, Style, Verbosity, text};
use tlsdiag_rules::{Outcome, Over, Page, Rule, Verdict};
use unicode_width::UnicodeWidthStr;

const LANGS: [Lang; 2] = [Lang::En, Lang::Ko];
const GLYPHS: [GlyphSet; 4] = [GlyphSet::Unicode, GlyphSet::Cp949, GlyphSet::Cp932, GlyphSet::Ascii];
const VERBOSITIES: [Verbosity; 4] = [Verbosity::Quiet, Verbosity::Normal, Verbosity::Verbose, Verbosity::Raw];

fn screen(m: &Made, style: Style) -> String {
    text::render(&m.report(), &style)
}

fn english(m: &Made) -> String {
    screen(m, Style::default())
}

fn styles() -> impl Iterator<Item = Style> {
    LANGS.into_iter().flat_map(|lang| {
        GLYPHS.into_iter().flat_map(move |glyphs| {
            VERBOSITIES.into_iter().flat_map(move |verbosity| {
                [40, 80, 132].into_iter().flat_map(move |width| {
                    [false, true].into_iter().map(move |colour| Style { colour, glyphs, lang, width, verbosity })
                })
            })
        })
    })
}

/// Takes `ESC [ digits ; digits m` away.
fn without_sgr(s: &str) -> String {
    let mut out = String::new();
    let mut rest = s;
    while let Some((before, tail)) = rest.split_once("\u{1b}[") {
        out.push_str(before);
        let end = tail.find(|c: char| !c.is_ascii_digit() && c != ';').unwrap();
        assert!(tail[end..].starts_with('m'), "not SGR: {tail:?}");
        rest = &tail[end + 1..];
    }
    out + rest
}

fn commands(m: &Made) -> Vec<String> {
    let d = &m.diagnosis;
    let cures = d.causes.iter().flat_map(|c| &c.cures).flat_map(|c| &c.commands);
    cures.chain(d.ask_for.iter().flat_map(|a| &a.commands)).map(|c| tlsdiag_model::escape(&c.line)).collect()
}

/// Position of a text in the screen; it must stand there.
fn at(screen: &str, what: &str) -> usize {
    screen.find(what).unwrap_or_else(|| panic!("{what:?} is missing in\n{screen}"))
}

#[test]
fn the_first_line_is_the_answer() {
    for (m, url, headline) in [
        (cases::healthy(), "https://www.example.kr", None),
        (cases::broken(), "https://shop.example.kr", Some(0)),
        (cases::partial(), "https://www.example.kr", Some(0)),
        (cases::unknown(), "https://www.example.kr", None),
    ] {
        let mut seen = vec![];
        for lang in LANGS {
            let out = screen(&m, Style { lang, width: 200, ..Style::default() });
            let first = out.lines().next().unwrap().to_owned();
            assert!(first.starts_with(&format!("{url} ")), "{first}");
            if let Some(i) = headline {
                assert!(first.contains(&m.diagnosis.causes[i].say.render(lang)), "{first}");
            }
            let quiet = screen(&m, Style { lang, verbosity: Verbosity::Quiet, ..Style::default() });
            assert_eq!(quiet, format!("{first}\n"));
            seen.push(first);
        }
        assert_ne!(seen[0], seen[1]);
    }
    let m = cases::partial();
    assert!(english(&m).lines().take(2).any(|l| l.contains("2001:db8::10")), "who is affected");
    let first = screen(&cases::outside(), Style { width: 200, ..Style::default() });
    let symptom = cases::outside().diagnosis.symptoms[0].say.render(Lang::En);
    assert!(first.lines().next().unwrap().ends_with(&symptom), "with candidates only, the symptom is the headline");
}

#[test]
fn works_only_where_the_health_says_so() {
    let word = |m: &Made| english(m).lines().next().unwrap().split(' ').skip(1).take(2).collect::<Vec<_>>().join(" ");
    assert_eq!(word(&cases::healthy()), "works");
    assert_eq!(word(&cases::broken()), "does not");
    assert_eq!(word(&cases::partial()), "works only");
    assert_eq!(word(&cases::unknown()), "could not");
}

#[test]
fn healthy_is_four_lines_and_names_what_was_not_checked() {
    for lang in LANGS {
        let out = screen(&cases::healthy(), Style { lang, ..Style::default() });
        let lines: Vec<&str> = out.lines().filter(|l| !l.is_empty()).collect();
        assert_eq!(lines.len(), 4, "{out}");
        assert_eq!(lines[1].matches('✓').count(), 8, "{out}");
        let m = cases::healthy();
        assert_eq!(lines[2].trim(), m.diagnosis.targets[0].summary.as_ref().unwrap().render(lang));
        assert!(lines[3].contains(&m.diagnosis.not_checked[0].what.render(lang)), "{out}");
    }
    let mut m = cases::healthy();
    m.diagnosis.not_checked.clear();
    assert_eq!(english(&m).lines().filter(|l| !l.is_empty()).count(), 3);
}

#[test]
fn answer_ladder_and_cause_fit_in_24_lines() {
    for m in cases::all() {
        for lang in LANGS {
            for glyphs in GLYPHS {
                let out = screen(&m, Style { lang, glyphs, ..Style::default() });
                let block: Vec<&str> = out.split("\n\n").take(3).collect();
                let lines = block.join("\n\n").lines().count();
                assert!(lines <= 24, "{}: {lines} lines\n{out}", m.name);
            }
        }
    }
}

#[test]
fn no_line_is_wider_than_the_screen_but_commands() {
    for m in cases::all() {
        let commands = commands(&m);
        for style in styles().filter(|s| s.verbosity != Verbosity::Quiet && !s.colour) {
            let out = screen(&m, style);
            for line in out.lines() {
                let cells = glyph_cells(style.glyphs, line);
                let command = commands.iter().any(|c| line.ends_with(c.as_str()));
                assert!(cells <= style.width || command, "{}: {cells} > {}: {line:?}\n{out}", m.name, style.width);
            }
        }
    }
}

#[test]
fn commands_stand_whole_on_their_line() {
    for m in [cases::broken(), cases::outside()] {
        let out = english(&m);
        for c in commands(&m) {
            assert!(out.lines().any(|l| l.starts_with("      ") && l.ends_with(&format!(" {c}"))), "{c}\n{out}");
        }
    }
}

#[test]
fn nothing_but_line_feeds_and_colour_controls_the_terminal() {
    for m in cases::all() {
        for style in styles() {
            let out = screen(&m, style);
            let plain = if style.colour { without_sgr(&out) } else { out.clone() };
            let bad = plain.chars().find(|c| *c != '\n' && tlsdiag_model::escape(&c.to_string()) != c.to_string());
            assert_eq!(bad, None, "{} {style:?}\n{out:?}", m.name);
            if style.colour && m.name != "evidence" && style.verbosity != Verbosity::Quiet {
                assert_ne!(plain, out, "{}: colour is on", m.name);
            }
            let same = screen(&m, Style { colour: false, ..style });
            assert_eq!(plain, same, "colour adds no text");
        }
    }
}

#[test]
fn hostile_text_makes_no_lines_of_its_own() {
    for style in styles() {
        let out = screen(&cases::hostile(), style);
        assert!(out.lines().all(|l| !l.starts_with("fake line")), "{out}");
    }
    let out = english(&cases::hostile());
    assert!(out.contains("\\u{1b}[2J") && out.contains("\\u{202e}"), "{out}");
}

#[test]
fn order_is_answer_ladder_cause_cure_rest() {
    let m = cases::broken();
    let out = english(&m);
    let command = &m.diagnosis.causes[0].cures[0].commands[0].line;
    let places = [
        at(&out, "https://shop.example.kr"),
        at(&out, "✓ name"),
        at(&out, "✗ binding"),
        at(&out, "TD4001 null-certificate-hash"),
        at(&out, "0.0.0.0:443"),
        at(&out, "HttpQueryServiceConfiguration"),
        at(&out, command),
        at(&out, "TD2510"),
        at(&out, "tlsdiag explain TD4001"),
    ];
    assert!(places.is_sorted(), "{places:?}\n{out}");
    assert!(out.contains("14 times") && out.contains("0xc000005f"), "{out}");
    let rungs = out.lines().skip(2).take_while(|l| !l.is_empty()).count();
    assert!((6..=8).contains(&rungs), "{out}");
}

#[test]
fn alike_evidence_is_told_once_with_its_number() {
    let out = english(&cases::outside());
    assert_eq!(out.matches("1,812").count(), 1, "{out}");
    assert_eq!(out.matches("4 times").count(), 1, "{out}");
    assert!(out.contains("TLS 1.2") && out.contains("without SNI"), "the trials are named: {out}");
    let verbose = screen(&cases::outside(), Style { verbosity: Verbosity::Verbose, ..Style::default() });
    for n in 1..=4 {
        at(&verbose, &format!("own connection {n}:"));
    }
}

#[test]
fn candidates_stand_with_what_would_show_them_and_what_to_do_next() {
    let m = cases::outside();
    let out = english(&m);
    let first = out.lines().find(|l| l.contains("TD4001")).unwrap();
    assert!(first.ends_with("netsh http show sslcert") && first.contains('?'), "{out}");
    let places = [at(&out, "TD5001 reset"), at(&out, "TD4001"), at(&out, "TD2001"), at(&out, "next")];
    assert!(places.is_sorted(), "{out}");
    assert!(at(&out, "netsh http show sslcert") < at(&out, "next"));
    assert!(out.contains("listener, binding, key"), "{out}");
    // where the cause is sure, candidates are noise
    let mut sure = cases::broken();
    let mut other = sure.diagnosis.causes[1].clone();
    (other.standing, other.code) = (Standing::Possible, Some(tlsdiag_model::Code(3001)));
    sure.diagnosis.causes.push(other);
    sure.diagnosis.targets[0].causes.push(2);
    assert!(!english(&sure).contains("TD3001"));
}

#[test]
fn both_sides_of_a_dispute_are_shown_with_their_origin() {
    let out = english(&cases::disputed());
    let tail = &out[at(&out, "disputed")..];
    for what in ["HttpQueryServiceConfiguration", "HTTP.reg, line 7", "77a88eb2", "CN=shop.example.kr"] {
        at(tail, what);
    }
}

#[test]
fn a_trust_cause_shows_the_certificate() {
    let out = english(&cases::partial());
    for what in ["CN=www.example.kr", "CN=예시 인증 기관", "2026-11-23", "P-256", "example.kr"] {
        at(&out, what);
    }
}

#[test]
fn every_glyph_set_tells_the_states_apart_without_colour() {
    for (glyphs, ok, fail) in [
        (GlyphSet::Unicode, "✓ ", "✗ "),
        (GlyphSet::Cp949, "√ ", "× "),
        (GlyphSet::Cp932, "√ ", "× "),
        (GlyphSet::Ascii, "ok ", "XX "),
    ] {
        let out = screen(&cases::broken(), Style { glyphs, ..Style::default() });
        assert!(out.contains(&format!("{ok}name")) && out.contains(&format!("{fail}binding")), "{out}");
        if glyphs == GlyphSet::Ascii {
            assert!(out.is_ascii(), "{out}");
        }
    }
    assert_eq!(GlyphSet::for_code_page(949), GlyphSet::Cp949);
    assert_eq!(GlyphSet::for_code_page(437), GlyphSet::Ascii);
}

#[test]
fn every_target_has_its_block() {
    let out = english(&cases::two());
    assert!(at(&out, "https://shop.example.kr") < at(&out, "https://www.example.kr"));
    let quiet = screen(&cases::two(), Style { verbosity: Verbosity::Quiet, ..Style::default() });
    assert_eq!(quiet.lines().count(), 2);
}

#[test]
fn a_line_per_rule_from_v_on() {
    static RULE: Rule = Rule {
        code: Code(4001),
        slug: "null-certificate-hash",
        title: Tpl { en: "no certificate", ko: "인증서 없음" },
        layer: Layer::Bind,
        over: Over::Endpoints,
        causes: &[],
        explains: &[],
        routine: false,
        check: |_| Ok(Outcome::Pass),
        sources: &[],
        page: Page { en: "", ko: "" },
    };
    let m = cases::broken();
    let verdict = |judged| Verdict {
        rule: &RULE,
        subject: m.diagnosis.causes[0].subject.clone(),
        judged,
        wishes: vec![],
        reads: Default::default(),
    };
    let all = [
        verdict(Ok(Outcome::Pass)),
        verdict(Ok(Outcome::NotApplicable)),
        verdict(Err(an_ask())),
        verdict(Ok(Outcome::Fail(vec![]))),
    ];
    let report = Report { verdicts: &all, ..m.report() };
    let verbose = text::render(&report, &Style { verbosity: Verbosity::Verbose, ..Style::default() });
    let rules: Vec<&str> =
        verbose.lines().filter(|l| l.contains("TD4001 null-certificate-hash") && !l.starts_with("cause")).collect();
    let marks: Vec<char> = rules.iter().filter_map(|l| l.trim().chars().next()).collect();
    assert_eq!(marks, ['✓', '?', '✗'], "{verbose}");
    let normal = text::render(&report, &Style::default());
    assert_eq!(normal, english(&m));
    let v: serde_json::Value = serde_json::from_str(&tlsdiag_report::json::document(&report)).unwrap();
    let outcomes: Vec<&str> =
        v["verdicts"].as_array().unwrap().iter().map(|v| v["outcome"].as_str().unwrap()).collect();
    assert_eq!(outcomes, ["pass", "unknown", "fail"]);
    assert_eq!(v["verdicts"][1]["ask"], "table/bindings");
}

fn an_ask() -> Ask {
    Ask::Table { kind: Kind::Bindings, host: Host::HERE, why: None }
}

#[test]
fn raw_evidence_is_json_of_the_row() {
    let out = screen(&cases::partial(), Style { verbosity: Verbosity::Raw, width: 4000, ..Style::default() });
    let line = out.lines().find_map(|l| l.trim().strip_prefix("handshakes/0")).unwrap();
    let v: serde_json::Value = serde_json::from_str(line.trim()).unwrap();
    assert_eq!(v["value"]["trial"], "full");
    assert_eq!(v["origin"][0]["first"], "16 03 03");
}

proptest::proptest! {
    #![proptest_config(proptest::test_runner::Config { cases: 64, ..Default::default() })]

    /// Whatever stands in a certificate, a banner, a label or a URL: one screen, in bounds.
    #[test]
    fn any_text_from_outside_stays_in_its_place(evil in "\\PC{0,40}|.{0,40}|[\u{0}-\u{ff}]{0,40}|(한글|漢字| ){0,30}") {
        let mut m = cases::hostile();
        for n in m.certs.values_mut() {
            (n.subject, n.issuer, n.key) = (evil.clone(), evil.clone(), evil.clone());
            n.names = vec![evil.clone()];
        }
        m.diagnosis.targets[0].typed = evil.clone();
        m.case.hosts[1].label = evil.clone();
        for glyphs in GLYPHS {
            let out = screen(&m, Style { glyphs, verbosity: Verbosity::Raw, ..Style::default() });
            proptest::prop_assert!(out.chars().all(|c| c == '\n' || tlsdiag_model::escape(&c.to_string()) == c.to_string()));
            let commands = commands(&m);
            for line in out.lines().filter(|l| !commands.iter().any(|c| l.ends_with(c.as_str()))) {
                proptest::prop_assert!(glyph_cells(glyphs, line) <= 80, "{:?}", line);
            }
        }
        let v: serde_json::Value = serde_json::from_str(&tlsdiag_report::json::document(&m.report())).unwrap();
        proptest::prop_assert_eq!(&v["targets"][0]["typed"], &evil);
    }
}

fn glyph_cells(glyphs: GlyphSet, line: &str) -> usize {
    match glyphs {
        GlyphSet::Cp949 | GlyphSet::Cp932 => line.width_cjk(),
        GlyphSet::Unicode | GlyphSet::Ascii => line.width(),
    }
}

#[test]
fn evidence_of_a_windows_machine_speaks_as_its_tools_do() {
    let m = cases::windows::server();
    let wide = |lang| screen(&m, Style { lang, width: 400, verbosity: Verbosity::Verbose, ..Style::default() });
    let (en, ko) = (wide(Lang::En), wide(Lang::Ko));
    for line in [
        "0.0.0.0:443",
        "[::]:443",
        "ccs=443",
        "store WebHosting, clientcertnegotiation=enable, disablehttp2=enable",
        "1a1f948b0011 (12 characters instead of 40)",
        "IP listen list: 10.0.0.5, ::1",
        "request queue Shop, process 4312",
        "LISTENING, PID 4 (System)",
        "https/*:443:shop.example.kr, sslFlags=3",
        "access sslFlags=\"Ssl, SslNegotiateCert\"",
        "property 5506, certificate hash: 7777",
        "KeySpec 2 (AT_SIGNATURE)",
        "the key was tried and failed: 0x80090016",
        "NT AUTHORITY\\SYSTEM:(F), Everyone:(DENY)(R), WEB01\\backup:(...)",
        "build 9600",
        "its local time is 540 minutes ahead of UTC",
        "SCHANNEL\\Protocols\\TLS 1.2\\Server",
        "Enabled REG_DWORD 0x0",
        "IIS\\CentralCertProvider",
        "9 cipher suites",
        "status 0x8009030d, alert 40 handshake_failure, error state 10001, server side, TLS 1.2, [::1]:443, lsass.exe",
    ] {
        at(&en, line);
    }
    for line in
        ["저장소 WebHosting", "IP 수신 대기 목록: 10.0.0.5, ::1", "키 컨테이너 le-7c2f", "빌드 9600", "오류 상태 10001"]
    {
        at(&ko, line);
    }
    for out in [en, ko] {
        assert!(!out.contains(cases::windows::PASSWORD), "{out}");
    }
}
