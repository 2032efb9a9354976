//! A conversation without TLS, to learn what speaks on a port: either we listen, or we ask for a page.
use super::{
    clock::ms,
    http,
    net::{Conn, Got},
    run::Run,
};
use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};
use tlsdiag_model::{
    Host, How, Row,
    facts::{Opening, Spoke, Talk},
};
use tlsdiag_wire::{Protocol, sniff};

/// Most bytes of an answer that are read.
const MOST: usize = 16 << 10;

/// Talks on an open connection and adds the row.
///
/// `limit` is how long nothing may come.
pub(crate) async fn talk(
    run: &Run,
    mut conn: Conn,
    host: Host,
    to: SocketAddr,
    authority: &str,
    opening: Opening,
    limit: Duration,
) {
    let start = Instant::now();
    if opening == Opening::HttpGet {
        let text = format!(
            "GET / HTTP/1.1\r\nHost: {authority}\r\nUser-Agent: {}\r\nAccept: */*\r\nConnection: close\r\n\r\n",
            run.settings.user_agent
        );
        conn.say(text.as_bytes(), run.settings.timeout).await;
    }
    let spoke = listen(run, &mut conn, start, opening, limit).await;
    let what = Talk { from: Host::HERE, addr: to.ip(), port: to.port(), opening, spoke };
    let row = Row::during(what, host, How::Watched, run.clock.since(start), conn.meter.origin());
    run.sink.add(match conn.meter.first_after(start) {
        Some(t) => row.took(t),
        None => row,
    });
}

async fn listen(run: &Run, conn: &mut Conn, start: Instant, opening: Opening, silence: Duration) -> Spoke {
    let mut all: Vec<u8> = vec![];
    let mut buffer = vec![0; 4096];
    let whole = silence + super::GRACE;
    loop {
        // Once something came, its end is near: a greeting is a line, an answer is a header and a few words.
        let limit = if all.is_empty() { silence } else { run.settings.patience };
        let limit = limit.min(whole.saturating_sub(start.elapsed()));
        let end = match conn.hear(&mut buffer, limit).await {
            Got::Bytes(n) => {
                all.extend(buffer.iter().take(n));
                if all.len() < MOST && !enough(&all, opening) {
                    continue;
                }
                None
            }
            Got::Closed => Some(Spoke::Closed),
            Got::Reset => Some(Spoke::Reset),
            Got::Nothing => Some(Spoke::Silent { after_ms: ms(start.elapsed()) }),
        };
        return match (all.is_empty(), end) {
            (true, Some(end)) => end,
            _ => recognise(&all),
        };
    }
}

/// Is enough there to name the protocol?
fn enough(bytes: &[u8], opening: Opening) -> bool {
    if bytes.starts_with(b"HTTP/") {
        // The words of an error page tell whether TLS is wanted; 512 bytes of a page hold them.
        return opening == Opening::Listened || http::head_len(bytes).is_some_and(|n| bytes.len() >= n + 512);
    }
    !sniff(bytes).needs_more
}

/// Names what speaks, by the first bytes of an answer.
fn recognise(bytes: &[u8]) -> Spoke {
    let sniffed = sniff(bytes);
    if let Protocol::Http(answer) = &sniffed.protocol {
        let wants_tls = answer.page.says_tls_expected();
        let head = http::plain_answer(bytes);
        let status = head.as_ref().map(|h| h.0).or(answer.status).unwrap_or(0);
        let server = head.as_ref().and_then(|h| h.1.clone()).or_else(|| answer.server.clone());
        return Spoke::Http { status, server, location: head.and_then(|h| h.2), wants_tls };
    }
    match sniffed.protocol {
        Protocol::Tls | Protocol::Sslv2 => Spoke::Tls,
        Protocol::Unknown | Protocol::Text => Spoke::Unknown,
        other => Spoke::Other { protocol: name(&other).to_owned(), greeting: first_line(bytes) },
    }
}

fn first_line(bytes: &[u8]) -> String {
    let line = bytes.split(|b| *b == b'\n').next().unwrap_or_default();
    let text = String::from_utf8_lossy(line);
    text.trim_end_matches('\r').chars().take(200).collect()
}

/// The usual name of a protocol; `unknown` where the bytes say nothing.
pub(crate) fn name(p: &Protocol) -> &'static str {
    match p {
        Protocol::Tls => "TLS",
        Protocol::Sslv2 => "SSLv2",
        Protocol::Http(_) => "HTTP",
        Protocol::HttpRequest => "HTTP request",
        Protocol::Http2 => "HTTP/2 without TLS",
        Protocol::Smtp => "SMTP",
        Protocol::Ftp => "FTP",
        Protocol::SmtpOrFtp => "SMTP or FTP",
        Protocol::Pop3 => "POP3",
        Protocol::Imap => "IMAP",
        Protocol::Nntp => "NNTP",
        Protocol::ManageSieve => "ManageSieve",
        Protocol::Ssh => "SSH",
        Protocol::MySql => "MySQL",
        Protocol::PostgreSql => "PostgreSQL",
        Protocol::Tds => "SQL Server",
        Protocol::Rdp => "RDP",
        Protocol::Ldap => "LDAP",
        Protocol::Xmpp => "XMPP",
        Protocol::Redis => "Redis",
        Protocol::Memcached => "Memcached",
        Protocol::Mqtt => "MQTT",
        Protocol::Amqp => "AMQP",
        Protocol::Socks => "SOCKS",
        Protocol::Vnc => "VNC",
        Protocol::Telnet => "Telnet",
        Protocol::Irc => "IRC",
        Protocol::ProxyHeader => "PROXY protocol",
        _ => "unknown",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_speaks_is_named_by_its_first_bytes() {
        for (bytes, name) in [
            (&b"SSH-2.0-OpenSSH_9.2\r\n"[..], "SSH"),
            (b"220 mail.example ESMTP Postfix\r\n", "SMTP"),
            (b"* OK [CAPABILITY IMAP4rev1] ready\r\n", "IMAP"),
        ] {
            let Spoke::Other { protocol, greeting } = recognise(bytes) else { panic!("{name}") };
            assert_eq!(protocol, name);
            assert!(!greeting.ends_with('\r') && !greeting.is_empty());
        }
        assert_eq!(recognise(b"\x15\x03\x01\x00\x02\x02\x0a"), Spoke::Tls);
        assert_eq!(recognise(b"\x99\x01garbage\xff"), Spoke::Unknown);
        let go = b"HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n";
        assert_eq!(recognise(go), Spoke::Http { status: 400, server: None, location: None, wants_tls: true });
    }
}
