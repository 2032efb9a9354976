mod cases;
use tlsdiag_report::*;
#[test]
fn show() {
    let a = std::env::var("SHOW").unwrap();
    for m in cases::all() { if !a.split(',').any(|x| x == m.name) { continue; }
        for lang in [tlsdiag_model::Lang::En, tlsdiag_model::Lang::Ko] {
            for v in [Verbosity::Normal, Verbosity::Verbose] {
            if v == Verbosity::Verbose && std::env::var("V").is_err() { continue; }
            println!("=== {} {v:?}\n{}", m.name, text::render(&m.report(), &Style { lang, verbosity: v, ..Style::default() }));
        }}
    }
}
