//! `tlsdiag fix FILE… -o OUT`: the files that a server wants, made of those that there are.
use crate::{
    COULD_NOT,
    args::Language,
    handed,
    lines::{self, LABEL, entry},
    output,
    password::{self, Given},
};
use clap::{Args as ClapArgs, ValueEnum};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tlsdiag_collect::{Probe, Settings};
use tlsdiag_fix::{Around, For, Order, Outgoing, Plan, Refusal, plan, recheck, targets, write};
use tlsdiag_model::{Arg, Lang, Say, say};
use tlsdiag_pki::Host;
use tlsdiag_report::Style;

/// Some of it is missing.
const NOT_WHOLE: u8 = 1;

#[derive(ClapArgs, Debug)]
#[command(
    after_help = "What is written follows from the name of OUT: .pem or .crt is the chain, .key the private key, .pfx \
    or .p12 both, .p7b the chain for Windows, .cer one certificate; a folder gets fullchain.pem and privkey.pem. Nothing \
    is ever overwritten. Exit codes: 0 written, 1 written but the chain is not whole, 2 nothing written."
)]
pub(crate) struct Fix {
    /// Certificates and private keys in any form (PEM, DER, PFX, Java key store, PKCS#7), or folders of them
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Where to write: a new file, or a folder
    #[arg(short, long, value_name = "OUT")]
    output: PathBuf,
    /// The server that will read it
    #[arg(long = "for", value_enum, value_name = "SERVER")]
    server: Option<Server>,
    /// The host that is meant, where the files hold several certificates
    #[arg(long, value_name = "HOST")]
    name: Option<String>,
    #[command(flatten)]
    passwords: Given,
    /// A file whose first line will be the password of what is written. Also: the variable TLSDIAG_OUT_PASSWORD, or a
    /// question on the terminal
    #[arg(long, value_name = "FILE")]
    out_password_file: Option<PathBuf>,
    /// Fetch no missing certificates
    #[arg(long)]
    offline: bool,
    /// Show what would be written and why, and write nothing
    #[arg(long)]
    dry_run: bool,
    /// Language (default: from LC_ALL, LC_MESSAGES or LANG)
    #[arg(long, value_enum)]
    lang: Option<Language>,
}

#[derive(ValueEnum, Clone, Copy, Debug)]
enum Server {
    Nginx,
    Apache,
    Haproxy,
    /// Windows Server 2019 and later
    #[value(alias = "windows")]
    Iis,
    /// Also Windows Server 2016 and before
    #[value(name = "windows-2012", aliases = ["windows-2016", "windows-2008"])]
    Windows2012,
    #[value(alias = "tomcat")]
    Java,
}

impl From<Server> for For {
    fn from(s: Server) -> For {
        match s {
            Server::Nginx => For::Nginx,
            Server::Apache => For::Apache,
            Server::Haproxy => For::Haproxy,
            Server::Iis => For::Iis,
            Server::Windows2012 => For::Windows2012,
            Server::Java => For::Java,
        }
    }
}

pub(crate) fn run(fix: &Fix) -> anyhow::Result<u8> {
    let style = lines::style(fix.lang);
    let lang = style.lang;
    password::on_interrupt(|| ());
    let refuse = |why: &Say| {
        output::complain(&why.render(lang));
        Ok(COULD_NOT)
    };
    let host = match fix.name.as_deref().map(|n| (n, Host::parse(n))) {
        None => None,
        Some((typed, Ok(h))) => Some((typed, h)),
        Some((typed, Err(_))) => {
            let why = say!("{name} is no host name", "{name:은} 호스트 이름이 아닙니다", name = Arg::quote(typed));
            return refuse(&why);
        }
    };
    let server = fix.server.map(For::from);
    let folder = fix.output.is_dir() || ends_as_folder(&fix.output);
    // what is impossible whatever the files hold is said before anybody is asked for a password
    if let Err(why) = targets(&fix.output, folder, server, true) {
        return refuse(&why.say());
    }
    let mut passwords = match fix.passwords.source(lang) {
        Ok(p) => p,
        Err(why) => return refuse(&why),
    };
    let Some(mut held) = handed::read(&fix.files, &mut passwords, lang) else { return Ok(COULD_NOT) };
    handed::read_beside(&mut held, &fix.files);
    let targets = match targets(&fix.output, folder, server, !held.keys.is_empty()) {
        Ok(t) => t,
        Err(why) => return refuse(&why.say()),
    };
    let pfx = targets.iter().any(|t| matches!(t.shape, tlsdiag_fix::Shape::Pfx(_)));
    let password = match password::for_output(fix.out_password_file.as_deref(), pfx && !fix.dry_run, lang) {
        Ok(p) => p,
        Err(why) => return refuse(&why),
    };
    let machine = handed::machine();
    let sets = handed::anchors(&machine);
    let anchors: Vec<_> = sets.iter().map(Arc::as_ref).collect();
    let new_folder = (folder && !fix.output.exists()).then(|| fix.output.clone());
    // a dry run shows the plan without the password of what is not written
    let nobodys = tlsdiag_pki::secret::Password::new("");
    let order = Order {
        targets: &targets,
        new_folder: new_folder.as_ref(),
        server,
        host: host.as_ref().map(|(typed, h)| (*typed, h)),
        password: password.as_ref().or(fix.dry_run.then_some(&nobodys).filter(|_| pfx)),
        time: handed::now(),
        anchors: &anchors,
    };
    let plan = match made(&held, &order, machine, fix.offline) {
        Ok(p) => p,
        Err(why) => return refuse(&why.say()),
    };
    let mut text = shown(&plan, &style);
    if fix.dry_run {
        let nothing = say!("nothing was written (--dry-run)", "아무것도 쓰지 않았습니다(--dry-run)");
        text.push_str(&line("", &nothing, &style));
        output::result(&text)?;
        return Ok(if plan.missing.is_some() { NOT_WHOLE } else { 0 });
    }
    // a file that would not do is not written at all
    for file in &plan.files {
        if let Err(why) = recheck(file, &file.octets, &plan, password.as_ref()) {
            return refuse(&done(file, why));
        }
    }
    let written = match write::apply(&plan) {
        Ok(w) => w,
        Err(e) => return refuse(&e.say()),
    };
    let mut exit = if plan.missing.is_some() { NOT_WHOLE } else { 0 };
    for (file, written) in plan.files.iter().zip(&written) {
        let checked = recheck(file, &written.octets, &plan, password.as_ref());
        if checked.is_err() {
            exit = COULD_NOT;
        }
        let (Ok(what) | Err(what)) = checked;
        text.push_str(&line(label("written", "완료", lang), &done(file, what), &style));
    }
    output::result(&text)?;
    Ok(exit)
}

fn made(
    held: &tlsdiag_fix::Held,
    order: &Order<'_>,
    machine: Vec<Arc<tlsdiag_pki::Certificate>>,
    offline: bool,
) -> Result<Plan, Refusal> {
    let store: Arc<str> = "certificate store".into();
    let mut stores = || machine.iter().map(|c| (Arc::clone(&store), Arc::clone(c))).collect();
    let mut probe: Option<Probe> = None;
    let mut fetch = |url: &str, ours: bool| -> Result<Vec<u8>, Say> {
        if probe.is_none() {
            let failed =
                |e| say!("the network cannot be used: {why}", "네트워크를 쓸 수 없습니다: {why}", why = Arg::quote(e));
            probe = Some(Probe::new(Settings::default()).map_err(failed)?);
        }
        match &probe {
            Some(p) => p.issuer(url, ours).map_err(|why| why.say()),
            None => Err(say!("no network", "네트워크 없음")),
        }
    };
    let mut random = |into: &mut [u8]| getrandom::fill(into).map_err(std::io::Error::other);
    let mut around =
        Around { stores: &mut stores, fetch: if offline { None } else { Some(&mut fetch) }, random: &mut random };
    plan(held, order, &mut around)
}

/// Written with a separator at its end.
fn ends_as_folder(path: &Path) -> bool {
    path.as_os_str().to_string_lossy().ends_with(std::path::is_separator)
}

fn label(en: &'static str, ko: &'static str, lang: Lang) -> &'static str {
    match lang {
        Lang::En => en,
        Lang::Ko => ko,
    }
}

fn line(label: &str, what: &Say, style: &Style) -> String {
    entry(label, &what.render(style.lang), LABEL, style.width)
}

fn shown(plan: &Plan, style: &Style) -> String {
    let lang = style.lang;
    let mut text = String::new();
    for file in &plan.files {
        let what = say!(
            "{path}: {what}{mode}",
            "{path}: {what}{mode}",
            path = Arg::quote(file.path.display()),
            what = file.shape.say(),
            mode = match file.secret && cfg!(unix) {
                true => Arg::word(", readable for its owner only", ", 소유자만 읽을 수 있음"),
                false => Arg::term(""),
            }
        );
        text.push_str(&line(label("writes", "쓸 파일", lang), &what, style));
        text.push_str(&line("", &file.why, style));
    }
    for what in &plan.inputs {
        text.push_str(&line(label("of", "내용", lang), what, style));
    }
    for what in &plan.left_out {
        text.push_str(&line(label("left out", "제외", lang), what, style));
    }
    for what in &plan.warnings {
        text.push_str(&line("!", what, style));
    }
    if let Some(what) = &plan.missing {
        text.push_str(&line(label("missing", "빠짐", lang), what, style));
    }
    text
}

fn done(file: &Outgoing, what: Say) -> Say {
    say!("{path}; {what}", "{path}; {what}", path = Arg::quote(file.path.display()), what = Arg::Say(Box::new(what)))
}
