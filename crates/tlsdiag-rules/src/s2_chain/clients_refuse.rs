//! The chain holds, and yet some clients in wide use refuse it: their verifiers check what others do not.
use super::chain::Chain;
use crate::predicted::{ClientVerdict, Says};
use crate::{Judged, Look, Outcome, Over, Rule, Stop, page};
use tlsdiag_model::{Arg, Cause, Code, Cure, Impact, Layer, Safety, Standing, Tpl, Who, say};
use tlsdiag_pki::client::ErrorKind;

/// Some refuse what others take.
pub static RULE: Rule = Rule {
    code: Code(2900),
    slug: "clients-refuse",
    title: Tpl { en: "some clients refuse the certificate", ko: "일부 클라이언트가 인증서를 거부함" },
    layer: Layer::Trust,
    over: Over::Chains,
    causes: &[Cause::CertEncoding],
    explains: &[],
    routine: false,
    check,
    sources: &[
        "measured: what the verifiers of real clients did with chains that differ in one property each (docs/clients.md)",
    ],
    page: page!("clients_refuse"),
};

/// Current releases of what people use: these count. What older releases, stricter settings and libraries of small
/// devices refuse is shown in the table of clients.
const WIDESPREAD: &[&str] = &[
    "node-20",
    "openssl-3.5",
    "openssl-3.0-level2",
    "curl-openssl",
    "urllib3",
    "gnutls-3.8",
    "curl-gnutls",
    "go-1.24",
    "go-1.27",
    "java-17.0.15",
    "java-21.0.8",
    "java-25.0.2",
    "rustls-ring",
    "rustls-aws-lc",
    "firefox-153",
    "chrome-156",
];

fn check(look: &Look<'_>) -> Judged {
    let chain = Chain::of(look)?;
    // where it holds for nobody, the fault has a name already; who hands over the certificate itself as trusted knows
    let itself = chain.best().is_some_and(|p| p.steps.len() == 1);
    if !chain.trust.holds() || itself {
        return Err(Stop::NotApplicable);
    }
    let (shown, said) = look.predicted()?;
    let counts = |s: &&ClientVerdict| WIDESPREAD.contains(&s.client) && s.standing == Standing::Proven;
    // what a staple lacks shows in handshakes alone, and has a rule of its own
    let of_chain = |s: &&ClientVerdict| s.says == Says::Refuses && s.kind != Some(ErrorKind::Staple);
    let refusing: Vec<&ClientVerdict> = said.iter().filter(of_chain).filter(counts).collect();
    let Some(first) = refusing.first() else { return Ok(Outcome::Pass) };
    let names: Vec<Arg> = refusing.iter().map(|s| Arg::term(s.name)).collect();
    let mut f = look
        .reads_shown(
            Impact::Partial,
            &shown,
            say!(
                "{n} of {of} widespread clients refuse the certificate",
                "널리 쓰이는 클라이언트 {of}종 중 {n}종이 인증서를 거부합니다",
                n = Arg::num(refusing.len()),
                of = Arg::num(said.iter().filter(counts).count())
            ),
        )
        .who(Who::Clients(say!("{clients}", "{clients}", clients = Arg::List(names))));
    let mut told: Vec<&str> = vec![];
    for s in &refusing {
        let Some(error) = s.error.as_deref().filter(|e| !told.contains(e)) else { continue };
        if told.len() < 4 {
            told.push(error);
            f = f.because(say!(
                "{client} says: {error}",
                "{client}의 메시지: {error}",
                client = Arg::term(s.name),
                error = Arg::quote(error)
            ));
        }
    }
    if let Some(label) = refusing.iter().find_map(|s| label(s.kind?)).or_else(|| label(first.kind?)) {
        f = f.labels(&[label]);
    }
    Ok(f.cure(Cure::new(
        Safety::Manual,
        say!(
            "have the certificate issued again without what these clients refuse; tlsdiag -v shows every client with its reason",
            "이 클라이언트들이 거부하는 부분 없이 인증서를 다시 발급받습니다. tlsdiag -v는 클라이언트마다 이유를 보여 줍니다"
        ),
    ))
    .into())
}

/// The cause that a kind of error stands for.
fn label(kind: ErrorKind) -> Option<Cause> {
    Some(match kind {
        ErrorKind::Expired => Cause::ChainExpiredCrossRoot,
        ErrorKind::NotYetValid => Cause::CertNotYetValid,
        ErrorKind::Name => Cause::CertNameMismatch,
        ErrorKind::UnknownIssuer | ErrorKind::SelfSigned => Cause::ChainMissingIntermediate,
        ErrorKind::Algorithm | ErrorKind::Signature => Cause::CertWeakSig,
        ErrorKind::WeakKey => Cause::CertWeakKey,
        ErrorKind::ExtendedKeyUsage => Cause::CertEku,
        ErrorKind::KeyUsage => Cause::CertKeyUsage,
        ErrorKind::NotACa | ErrorKind::PathLength | ErrorKind::NameConstraints => Cause::ChainNameConstraints,
        ErrorKind::CriticalExtension | ErrorKind::Malformed | ErrorKind::Policy => Cause::CertEncoding,
        ErrorKind::Staple => Cause::OcspMustStapleUnmet,
        ErrorKind::Handshake => Cause::CertCurveUnsupported,
        ErrorKind::General => return None,
    })
}
