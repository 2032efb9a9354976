//! Any stream in any chunking: the same records, the same error, bounded payloads.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tlsdiag_wire::{ParseError, RecordReader, record::MAX_PAYLOAD};

type Read = (Vec<(u64, u8, u16, Vec<u8>)>, Option<ParseError>, u64);

fn read(stream: &[u8], chunk: usize) -> Read {
    let mut reader = RecordReader::new(1 << 20);
    let mut records = Vec::new();
    for bytes in stream.chunks(chunk) {
        reader.feed(bytes);
        loop {
            match reader.next_record() {
                Ok(Some(record)) => {
                    assert!(record.payload.len() <= MAX_PAYLOAD);
                    let row = (record.offset, record.content_type.0, record.version.0, record.payload.to_vec());
                    records.push(row);
                }
                Ok(None) => break,
                Err(error) => return (records, Some(error), reader.consumed()),
            }
        }
    }
    let sum: u64 = records.iter().map(|(_, _, _, payload)| 5 + payload.len() as u64).sum();
    assert_eq!(sum, reader.consumed());
    (records, None, reader.consumed())
}

fuzz_target!(|input: &[u8]| {
    let Some((chunk, stream)) = input.split_first() else { return };
    assert_eq!(read(stream, usize::from(*chunk).max(1)), read(stream, stream.len().max(1)));
});
