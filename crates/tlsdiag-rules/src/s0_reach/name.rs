//! From a name to addresses, and how that fails: no such name, a name without an address, no answer.
use super::plain;
use crate::{Cited, Judged, Look, Outcome, Over, Rule, Stop, page};
use tlsdiag_model::facts::{Answer, Family, Lookup, Resolver};
use tlsdiag_model::{
    Arg, Cause, Code, Cure, Finding, Impact, Layer, Name, Platform, Safety, Say, Standing, Subject, Tpl, Who, say,
};

/// NXDOMAIN.
pub static NO_SUCH_NAME: Rule = Rule {
    code: Code(1),
    slug: "no-such-name",
    title: Tpl { en: "the name does not exist", ko: "존재하지 않는 이름" },
    layer: Layer::Name,
    over: Over::Sites,
    causes: &[Cause::NetDnsNoName],
    explains: &[],
    routine: false,
    check: |look| find(look, State::Nonexistent),
    sources: &["RFC 1035 section 4.1.1 (RCODE 3)", "RFC 8020 (NXDOMAIN holds for every type)", "getaddrinfo(3)"],
    page: page!("name"),
};

/// NODATA for every family.
pub static NO_ADDRESS: Rule = Rule {
    code: Code(2),
    slug: "name-without-address",
    title: Tpl { en: "the name has no address", ko: "주소가 없는 이름" },
    layer: Layer::Name,
    over: Over::Sites,
    causes: &[Cause::NetDnsNoName],
    explains: &[],
    routine: false,
    check: |look| find(look, State::Addressless),
    sources: &["RFC 2308 section 2.2 (NODATA)", "getaddrinfo(3)"],
    page: page!("name"),
};

/// SERVFAIL, REFUSED, silence.
pub static NO_ANSWER: Rule = Rule {
    code: Code(3),
    slug: "resolver-fails",
    title: Tpl { en: "the name could not be looked up", ko: "이름 조회 실패" },
    layer: Layer::Name,
    over: Over::Sites,
    causes: &[Cause::NetDnsNoAnswer],
    explains: &[],
    routine: false,
    check: |look| find(look, State::Unanswered),
    sources: &["RFC 1035 section 4.1.1 (RCODE 2 and 5)", "RFC 4035 section 5.5 (SERVFAIL for bogus data)"],
    page: page!("name"),
};

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Nonexistent,
    Addressless,
    Unanswered,
}

impl State {
    fn of(a: &Answer) -> Option<State> {
        match a {
            Answer::Addresses(_) => None,
            Answer::NoSuchName => Some(State::Nonexistent),
            Answer::NoAddress => Some(State::Addressless),
            Answer::ServerFailure | Answer::Refused | Answer::Silent { .. } | Answer::Failed(_) => {
                Some(State::Unanswered)
            }
        }
    }
}

/// What both ways of asking gave, the newest answer of each.
struct Answers<'a> {
    name: &'a Name,
    system: Option<Cited<'a, Lookup>>,
    dns: Vec<Cited<'a, Lookup>>,
}

/// The answer that decides, and what it means.
struct Decision<'a> {
    state: State,
    by: Cited<'a, Lookup>,
    /// The DNS servers know an address all the same.
    here_only: bool,
    /// Only the operating system was heard, and it may mean less than it says.
    second_hand: bool,
}

impl<'a> Answers<'a> {
    fn of(look: &Look<'a>) -> Result<Answers<'a>, Stop> {
        let Subject::Site { name, .. } = look.subject() else { return Err(Stop::NotApplicable) };
        if look.asked().is_some_and(|a| a.literal.is_some() || !a.pinned.is_empty()) {
            return Err(Stop::NotApplicable);
        }
        let newest = |resolver, family| {
            look.seen::<Lookup>()
                .filter(|l| l.name == *name && l.resolver == resolver && l.family == family)
                .max_by(|a, b| (a.row.span, &a.row.what).cmp(&(b.row.span, &b.row.what)))
        };
        let system = newest(Resolver::System, Family::Both);
        let dns: Vec<_> =
            [Family::V4, Family::V6, Family::Both].into_iter().filter_map(|f| newest(Resolver::Dns, f)).collect();
        if system.is_none() && dns.is_empty() {
            look.whole::<Lookup>()?;
            return Err(Stop::NotApplicable);
        }
        Ok(Answers { name, system, dns })
    }

    /// `None`: the name has an address for programs here.
    fn decide(&self) -> Option<Decision<'a>> {
        if self.system.as_ref().is_some_and(|s| State::of(&s.answer).is_none()) {
            return None;
        }
        let by_system = self.system.and_then(|s| State::of(&s.answer).map(|state| (state, s)));
        if self.dns.iter().any(|d| State::of(&d.answer).is_none()) {
            let (state, by) = by_system?;
            return Some(Decision { state, by, here_only: true, second_hand: false });
        }
        let states = || self.dns.iter().filter_map(|d| State::of(&d.answer).map(|state| (state, *d)));
        // NXDOMAIN holds for every type (RFC 8020); "no address" only if each family was answered so
        let heard = states().find(|(s, _)| *s == State::Nonexistent);
        let unheard = || states().find(|(s, _)| *s == State::Unanswered);
        match (heard, unheard(), by_system) {
            (Some((state, by)), ..) => Some(Decision { state, by, here_only: false, second_hand: false }),
            // the operating system got an answer where the DNS servers gave us none
            (None, Some(_), Some((state, by))) if state != State::Unanswered => {
                Some(Decision { state, by, here_only: false, second_hand: true })
            }
            (None, Some((state, by)), _) => Some(Decision { state, by, here_only: false, second_hand: false }),
            (None, None, by_system) => match states().next() {
                Some((state, by)) => Some(Decision { state, by, here_only: false, second_hand: false }),
                None => by_system.map(|(state, by)| Decision { state, by, here_only: false, second_hand: true }),
            },
        }
    }
}

fn find(look: &Look<'_>, wanted: State) -> Judged {
    let answers = Answers::of(look)?;
    let Some(d) = answers.decide().filter(|d| d.state == wanted) else { return Ok(Outcome::Pass) };
    let headline = headline(&d, answers.name);
    let impact = if d.here_only { Impact::Partial } else { Impact::Broken };
    let mut f = match d.by.answer {
        Answer::Silent { .. } | Answer::Failed(_) => look.behaves(impact, &d.by, headline),
        _ => look.reads_as(impact, &d.by, headline),
    };
    if d.second_hand {
        f = f.at_most(Standing::Likely);
    }
    if d.here_only {
        f = f.who(Who::Clients(say!("programs on this machine", "이 컴퓨터의 프로그램")));
    }
    for a in answers.system.iter().chain(&answers.dns) {
        f = f.and(a.at).because(told(a));
    }
    let heard = answers.dns.iter().any(|a| matches!(a.answer, Answer::ServerFailure | Answer::Refused));
    Ok(cures(f, &d, answers.name, heard).into())
}

fn headline(d: &Decision<'_>, name: &Name) -> Say {
    let name = Arg::quote(name);
    match (d.here_only, d.state) {
        (true, _) => say!(
            "this machine does not find {name}, though the DNS servers know it",
            "DNS 서버는 {name:을} 알지만 이 컴퓨터는 찾지 못합니다",
            name = name
        ),
        (_, State::Nonexistent) => {
            say!("the name {name} does not exist", "{name:이라}는 이름이 존재하지 않습니다", name = name)
        }
        (_, State::Addressless) => {
            say!("the name {name} has no address", "{name:이라}는 이름에 주소가 없습니다", name = name)
        }
        (_, State::Unanswered) => {
            say!("the name {name} could not be looked up", "{name:이라}는 이름을 조회하지 못했습니다", name = name)
        }
    }
}

/// Who said what.
fn told(l: &Lookup) -> Say {
    let answer = word(&l.answer, l.resolver);
    match (l.resolver, l.family) {
        (Resolver::System, _) => {
            say!("the operating system says: {answer}", "운영 체제의 답: {answer}", answer = answer)
        }
        (Resolver::Dns, Family::V4) => {
            say!("the DNS servers say for A records: {answer}", "DNS 서버의 답(A 레코드): {answer}", answer = answer)
        }
        (Resolver::Dns, Family::V6) => {
            say!(
                "the DNS servers say for AAAA records: {answer}",
                "DNS 서버의 답(AAAA 레코드): {answer}",
                answer = answer
            )
        }
        (Resolver::Dns, Family::Both) => {
            say!("the DNS servers say: {answer}", "DNS 서버의 답: {answer}", answer = answer)
        }
    }
}

fn word(a: &Answer, by: Resolver) -> Arg {
    match a {
        Answer::Addresses(list) => Arg::List(list.iter().map(Arg::quote).collect()),
        // the operating system does not tell from where it has this
        Answer::NoSuchName if by == Resolver::System => Arg::word("no such name", "그런 이름 없음"),
        Answer::NoAddress if by == Resolver::System => Arg::word("no address", "주소 없음"),
        Answer::NoSuchName => Arg::word("no such name (NXDOMAIN)", "그런 이름 없음(NXDOMAIN)"),
        Answer::NoAddress => Arg::word("no address (NODATA)", "주소 없음(NODATA)"),
        Answer::ServerFailure => Arg::word("server failure (SERVFAIL)", "서버 실패(SERVFAIL)"),
        Answer::Refused => Arg::word("refused (REFUSED)", "거부됨(REFUSED)"),
        Answer::Silent { after_ms } => {
            Arg::Say(Box::new(say!("nothing within {wait}", "{wait} 동안 응답 없음", wait = Arg::wait(*after_ms))))
        }
        Answer::Failed(words) => Arg::quote(words),
    }
}

fn cures(f: Finding, d: &Decision<'_>, name: &Name, heard: bool) -> Finding {
    let ask = |c: Cure, dig: &str| match plain(name) {
        Some(n) => c.run(Platform::Linux, format!("dig {n} {dig}")).run(Platform::Windows, format!("nslookup {n}")),
        None => c,
    };
    if d.here_only {
        let look_here = Cure::new(
            Safety::Safe,
            say!(
                "see how this machine resolves names: the hosts line of nsswitch.conf, its local cache, a stale negative answer",
                "이 컴퓨터가 이름을 푸는 방식을 확인합니다: nsswitch.conf의 hosts 줄, 로컬 캐시, 남아 있는 부정 응답"
            ),
        );
        let look_here = match plain(name) {
            Some(n) => look_here.run(Platform::Linux, format!("getent ahosts {n}")),
            None => look_here,
        };
        return f.cure(
            look_here.run(Platform::Linux, "resolvectl flush-caches").run(Platform::Windows, "ipconfig /flushdns"),
        );
    }
    match d.state {
        State::Nonexistent => f
            .cure(Cure::new(
                Safety::Manual,
                say!(
                    "check the spelling; if it is right, add the name to its zone, or renew the domain if it has lapsed",
                    "철자를 확인합니다. 철자가 맞으면 영역에 이름을 추가하고, 도메인이 만료되었으면 갱신합니다"
                ),
            ))
            .cure(ask(
                Cure::new(Safety::Safe, say!("ask the zone's own servers", "영역의 네임서버에 직접 묻습니다")),
                "SOA +trace",
            )),
        State::Addressless => f.cure(ask(
            Cure::new(
                Safety::Manual,
                say!(
                    "add an A or AAAA record (or a CNAME to a name that has one) for exactly this name",
                    "바로 이 이름에 A 또는 AAAA 레코드(또는 주소가 있는 이름을 가리키는 CNAME)를 추가합니다"
                ),
            ),
            "A +noall +answer +authority",
        )),
        // a DNS server that says it failed has looked; one that says nothing may not have been reached
        State::Unanswered if heard => f
            .cure(ask(
                Cure::new(
                    Safety::Safe,
                    say!(
                        "ask without checking signatures: an answer only then means that the zone's DNSSEC is broken",
                        "서명을 검사하지 않고 물어봅니다. 그때만 답이 오면 영역의 DNSSEC가 잘못된 것입니다"
                    ),
                ),
                "A +cd",
            ))
            .cure(zone()),
        State::Unanswered => f
            .cure(
                Cure::new(
                    Safety::Safe,
                    say!(
                        "check that this machine has a network and reaches its DNS server (UDP and TCP port 53); another name that cannot be looked up either shows that it is not this one's zone",
                        "이 컴퓨터가 네트워크에 연결되어 있고 DNS 서버에 닿는지(UDP와 TCP 53번 포트) 확인합니다. 다른 이름도 조회되지 않으면 이 이름의 영역 문제가 아닙니다"
                    ),
                )
                .run(Platform::Linux, "cat /etc/resolv.conf; ip route")
                .run(Platform::Windows, "ipconfig /all"),
            )
            .cure(zone()),
    }
}

fn zone() -> Cure {
    Cure::new(
        Safety::Manual,
        say!(
            "check that the zone's name servers run and are the ones that the parent zone names",
            "영역의 네임서버가 동작하고 상위 영역에 등록된 것과 같은지 확인합니다"
        ),
    )
}
