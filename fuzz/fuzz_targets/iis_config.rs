//! Configurations of IIS, sound or not.
//! Seeds: `cargo run -p tlsdiag-serverconf --example iis_seeds -- fuzz/corpus`.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tlsdiag_serverconf::iis;

fuzz_target!(|data: &[u8]| {
    let found = iis::read_bytes(data);
    let mut source = data;
    assert_eq!(iis::read(&mut source), found);
    let found = match found {
        Ok(found) => found,
        Err(refused) => {
            assert!(!refused.to_string().is_empty());
            return;
        }
    };
    assert!(found.kind.is_some());
    // A configuration is never taken for none by its head.
    assert!(iis::recognise(data).is_some());
    for trouble in &found.troubles {
        assert!(trouble.line >= 1 && trouble.column >= 1 && trouble.line as usize <= data.len() + 1);
        assert!(!trouble.to_string().is_empty());
    }
    for site in &found.sites {
        assert!(!found.pool_of(site).is_empty() || found.sites.len() < data.len());
        let _ = (site.root(), site.bindings.iter().filter(|binding| binding.is_https()).count());
    }
    for pool in &found.pools {
        assert!(found.pool(&pool.name).is_some());
        let _ = found.identity_of(pool);
    }
    for rule in &found.redirect_rules {
        let _ = rule.sends_to_https();
    }
});
