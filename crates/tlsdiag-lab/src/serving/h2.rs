//! As much HTTP/2 as one page needs (RFC 9113): no request header is decoded, every stream gets the same answer.
use std::io::{self, Read, Write};

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const DATA: u8 = 0;
const HEADERS: u8 = 1;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const GOAWAY: u8 = 7;
const END_STREAM: u8 = 1;
const ACK: u8 = 1;
const END_HEADERS: u8 = 4;
/// Entry 8 of the static table (RFC 7541 appendix A): `:status: 200`.
const STATUS_200: u8 = 0x88;
const MOST: usize = 1 << 16;

/// Answers the first request with a page and says goodbye.
///
/// # Errors
/// As the connection gives, or when the client speaks no HTTP/2.
pub(crate) fn serve(stream: &mut (impl Read + Write), page: &str) -> io::Result<()> {
    let mut preface = [0; 24];
    stream.read_exact(&mut preface)?;
    if preface != PREFACE {
        return Err(io::ErrorKind::InvalidData.into());
    }
    stream.write_all(&frame(SETTINGS, 0, 0, &[]))?;
    loop {
        let mut header = [0; 9];
        stream.read_exact(&mut header)?;
        let [a, b, c, kind, flags, id @ ..] = header;
        let length = usize::try_from(u32::from_be_bytes([0, a, b, c])).unwrap_or(MOST);
        if length >= MOST {
            return Err(io::ErrorKind::InvalidData.into());
        }
        let mut payload = vec![0; length];
        stream.read_exact(&mut payload)?;
        let id = u32::from_be_bytes(id) & 0x7fff_ffff;
        match kind {
            SETTINGS if flags & ACK == 0 => stream.write_all(&frame(SETTINGS, ACK, 0, &[]))?,
            PING if flags & ACK == 0 => stream.write_all(&frame(PING, ACK, 0, &payload))?,
            GOAWAY => return Ok(()),
            // CONTINUATION frames that may follow carry nothing that matters here.
            HEADERS => {
                let mut answer = frame(HEADERS, END_HEADERS, id, &[STATUS_200]);
                answer.extend(frame(DATA, END_STREAM, id, page.as_bytes()));
                answer.extend(frame(GOAWAY, 0, 0, &[id.to_be_bytes(), [0; 4]].concat()));
                return stream.write_all(&answer);
            }
            _ => {}
        }
    }
}

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let [_, a, b, c] = u32::try_from(payload.len()).unwrap_or(0).to_be_bytes();
    let mut out = vec![a, b, c, kind, flags];
    out.extend_from_slice(&stream.to_be_bytes());
    out.extend_from_slice(payload);
    out
}
