//! `tlsdiag collect`: a script that gathers evidence on a server where nothing may be installed, and a bundle of what was
//! gathered.
mod bundle;
mod cmd;
mod keep;
mod list;
mod ps1;
mod settings;

use crate::{COULD_NOT, args::Language, output, terminal};
use clap::{Args as ClapArgs, ValueEnum};
use list::{On, items};
use std::{
    fs::{self, File},
    io::{BufWriter, Write},
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};
use tlsdiag_model::{Arg, Case, Kind, Lang, Say, Time, say};

#[derive(ClapArgs, Debug)]
#[command(
    after_help = "On the server: run the script, then send its folder. Anywhere: tlsdiag FOLDER. A bundle is one file with \
    what was read and the files themselves; private keys are left out. Nothing is ever overwritten. Exit codes: 0 written, \
    2 not."
)]
pub(crate) struct Collect {
    /// Files and folders to bundle: event logs, listings, hives, configurations, what the script gathered
    #[arg(value_name = "FILE", conflicts_with_all = ["script", "list"])]
    files: Vec<PathBuf>,
    /// Where to write: the bundle (FILE.tlsdiag), or the script
    #[arg(short, long, value_name = "OUT")]
    output: Option<PathBuf>,
    /// Print a script for a server: ps1 for PowerShell 2.0 and later, cmd for the command prompt from Server 2003 on
    #[arg(long, value_enum, value_name = "DIALECT")]
    script: Option<Dialect>,
    /// Show what the scripts take
    #[arg(long, conflicts_with = "script")]
    list: bool,
    /// Language (default: from LC_ALL, LC_MESSAGES or LANG)
    #[arg(long, value_enum)]
    lang: Option<Language>,
}

#[derive(ValueEnum, Clone, Copy, Debug)]
enum Dialect {
    Ps1,
    Cmd,
}

/// Does what was asked for.
pub(crate) fn run(c: &Collect) -> anyhow::Result<u8> {
    let lang = terminal::lang(c.lang);
    if c.list {
        output::result(&listed(lang))?;
        return Ok(0);
    }
    if let Some(dialect) = c.script {
        let text = match dialect {
            Dialect::Ps1 => ps1::script(TOOL),
            Dialect::Cmd => cmd::script(TOOL),
        };
        let Some(path) = &c.output else {
            output::result(&text)?;
            return Ok(0);
        };
        if let Err(e) = File::create_new(path).and_then(|mut f| f.write_all(text.as_bytes())) {
            output::complain(&unwritten(path, &e).render(lang));
            return Ok(COULD_NOT);
        }
        return Ok(0);
    }
    match (&c.output, c.files.as_slice()) {
        (Some(to), [_, ..]) => bundled(to, &c.files, lang),
        (None, [_, ..]) => Ok(refused(&say!("give a new file with -o", "-o로 새 파일을 지정하세요"), lang)),
        (_, []) => Ok(refused(
            &say!(
                "this machine itself cannot be collected; give files, or make a script for the server with --script",
                "이 컴퓨터 자체는 수집할 수 없습니다. 파일을 지정하거나 --script로 서버용 스크립트를 만드세요"
            ),
            lang,
        )),
    }
}

const TOOL: &str = concat!("tlsdiag ", env!("CARGO_PKG_VERSION"));

fn refused(why: &Say, lang: Lang) -> u8 {
    output::complain(&why.render(lang));
    COULD_NOT
}

fn unwritten(path: &Path, why: impl ToString) -> Say {
    say!(
        "{file} cannot be written: {why}",
        "{file:을} 쓸 수 없습니다: {why}",
        file = Arg::quote(path.display()),
        why = Arg::quote(why)
    )
}

fn bundled(to: &Path, files: &[PathBuf], lang: Lang) -> anyhow::Result<u8> {
    if let Some((missing, why)) = files.iter().find_map(|p| Some((p, fs::metadata(p).err()?))) {
        let why = say!(
            "{file} cannot be read: {why}",
            "{file:을} 읽을 수 없습니다: {why}",
            file = Arg::quote(missing.display()),
            why = Arg::quote(why)
        );
        return Ok(refused(&why, lang));
    }
    let taken = now();
    let mut evidence = tlsdiag_evidence::read(files, taken, &|| false);
    let notes = std::mem::take(&mut evidence.notes);
    let mut case = Case::default();
    tlsdiag_evidence::join(&mut evidence, None, &mut case);
    let new = match File::create_new(to) {
        Ok(f) => f,
        Err(e) => return Ok(refused(&unwritten(to, e), lang)),
    };
    let done = match bundle::write(BufWriter::new(new), &case, files, TOOL, taken).and_then(|w| checked(to, &case, w)) {
        Ok(done) => done,
        Err(e) => {
            // what is there is no bundle
            let _ = fs::remove_file(to);
            return Ok(refused(&unwritten(to, e), lang));
        }
    };
    for n in notes.iter().chain(&done.left_out) {
        output::complain(&n.render(lang));
    }
    let rows: usize = Kind::ALL.iter().map(|k| case.count(*k)).sum();
    let told = say!(
        "written {file}: {facts} facts of {machines} machines, {files} files",
        "{file} 기록함: 컴퓨터 {machines}대의 사실 {facts}개, 파일 {files}개",
        file = Arg::quote(to.display()),
        facts = Arg::num(rows),
        machines = Arg::num(case.hosts.len()),
        files = Arg::num(done.raw.len())
    );
    output::result(&format!("{}\n", told.render(lang)))?;
    Ok(0)
}

/// Reads back what was written.
fn checked(path: &Path, case: &Case, written: bundle::Written) -> Result<bundle::Written, bundle::Refused> {
    let mut archive = zip::ZipArchive::new(std::io::BufReader::new(File::open(path)?))?;
    let opened = bundle::read(&mut archive)?;
    let lost = written.raw.iter().find(|n| !opened.raw.contains(n)).map(String::as_str);
    let facts = Kind::ALL.iter().find(|k| case.count(**k) != opened.case.count(**k)).map(|k| k.slug());
    let machines = (opened.manifest.hosts.len() != case.hosts.len()).then_some("manifest.json");
    match lost.or(facts).or(machines) {
        Some(changed) => Err(bundle::Refused::Changed(changed.to_owned())),
        None => Ok(written),
    }
}

/// Milliseconds since 1970.
fn now() -> Time {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Time::try_from(since.as_millis()).unwrap_or(Time::MAX)
}

/// What the scripts take, a line a file.
fn listed(lang: Lang) -> String {
    let mut out = String::new();
    for (file, on, tells) in taken() {
        let on = match (on, lang) {
            (On::Every, _) => "",
            (On::Old, Lang::En) => " (Server 2003)",
            (On::New, Lang::En) => " (Server 2008 and later)",
            (On::Old, Lang::Ko) => " (Server 2003)",
            (On::New, Lang::Ko) => " (Server 2008 이상)",
        };
        out.push_str(&format!("{file:28}{}{on}\n", tells.text(lang)));
    }
    out
}

/// The files in order, each once.
fn taken() -> Vec<(&'static str, On, tlsdiag_model::Tpl)> {
    let mut out: Vec<(&str, On, tlsdiag_model::Tpl)> = vec![];
    for i in items() {
        match out.iter_mut().find(|(f, ..)| *f == i.file) {
            // taken by another command on another Windows
            Some(known) => known.1 = On::Every,
            None => out.push((i.file, i.on, i.tells)),
        }
    }
    out
}

#[cfg(test)]
mod tests;
