//! Writers of what Windows tools print: typed records in, text out, with the words of a language or with any words, in any
//! code page. For tests and for whole cases; what they write is made up and says nothing about a real machine.
mod listings;
mod words;

pub use listings::{
    DateForm, binding, cipher_suites, dir, get_net_tcp_connection, httpcfg_listen_list, httpcfg_ssl, icacls,
    listen_list, netstat, sc_query, servicestate, sites, sslcert, systeminfo, tasklist, urlacl,
};
pub use words::Words;

use super::code_page::CodePage;

/// How a text becomes octets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Output {
    /// UTF-8, with a byte order mark or without.
    Utf8(bool),
    /// UTF-16 little endian, with a byte order mark or without.
    Utf16Le(bool),
    /// UTF-16 big endian, with a byte order mark or without.
    Utf16Be(bool),
    /// A code page; what it does not have becomes `?`.
    CodePage(CodePage),
}

/// Encodes a text.
#[must_use]
pub fn encode(text: &str, output: Output) -> Vec<u8> {
    let wide = |order: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(order).collect::<Vec<u8>>();
    let (mark, body): (&[u8], Vec<u8>) = match output {
        Output::Utf8(mark) => (if mark { &[0xef, 0xbb, 0xbf] } else { &[] }, text.as_bytes().to_vec()),
        Output::Utf16Le(mark) => (if mark { &[0xff, 0xfe] } else { &[] }, wide(u16::to_le_bytes)),
        Output::Utf16Be(mark) => (if mark { &[0xfe, 0xff] } else { &[] }, wide(u16::to_be_bytes)),
        Output::CodePage(page) => (&[], page.encode(text)),
    };
    [mark, &body].concat()
}

#[cfg(test)]
mod tests;
