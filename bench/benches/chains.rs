//! Parse, build and verify 1,000 distinct chains of leaf, intermediate and root, name included: tlsdiag with aws-lc,
//! rustls-webpki with aws-lc, OpenSSL's X509_verify_cert. Anchors are prepared once for each.
use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use openssl::stack::Stack;
use openssl::x509::store::{X509Store, X509StoreBuilder};
use openssl::x509::verify::X509VerifyParam;
use openssl::x509::{X509, X509StoreContext};
use rustls_pki_types::{CertificateDer, ServerName, TrustAnchor, UnixTime};
use std::sync::Arc;
use std::time::Duration;
use tlsdiag_bench::{Chain, Kind, TIME, chains};
use tlsdiag_collect::AwsLcVerifier;
use tlsdiag_pki::{AnchorSet, Certificate, Host, Limits, Purpose, Question, anchors::Anchor, paths};
use webpki::{EndEntityCert, KeyUsage, anchor_from_trusted_cert};

fn ours(anchors: &AnchorSet, c: &Chain) -> bool {
    let leaf = Arc::new(Certificate::from_der(&c.leaf).expect("a certificate"));
    let sent = [leaf.clone(), Arc::new(Certificate::from_der(&c.intermediate).expect("a certificate"))];
    let host = Host::parse(&c.host).expect("a name");
    let search = paths(&Question {
        leaf: &leaf,
        sent: &sent,
        extra: &[],
        anchors: &[anchors],
        time: TIME,
        purpose: Purpose::ServerAuth,
        host: Some(&host),
        verifier: &AwsLcVerifier,
        limits: Limits::default(),
    });
    search.valid().next().is_some()
}

fn webpki(anchors: &[TrustAnchor<'_>], c: &Chain) -> bool {
    let leaf = CertificateDer::from(c.leaf.as_slice());
    let intermediates = [CertificateDer::from(c.intermediate.as_slice())];
    let end = EndEntityCert::try_from(&leaf).expect("a certificate");
    let time = UnixTime::since_unix_epoch(Duration::from_secs(TIME as u64));
    let path = end.verify_for_usage(
        webpki::ALL_VERIFICATION_ALGS,
        anchors,
        &intermediates,
        time,
        KeyUsage::server_auth(),
        None,
        None,
    );
    let name = ServerName::try_from(c.host.as_str()).expect("a name");
    path.is_ok() && end.verify_is_valid_for_subject_name(&name).is_ok()
}

fn openssl(store: &X509Store, c: &Chain) -> bool {
    let leaf = X509::from_der(&c.leaf).expect("a certificate");
    let mut sent = Stack::new().expect("a stack");
    sent.push(X509::from_der(&c.intermediate).expect("a certificate")).expect("room");
    let mut context = X509StoreContext::new().expect("a context");
    let good = context.init(store, &leaf, &sent, |ctx| ctx.verify_cert()).expect("a verdict");
    good && leaf.subject_alt_names().is_some_and(|all| all.iter().any(|n| n.dnsname() == Some(&c.host)))
}

fn store(roots: &[Vec<u8>]) -> X509Store {
    let mut b = X509StoreBuilder::new().expect("a store");
    for r in roots {
        b.add_cert(X509::from_der(r).expect("a certificate")).expect("room");
    }
    let mut p = X509VerifyParam::new().expect("parameters");
    p.set_time(TIME);
    b.set_param(&p).expect("parameters");
    b.build()
}

fn all(c: &mut Criterion) {
    for kind in [Kind::Rsa2048, Kind::P256] {
        let (roots, chains) = chains(kind, 1000);
        let mut set = AnchorSet::new("bench");
        roots.iter().for_each(|r| set.push(Anchor::from_der(r).expect("an anchor")));
        let der: Vec<CertificateDer<'_>> = roots.iter().map(|r| CertificateDer::from(r.as_slice())).collect();
        let trusted: Vec<TrustAnchor<'_>> = der.iter().map(|r| anchor_from_trusted_cert(r).expect("an anchor")).collect();
        let store = store(&roots);
        // before anything is timed: all three find every chain good, and none takes a chain of other roots
        for chain in &chains {
            assert!(ours(&set, chain) && webpki(&trusted, chain) && openssl(&store, chain), "{}", chain.host);
        }
        let none = AnchorSet::new("none");
        assert!(!ours(&none, &chains[0]) && !webpki(&[], &chains[0]), "a chain without an anchor passed");
        let mut group = c.benchmark_group(format!("1000 chains, {kind:?}"));
        group.sample_size(20).measurement_time(Duration::from_secs(8));
        let run = |check: &dyn Fn(&Chain) -> bool| chains.iter().filter(|c| check(c)).count();
        group.bench_function("tlsdiag", |b| {
            b.iter_batched(|| (), |()| assert_eq!(run(&|c| ours(&set, c)), 1000), BatchSize::PerIteration);
        });
        group.bench_function("rustls-webpki", |b| {
            b.iter_batched(|| (), |()| assert_eq!(run(&|c| webpki(&trusted, c)), 1000), BatchSize::PerIteration);
        });
        group.bench_function("openssl", |b| {
            b.iter_batched(|| (), |()| assert_eq!(run(&|c| openssl(&store, c)), 1000), BatchSize::PerIteration);
        });
        group.finish();
    }
}

criterion_group!(benches, all);
criterion_main!(benches);
