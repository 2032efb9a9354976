//! What netsh, httpcfg, netstat, tasklist, appcmd, icacls, dir and their kin printed becomes facts.
mod files;
mod httpsys;
mod machine;

use crate::fragment::Fragment;
use std::ops::Range;
use tlsdiag_model::{Arg, Cover, Why, say};
use tlsdiag_winfiles::text::read::{self, Listing};
use tlsdiag_winfiles::text::tool::Tool;
use tlsdiag_winfiles::text::{Damaged, decode::Decoded, lines::Text};

/// Reads everything of these tools in a text.
pub(crate) fn read(text: &Decoded, out: &mut Fragment) -> Vec<Range<u32>> {
    let lines = Text::new(&text.text);
    let contents = read::read_text(&lines);
    for listing in &contents.listings {
        out.is(listing.tool.slug());
        one(listing, out);
    }
    for command in &contents.commands {
        for pasted in &command.pasted {
            damaged(pasted, out);
        }
    }
    if contents.unread > 0 && !contents.listings.is_empty() {
        let kept = u64::try_from(tlsdiag_winfiles::text::lines::MAX_LINES).unwrap_or(u64::MAX);
        let why = Why::OverCap { kept, dropped: contents.unread };
        let words = why.say();
        let origin = out.inside("file");
        out.fault(origin, why, words);
    }
    // a command whose output nobody here knows is left to others
    if contents.listings.is_empty() { Vec::new() } else { contents.understood }
}

fn one(listing: &Listing, out: &mut Fragment) {
    match listing.tool {
        Tool::NetshSslcert | Tool::HttpcfgSsl => httpsys::bindings(listing, out),
        Tool::NetshIplisten | Tool::HttpcfgIplisten => httpsys::listen_list(listing, out),
        Tool::NetshServicestate => httpsys::queues(listing, out),
        Tool::NetshUrlacl | Tool::HttpcfgUrlacl => httpsys::reservations(listing, out),
        Tool::NetshError => httpsys::errors(listing, out),
        Tool::Netstat | Tool::GetNetTcpConnection => machine::sockets(listing, out),
        Tool::Tasklist => machine::processes(listing, out),
        Tool::ScQuery => machine::services(listing, out),
        Tool::Systeminfo => machine::system(listing, out),
        Tool::GetTlsCipherSuite => machine::suites(listing, out),
        Tool::Appcmd => machine::iis(listing, out),
        Tool::Icacls => files::access(listing, out),
        Tool::Dir => files::folders(listing, out),
        Tool::Help => {}
    }
}

/// A value that is kept as it stands is a fault of the file too.
fn damaged(value: &Damaged, out: &mut Fragment) {
    let origin = out.line(value.line);
    out.fault(
        origin,
        Why::DamagedAt { at: u64::from(value.line) },
        say!(
            "line {line}: {raw} is damaged: expected {expected}, found {found}",
            "{line}번째 줄: {raw:이} 손상되었습니다. {expected:이} 있어야 하는데 {found:이} 있습니다",
            line = Arg::Num(u64::from(value.line)),
            raw = Arg::quote(&value.raw),
            expected = Arg::term(value.expected),
            found = Arg::quote(&value.found)
        ),
    );
}

/// Whether the listing shows all that the tool had to say, and the fault if it was cut.
fn cover(listing: &Listing, out: &mut Fragment) -> Cover {
    let filtered = listing.command.as_ref().is_some_and(|command| {
        let text = command.text.to_ascii_lowercase();
        ["findstr", "find ", "select-string", "where", "head", "select-object -first", "more"]
            .iter()
            .any(|word| text.contains(word))
    });
    let at = u64::from(listing.lines.last);
    if listing.cut {
        let origin = out.line(listing.lines.last);
        out.fault(
            origin,
            Why::CutOff { at },
            say!(
                "line {line}: the output ends here, before its end",
                "{line}번째 줄: 출력이 끝나기 전에 여기서 끊겼습니다",
                line = Arg::Num(at)
            ),
        );
        return Cover::Partial(Why::CutOff { at });
    }
    if let (true, Some(command)) = (filtered, &listing.command) {
        return Cover::Partial(Why::Said(command.text.clone()));
    }
    // what stands above the first line is missing
    if !listing.headed {
        return Cover::Partial(Why::CutOff { at: u64::from(listing.lines.first) });
    }
    Cover::Complete
}

#[cfg(test)]
mod tests;
