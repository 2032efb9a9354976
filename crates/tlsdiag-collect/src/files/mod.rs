//! Files that a person hands over: certificates, keys and the containers of both, read with bounds, joined to what a
//! server would be given. What lies beside them is read too, so that a missing issuer or the right key can be named.
//!
//! [`thing`] tells files from sites and thumbprints, [`read`] turns files into facts, [`compare`] holds thumbprints
//! against whatever certificates are known.
mod contents;
mod identity;
mod open;
mod pasted;
mod secrets;
mod thing;

pub use pasted::compare;
pub use secrets::{Ask, Secrets};
pub use thing::{Thing, ThingError, reads_as_host, thing};

use contents::Held;
use identity::Pool;
use open::{NotRead, Opened};
use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    sync::Arc,
};
use tlsdiag_model::{
    Arg, CertId, Cover, Fingerprint, Host, How, Kind, Name, Origin, Row, Say, Sight, Sink, Span, Survey, Time, Why,
    facts::{File, Filed, Holding, Refusal, Role, Thing as Is},
    say,
};
use tlsdiag_pki::secret::Limits;
use zeroize::Zeroizing;

/// What a person handed over, beside sites.
#[derive(Clone, Debug, Default)]
pub struct Given {
    /// Files and folders.
    pub paths: Vec<PathBuf>,
    /// What stood on standard input.
    pub stdin: Option<Vec<u8>>,
    /// Files that lay in archives, by their path in there.
    pub unpacked: Vec<(String, Zeroizing<Vec<u8>>)>,
    /// Thumbprints as pasted.
    pub thumbprints: Vec<String>,
    /// The host that the files are meant for.
    pub name: Option<Name>,
}

/// How files are read.
#[derive(Clone, Debug)]
pub struct Reading {
    /// The time at which they are judged, milliseconds since 1970.
    pub at: Time,
    /// How much work encrypted files may ask for.
    pub limits: Limits,
}

/// What is worth telling about the reading.
#[derive(Clone, Debug, Default)]
pub struct Told {
    /// Things that are no files to be read; each with its reason. Nothing was done with them.
    pub refused: Vec<Say>,
    /// What was left out.
    pub notes: Vec<Say>,
    /// Files of archives that hold neither certificates nor keys.
    pub unknown: Vec<String>,
}

/// Reads what was handed over; facts and surveys go to the sink.
pub fn read(given: &Given, reading: &Reading, secrets: &mut Secrets<'_>, sink: &Sink) -> Told {
    pasted::keep(&given.thumbprints, reading.at, sink);
    let mut r =
        Reader { reading, secrets, sink, files: vec![], seen: BTreeSet::new(), told: Told::default(), short: None };
    let mut pools = vec![Pool { folder: false }];
    if let Some(octets) = &given.stdin {
        let opened = Opened { octets: octets.clone().into(), mode: Sight::Hidden };
        r.add("-", "standard input", 0, true, opened);
    }
    for (path, octets) in &given.unpacked {
        let name = path.rsplit('/').next().unwrap_or(path);
        r.add(path, name, 0, true, Opened { octets: octets.clone(), mode: Sight::Hidden });
        // what else lies in an archive is told by whoever opened it
        if r.files.last().is_some_and(|(h, _)| !h.recognised()) {
            r.files.pop();
            r.told.unknown.push(path.clone());
        }
    }
    let mut beside: Vec<PathBuf> = vec![];
    for path in &given.paths {
        if path.is_dir() {
            r.folder(path, pools.len());
            pools.push(Pool { folder: true });
        } else if r.named(path) {
            beside.extend(path.parent().map(Path::to_path_buf));
        }
    }
    r.beside(beside);
    let (files, short) = (r.files, r.short);
    let told = r.told;
    if !given.paths.is_empty() || given.stdin.is_some() || !files.is_empty() {
        conclude(files, short, &pools, given.name.as_ref(), reading.at, sink);
    }
    compare(sink);
    told
}

/// Reads standard input to its end, within the bound of a named file.
///
/// # Errors
/// It is too long, or the system's words.
pub fn standard_input(from: &mut dyn std::io::Read) -> Result<Vec<u8>, Say> {
    match open::bounded(from, open::NAMED) {
        Ok(octets) => Ok(octets.to_vec()),
        Err(e) => {
            let why = Arg::Say(Box::new(e.say()));
            Err(say!("standard input: {why}", "표준 입력: {why}", why = why))
        }
    }
}

struct Reader<'r, 's> {
    reading: &'r Reading,
    secrets: &'r mut Secrets<'s>,
    sink: &'r Sink,
    files: Vec<(Held, Row<File>)>,
    /// Where files lie in truth, so that none is read twice.
    seen: BTreeSet<PathBuf>,
    told: Told,
    /// Why not all of what was handed over was read.
    short: Option<Why>,
}

impl Reader<'_, '_> {
    /// A file that was named. True: what lies beside it is of interest.
    fn named(&mut self, path: &Path) -> bool {
        if !self.first_time(path) || self.sink.stopped() {
            return false;
        }
        let shown = path.display().to_string();
        match open::open(path, open::NAMED) {
            Ok(opened) => {
                self.add(&shown, &name_of(path), 0, true, opened);
                self.files.last().is_some_and(|(h, _)| h.recognised())
            }
            Err(NotRead::System { words, denied }) => {
                let what = Is::Refused { of: "file".to_owned(), why: Refusal::Unreadable, detail: words.clone() };
                let what = Filed { path: shown.clone().into(), place: String::new(), order: 0, label: None, what };
                self.sink.add(Row::once(what, Host::HERE, How::Read, self.reading.at, at(&shown)));
                let why = if denied { Why::NeedsElevation } else { Why::Said(format!("{shown}: {words}")) };
                self.short.get_or_insert(why);
                false
            }
            Err(e) => {
                let why = Arg::Say(Box::new(e.say()));
                self.told.refused.push(say!("{path}: {why}", "{path}: {why}", path = Arg::quote(&shown), why = why));
                false
            }
        }
    }

    /// The files of a folder that are certificates, keys or containers.
    fn folder(&mut self, folder: &Path, pool: usize) {
        let shown = Arg::quote(folder.display());
        let listing = match open::list(folder, open::FOLDER_FILES, open::IN_FOLDER) {
            Ok(l) => l,
            Err(e) => {
                let why = Arg::Say(Box::new(e.say()));
                self.told.refused.push(say!("{path}: {why}", "{path}: {why}", path = shown, why = why));
                return;
            }
        };
        let (mut found, mut denied) = (0usize, 0usize);
        for path in &listing.files {
            if !self.first_time(path) || self.sink.stopped() {
                continue;
            }
            match open::open(path, open::IN_FOLDER) {
                Ok(opened) => {
                    self.add(&path.display().to_string(), &name_of(path), pool, true, opened);
                    match self.files.last() {
                        Some((h, _)) if h.recognised() => found += 1,
                        // what else lies in a folder is nobody's business
                        _ => drop(self.files.pop()),
                    }
                }
                Err(_) => denied += 1,
            }
        }
        if denied > 0 {
            self.short.get_or_insert(Why::NeedsElevation);
            self.told.notes.push(say!(
                "{path}: {n} files in it could not be read",
                "{path}: 읽을 수 없는 파일이 {n}개 있습니다",
                path = shown.clone(),
                n = Arg::num(denied)
            ));
        }
        if listing.left > 0 {
            let count = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
            let why = Why::OverCap { kept: count(listing.files.len()), dropped: count(listing.left) };
            self.short.get_or_insert(why);
            self.told.notes.push(say!(
                "{path}: {n} entries in it were left out (no regular files, larger than 16 MiB, or beyond the first 256)",
                "{path}: 항목 {n}개를 제외했습니다(일반 파일이 아니거나, 16MiB보다 크거나, 처음 256개를 넘음)",
                path = shown.clone(),
                n = Arg::num(listing.left)
            ));
        }
        if found == 0 && listing.folders > 0 {
            self.told.notes.push(say!(
                "{path}: no certificate or key lies in it; the {n} folders in it were not looked into",
                "{path}: 인증서나 개인 키가 없습니다. 안에 있는 폴더 {n}개는 살펴보지 않았습니다",
                path = shown,
                n = Arg::num(listing.folders)
            ));
        }
    }

    /// Small files of the usual endings beside those that were named.
    fn beside(&mut self, mut folders: Vec<PathBuf>) {
        folders.sort();
        folders.dedup();
        for folder in folders {
            let look = if folder.as_os_str().is_empty() { Path::new(".") } else { folder.as_path() };
            let Ok(listing) = open::list(look, usize::MAX, open::SIBLING) else { continue };
            let usual = listing.files.iter().filter(|p| {
                let ending = p.extension().and_then(|e| e.to_str()).unwrap_or_default().to_ascii_lowercase();
                SIBLINGS.contains(&ending.as_str())
            });
            for path in usual.take(open::SIBLINGS) {
                if self.sink.stopped() || !self.first_time(path) {
                    continue;
                }
                let Ok(opened) = open::open(path, open::SIBLING) else { continue };
                let shown = path.strip_prefix("./").unwrap_or(path).display().to_string();
                self.add(&shown, &name_of(path), 0, false, opened);
                if self.files.last().is_some_and(|(h, _)| !h.recognised()) {
                    self.files.pop();
                }
            }
        }
    }

    fn add(&mut self, path: &str, name: &str, pool: usize, given: bool, opened: Opened) {
        let shown: Arc<str> = path.into();
        let contents = {
            // what merely lies there may not cost much
            let all = self.reading.limits;
            let few = Limits { iterations: all.iterations.min(100_000), work: all.work.min(400_000), ..all };
            let mut passwords = self.secrets.of(path, given);
            tlsdiag_pki::file::read(&opened.octets, &mut passwords, if given { &all } else { &few })
        };
        let mut intern = |der: &[u8]| self.sink.with(|case| case.certificate(der));
        let mut held = contents::held(contents, Arc::clone(&shown), name.to_owned(), &mut intern);
        (held.pool, held.given) = (pool, given);
        let file = File {
            path: Arc::clone(&shown),
            form: held.form.to_owned(),
            size: u64::try_from(opened.octets.len()).unwrap_or(u64::MAX),
            sha256: Fingerprint::of(&opened.octets),
            mode: opened.mode,
            given,
            protections: held.protections.clone(),
            oddities: held.oddities.clone(),
        };
        let row = Row::once(file, Host::HERE, How::Read, self.reading.at, at(path));
        self.files.push((held, row));
    }

    fn first_time(&mut self, path: &Path) -> bool {
        // two names in a folder that lead to one file are two files for whoever configures a server
        let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
        self.seen.insert(folder.join(path.file_name().unwrap_or_default()))
    }
}

/// Endings of what is looked at beside named files.
const SIBLINGS: &[&str] = &["pem", "crt", "cer", "der", "key", "p7b", "p12", "pfx"];

/// Puts rows and surveys in place, with the identities that the files make.
fn conclude(
    files: Vec<(Held, Row<File>)>,
    short: Option<Why>,
    pools: &[Pool],
    name: Option<&Name>,
    at: Time,
    sink: &Sink,
) {
    let (mut helds, rows): (Vec<Held>, Vec<Row<File>>) = files.into_iter().unzip();
    let certs: Vec<_> = helds.iter().flat_map(|h| h.certs().map(|(_, c)| Arc::clone(c))).collect();
    helds.iter_mut().for_each(|h| h.meet(&certs));
    let keys: BTreeSet<Fingerprint> = helds.iter().flat_map(|h| h.keys()).map(|k| Fingerprint::of(&k.spki)).collect();
    let lost = helds.iter().filter(|h| h.given).find_map(|h| h.lost.as_ref().map(|why| format!("{}: {why}", h.path)));
    let (identities, left) = identity::identities(&helds, pools, name);
    sink.with(|case| {
        let mut held: BTreeSet<CertId> = BTreeSet::new();
        for h in &helds {
            for (filed, line) in h.rows() {
                let origin = match line {
                    Some(line) => Origin::File { path: Arc::clone(&h.path), line },
                    None => self::at(&h.path),
                };
                case.add(Row::once(filed, Host::HERE, How::Read, at, origin));
            }
            for (cert, c) in h.certs() {
                if held.insert(cert) {
                    let has_key = if keys.contains(&Fingerprint::of(&c.public_key.spki)) {
                        Sight::Saw(true)
                    } else {
                        Sight::Hidden
                    };
                    let what = Holding { cert, role: Role::File, has_key };
                    case.add(Row::once(what, Host::HERE, How::Read, at, self::at(&h.path)));
                }
            }
        }
        for row in rows {
            case.add(row);
        }
        for i in identities {
            let origin = self::at(&i.path);
            case.add(Row::once(i, Host::HERE, How::Read, at, origin));
        }
        let none = case.files.is_empty();
        let cover = |why: Option<Why>| match why {
            None => Cover::Complete,
            Some(Why::NeedsElevation) if none => Cover::Denied(Why::NeedsElevation),
            Some(why) if none => Cover::Failed(why),
            Some(why) => Cover::Partial(why),
        };
        let mut survey = |kind: Kind, cover: Cover| {
            let origin = Origin::Api("arguments".into());
            case.surveys.push(Survey { kind, host: Host::HERE, cover, span: Span::at(at), origin });
        };
        survey(Kind::Files, cover(short.clone()));
        survey(Kind::Filed, cover(short.or_else(|| lost.map(Why::Said))));
        let count = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
        let over = (left > 0).then(|| Why::OverCap { kept: count(identity::MOST), dropped: count(left) });
        survey(Kind::Identities, cover(over));
    });
}

fn at(path: &str) -> Origin {
    Origin::Api(path.into())
}

fn name_of(path: &Path) -> String {
    path.file_name().map_or_else(|| path.display().to_string(), |n| n.to_string_lossy().into_owned())
}
