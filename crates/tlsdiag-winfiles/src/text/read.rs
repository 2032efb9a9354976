//! Everything that a text of Windows tools says, and which of its lines nobody understood.
use super::access::{self, Access};
use super::appcmd;
use super::binding::{Span, SslBinding};
use super::cipher_suites::{self, SuiteLine};
use super::command::Command;
use super::decode::Decoded;
use super::dir::{self, Folder};
use super::httpcfg::{self, Completion, ListenAddress};
use super::lines::{Line, Text};
use super::netsh_other::{self, ToolError, UrlReservation};
use super::netsh_sslcert;
use super::netstat::{self, Socket};
use super::powershell_table;
use super::services::{self, Service};
use super::servicestate::{self, RequestQueue};
use super::split::{self, Section};
use super::system::{self, SystemFacts};
use super::tasklist::{self, Process};
use super::tool::Tool;
use std::ops::Range;

/// Something that a tool said.
#[derive(Debug, Clone, PartialEq)]
pub enum Item {
    /// A record of HTTP.sys.
    Binding(SslBinding),
    /// An address of the listen list.
    Listen(ListenAddress),
    /// How httpcfg ended.
    Completion(Completion),
    /// A queue of requests with its processes and URLs.
    Queue(RequestQueue),
    /// A reservation of a URL.
    Reservation(UrlReservation),
    /// An error of netsh.
    Error(ToolError),
    /// A socket.
    Socket(Socket),
    /// A process.
    Process(Process),
    /// A service.
    Service(Service),
    /// Something of IIS.
    Iis(appcmd::Listed),
    /// A file and who may use it.
    Access(Access),
    /// A folder and what is in it.
    Folder(Folder),
    /// Cipher suites in the order of the machine.
    Suites(Vec<SuiteLine>),
    /// What machine it is.
    System(SystemFacts),
    /// Help of a tool.
    Help(Span),
}

/// What one tool printed in one section: the frame round its items.
#[derive(Debug, Clone, PartialEq)]
pub struct Listing {
    /// Which tool.
    pub tool: Tool,
    /// The command, if it stands above.
    pub command: Option<Command>,
    /// What it said, in the order of the file.
    pub items: Vec<Item>,
    /// Whether the heading stands above the first item, or the command: nothing is missing at its beginning.
    pub headed: bool,
    /// Whether something is missing at its end.
    pub cut: bool,
    /// From the heading to the last line.
    pub lines: Span,
}

/// What a text says.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Contents {
    /// Tools in the order of the file.
    pub listings: Vec<Listing>,
    /// Every command that stands in the text.
    pub commands: Vec<Command>,
    /// Lines that belong to what is told above, from 1, half open, in order.
    pub understood: Vec<Range<u32>>,
    /// Lines that are not blank and that no reader of this module understood, from 1, half open, in order.
    pub not_understood: Vec<Range<u32>>,
    /// Lines beyond what is held of one text.
    pub unread: u64,
}

impl Contents {
    /// Every item of the text.
    pub fn items(&self) -> impl Iterator<Item = &Item> {
        self.listings.iter().flat_map(|listing| &listing.items)
    }

    /// The tools that were recognised.
    #[must_use]
    pub fn tools(&self) -> Vec<Tool> {
        let mut out = Vec::new();
        for listing in &self.listings {
            if !out.contains(&listing.tool) {
                out.push(listing.tool);
            }
        }
        out
    }
}

/// Reads a decoded file.
#[must_use]
pub fn read(decoded: &Decoded) -> Contents {
    read_text(&Text::new(&decoded.text))
}

/// Reads lines.
#[must_use]
pub fn read_text(text: &Text<'_>) -> Contents {
    let mut out = Contents { unread: text.unread, ..Contents::default() };
    for section in split::sections(text) {
        if let Some(command) = &section.command {
            out.commands.push(command.clone());
            out.understood.push(command.line..command.line.saturating_add(1));
        }
        section_into(&section, &mut out);
    }
    out.listings.sort_by_key(|listing| listing.lines.first);
    out
}

fn section_into(section: &Section<'_>, out: &mut Contents) {
    let text = &section.text;
    let command = section.command.as_ref();
    let mut found: Vec<Listing> = Vec::new();
    let mut add = |tool: Tool, items: Vec<(Item, Span)>, cut: bool| {
        let lines = items
            .iter()
            .map(|(_, span)| *span)
            .reduce(|a, b| Span { first: a.first.min(b.first), last: a.last.max(b.last) });
        if let Some(lines) = lines {
            let items = items.into_iter().map(|(item, _)| item).collect();
            found.push(Listing { tool, command: command.cloned(), items, headed: command.is_some(), cut, lines });
        }
    };
    let bindings = netsh_sslcert::read(text);
    for printer in [super::binding::Printer::Netsh, super::binding::Printer::Httpcfg] {
        let of: Vec<&SslBinding> = bindings.iter().filter(|b| b.printer == printer).collect();
        let most = of.iter().map(|b| b.settings.len()).max().unwrap_or(0);
        let cut = of.last().is_some_and(|last| last.cut || last.settings.len() < most);
        let tool = if printer == super::binding::Printer::Netsh { Tool::NetshSslcert } else { Tool::HttpcfgSsl };
        add(tool, of.into_iter().map(|b| (Item::Binding(b.clone()), b.lines)).collect(), cut);
    }
    let done = httpcfg::completions(text);
    if !done.is_empty() {
        let tool = match command {
            Some(c) if c.runs("httpcfg", &["query", "ssl"]) => Tool::HttpcfgSsl,
            Some(c) if c.runs("httpcfg", &["query", "urlacl"]) => Tool::HttpcfgUrlacl,
            _ => Tool::HttpcfgIplisten,
        };
        add(
            tool,
            done.into_iter().map(|c| (Span::line(c.line), c)).map(|(span, c)| (Item::Completion(c), span)).collect(),
            false,
        );
    }
    let queues = servicestate::read(text);
    let reservations = netsh_other::reservations(text);
    add(
        Tool::NetshServicestate,
        queues.into_iter().map(|q| (q.lines, q)).map(|(span, q)| (Item::Queue(q), span)).collect(),
        false,
    );
    let old = !reservations.is_empty() && reservations.iter().all(|r| r.users.is_empty() && r.sddl.is_some());
    let tool = if old { Tool::HttpcfgUrlacl } else { Tool::NetshUrlacl };
    add(
        tool,
        reservations.into_iter().map(|r| (r.lines, r)).map(|(span, r)| (Item::Reservation(r), span)).collect(),
        false,
    );
    let listen = netsh_other::listen_list(text, command);
    let by_label = httpcfg::listen_list(text).len() == listen.len();
    let tool = if by_label { Tool::HttpcfgIplisten } else { Tool::NetshIplisten };
    add(tool, listen.into_iter().map(|l| (Item::Listen(l.clone()), Span::line(l.line))).collect(), false);
    let errors = netsh_other::errors(text, command);
    add(
        Tool::NetshError,
        errors.into_iter().map(|e| (Span::line(e.line), e)).map(|(span, e)| (Item::Error(e), span)).collect(),
        false,
    );
    let help = netsh_other::help(text);
    if let (Some(first), Some(last)) = (help.first(), help.last()) {
        let span = Span { first: *first, last: *last };
        add(Tool::Help, vec![(Item::Help(span), span)], false);
    }
    let sockets = netstat::read(text);
    let cut = sockets.last().is_some_and(|last| last.foreign.is_err() && last.state.is_none() && last.pid.is_none());
    add(
        Tool::Netstat,
        sockets.into_iter().map(|s| (s.lines, s)).map(|(span, s)| (Item::Socket(s), span)).collect(),
        cut,
    );
    let processes = tasklist::read(text);
    add(
        Tool::Tasklist,
        processes.into_iter().map(|p| (p.lines, p)).map(|(span, p)| (Item::Process(p), span)).collect(),
        false,
    );
    let services = services::read(text);
    add(
        Tool::ScQuery,
        services.into_iter().map(|s| (s.lines, s)).map(|(span, s)| (Item::Service(s), span)).collect(),
        false,
    );
    let listed = appcmd::read(text);
    add(Tool::Appcmd, listed.into_iter().map(|l| (l.lines, l)).map(|(span, l)| (Item::Iis(l), span)).collect(), false);
    let lists = access::read(text, command);
    add(
        Tool::Icacls,
        lists.into_iter().map(|a| (a.lines, a)).map(|(span, a)| (Item::Access(a), span)).collect(),
        false,
    );
    let folders = dir::read(text);
    let cut = folders.last().is_some_and(|last| !last.whole);
    add(Tool::Dir, folders.into_iter().map(|f| (f.lines, f)).map(|(span, f)| (Item::Folder(f), span)).collect(), cut);
    let suites = cipher_suites::bare(text);
    if let (Some(span), true) = (cipher_suites::span(&suites), suites.len() >= 3) {
        add(Tool::GetTlsCipherSuite, vec![(Item::Suites(suites), span)], false);
    }
    let systems = system::read(text, command);
    add(
        Tool::Systeminfo,
        systems.into_iter().map(|s| (s.lines, s)).map(|(span, s)| (Item::System(s), span)).collect(),
        false,
    );
    powershell(text, &mut add);
    if let Some(line) = netstat::heading(text) {
        found.push(Listing {
            tool: Tool::Netstat,
            command: command.cloned(),
            items: Vec::new(),
            headed: true,
            cut: false,
            lines: Span::line(line),
        });
    }
    if let Some(empty) = empty_listing(section, &found) {
        found.push(empty);
    }
    let mut claimed = claim(text, &mut found);
    claimed.extend(said_done(section, &found));
    sort_lines(text, &claimed, out);
    out.listings.append(&mut found);
}

/// Records that PowerShell printed, given to every reader that knows such.
fn powershell(text: &Text<'_>, add: &mut impl FnMut(Tool, Vec<(Item, Span)>, bool)) {
    let records = powershell_table::records(text);
    if records.is_empty() {
        return;
    }
    let sockets = netstat::from_records(&records);
    add(
        Tool::GetNetTcpConnection,
        sockets.into_iter().map(|s| (s.lines, s)).map(|(span, s)| (Item::Socket(s), span)).collect(),
        false,
    );
    let suites = cipher_suites::from_records(&records);
    if let Some(span) = cipher_suites::span(&suites) {
        add(Tool::GetTlsCipherSuite, vec![(Item::Suites(suites), span)], false);
    }
    let folders = dir::from_records(&records);
    add(Tool::Dir, folders.into_iter().map(|f| (f.lines, f)).map(|(span, f)| (Item::Folder(f), span)).collect(), true);
    let services = services::from_records(&records);
    add(
        Tool::ScQuery,
        services.into_iter().map(|s| (s.lines, s)).map(|(span, s)| (Item::Service(s), span)).collect(),
        false,
    );
    let processes = tasklist::from_records(&records);
    add(
        Tool::Tasklist,
        processes.into_iter().map(|p| (p.lines, p)).map(|(span, p)| (Item::Process(p), span)).collect(),
        false,
    );
    let lists = access::from_records(&records);
    add(
        Tool::Icacls,
        lists.into_iter().map(|a| (a.lines, a)).map(|(span, a)| (Item::Access(a), span)).collect(),
        false,
    );
    let systems = system::from_records(&records);
    add(
        Tool::Systeminfo,
        systems.into_iter().map(|s| (s.lines, s)).map(|(span, s)| (Item::System(s), span)).collect(),
        false,
    );
}

/// A heading and a rule with nothing below, from a command that lists: the list is empty.
fn empty_listing(section: &Section<'_>, found: &[Listing]) -> Option<Listing> {
    const TITLES: &[&str] = &["SSL Certificate bindings:", "SSL-Zertifikatbindungen:", "Liaisons de certificat SSL"];
    let mut lines = section.text.filled();
    let title = lines.next()?;
    let rule = lines.next().filter(Line::is_rule)?;
    let command = section.command.as_ref();
    let runs = |words: &[&str]| command.is_some_and(|c| c.runs("netsh", words) && c.words.len() == 3);
    let tool = if runs(&["http", "show", "sslcert"]) || TITLES.iter().any(|known| title.text.starts_with(known)) {
        Tool::NetshSslcert
    } else if runs(&["http", "show", "iplisten"]) {
        Tool::NetshIplisten
    } else {
        return None;
    };
    let alone = lines.next().is_none() && found.is_empty();
    let lines = Span { first: title.number, last: rule.number };
    alone.then(|| Listing { tool, command: command.cloned(), items: Vec::new(), headed: true, cut: false, lines })
}

/// Lines above the first item that belong to a heading, and rules and sums between and below.
fn claim(text: &Text<'_>, found: &mut [Listing]) -> Vec<Span> {
    let mut out: Vec<Span> = Vec::new();
    let lines: Vec<Line<'_>> = text.filled().collect();
    let place = |number: u32| lines.partition_point(|line| line.number < number);
    for listing in found.iter_mut() {
        let first = place(listing.lines.first);
        let above = lines.get(first.saturating_sub(5)..first).unwrap_or_default();
        let heading = above.iter().rev().take_while(|line| is_heading(line)).count();
        if let Some(line) = lines.get(first - heading).filter(|_| heading > 0) {
            listing.headed = true;
            out.push(Span { first: line.number, last: listing.lines.first });
        }
        // these begin at once
        let bare = matches!(
            listing.tool,
            Tool::HttpcfgSsl
                | Tool::HttpcfgIplisten
                | Tool::HttpcfgUrlacl
                | Tool::Appcmd
                | Tool::GetNetTcpConnection
                | Tool::ScQuery
        );
        listing.headed |= bare && first == 0;
        for item in &listing.items {
            out.extend(item_lines(item));
        }
        if listing.items.is_empty() {
            out.push(listing.lines);
        }
        if listing.tool == Tool::NetshServicestate {
            out.extend(servicestate::frame(text));
        }
        // what tools say when they are done
        let below = lines.get(place(listing.lines.last.saturating_add(1))..).unwrap_or_default();
        if let Some(line) = below.first().filter(|line| line.is_rule() || is_done(line)) {
            out.push(Span::line(line.number));
        }
        if listing.tool == Tool::Help || listing.tool == Tool::NetshError {
            out.extend(around_words(&lines, first, place(listing.lines.last)));
        }
    }
    if !found.is_empty() {
        let rules = lines.iter().enumerate().filter(|(_, line)| line.is_rule());
        for (at, rule) in rules {
            let heading =
                at.checked_sub(1).and_then(|at| lines.get(at)).filter(|line| line.indent() == 0 && is_heading(line));
            out.push(Span { first: heading.map_or(rule.number, |line| line.number), last: rule.number });
        }
    }
    out
}

/// The sentences above a help text and the sentence below an error.
fn around_words(lines: &[Line<'_>], first: usize, last: usize) -> Vec<Span> {
    let words = |line: &&Line<'_>| line.indent() == 0 && !line.text.contains(" : ");
    let above = lines.get(first.saturating_sub(3)..first).unwrap_or_default().iter().rev().take_while(words);
    let below = lines.get(last + 1..).unwrap_or_default().iter().take(1).take_while(words);
    above.chain(below).map(|line| Span::line(line.number)).collect()
}

fn is_heading(line: &Line<'_>) -> bool {
    let empty = line.splits().last().is_none_or(|(_, value)| value.is_empty());
    line.is_rule()
        || (empty
            && !line.text.contains(['{', '\\', '='])
            // the frame of a certificate or a key in text (RFC 7468)
            && !line.text.trim_start().starts_with("-----")
            && line.text.chars().filter(char::is_ascii_digit).count() <= 8)
}

/// A sentence that counts what was done.
fn is_done(line: &&Line<'_>) -> bool {
    let digits = line.text.chars().filter(char::is_ascii_digit).count();
    line.indent() == 0
        && (1..=12).contains(&digits)
        && line.text.contains(char::is_whitespace)
        && line.splits().next().is_none()
}

fn item_lines(item: &Item) -> Vec<Span> {
    match item {
        Item::Binding(binding) => vec![binding.lines],
        Item::Listen(listen) => vec![Span::line(listen.line)],
        Item::Completion(done) => vec![Span::line(done.line)],
        Item::Queue(queue) => vec![queue.lines],
        Item::Reservation(reservation) => vec![reservation.lines],
        Item::Error(error) => vec![Span::line(error.line)],
        Item::Socket(socket) => vec![socket.lines],
        Item::Process(process) => vec![process.lines],
        Item::Service(service) => vec![service.lines],
        Item::Iis(listed) => vec![listed.lines],
        Item::Access(access) => vec![access.lines],
        Item::Folder(folder) => vec![folder.lines],
        Item::Suites(suites) => cipher_suites::span(suites).into_iter().collect(),
        Item::System(system) => vec![system.lines],
        Item::Help(lines) => vec![*lines],
    }
}

/// What netsh says after it changed something.
fn said_done(section: &Section<'_>, found: &[Listing]) -> Vec<Span> {
    let changes = |c: &Command| ["add", "delete", "update"].iter().any(|verb| c.runs("netsh", &["http", verb]));
    let lines: Vec<Line<'_>> = section.text.filled().take(3).collect();
    let said = section.command.as_ref().is_some_and(changes) && found.is_empty() && lines.len() <= 2;
    if said { lines.iter().map(|line| Span::line(line.number)).collect() } else { Vec::new() }
}

fn sort_lines(text: &Text<'_>, claimed: &[Span], out: &mut Contents) {
    let mut spans: Vec<Span> = claimed.to_vec();
    spans.sort_by_key(|span| span.first);
    let mut next = spans.iter().peekable();
    let mut until = 0;
    let mut before: Option<bool> = None;
    for line in text.filled() {
        while let Some(span) = next.next_if(|span| span.first <= line.number) {
            until = until.max(span.last);
        }
        let known = line.number <= until;
        let into = if known { &mut out.understood } else { &mut out.not_understood };
        let end = line.number.saturating_add(1);
        match into.last_mut() {
            Some(range) if before == Some(known) => range.end = end,
            _ => into.push(line.number..end),
        }
        before = Some(known);
    }
}
