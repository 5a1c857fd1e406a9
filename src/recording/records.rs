//! The records of an MCAP file, chunks unpacked. A damaged length can't make it ask for more memory than a
//! record may have: the crate's own iterators abort on such files.

use mcap::read::parse_record;
use mcap::records::Record;
use mcap::sans_io::{LinearReadEvent, LinearReader, LinearReaderOptions};
use mcap::{MAGIC, McapError, McapResult};

/// The longest record read: more than any picture that sensing accepts.
const LONGEST_RECORD: usize = 256 << 20;

/// Records from start to end; the end of the file may be missing.
pub(super) struct Records<'a> {
    rest: &'a [u8],
    reader: LinearReader,
}

impl<'a> Records<'a> {
    /// Refuses what doesn't begin like an MCAP file.
    pub fn new(bytes: &'a [u8]) -> McapResult<Self> {
        if !bytes.starts_with(MAGIC) {
            return Err(McapError::BadMagic);
        }
        let options = LinearReaderOptions::default()
            .with_skip_end_magic(true)
            .with_validate_chunk_crcs(true)
            .with_record_length_limit(LONGEST_RECORD);
        Ok(Self {
            rest: bytes,
            reader: LinearReader::new_with_options(options),
        })
    }
}

impl Iterator for Records<'_> {
    type Item = McapResult<Record<'static>>;

    fn next(&mut self) -> Option<Self::Item> {
        while let Some(event) = self.reader.next_event() {
            match event {
                Ok(LinearReadEvent::ReadRequest(need)) => {
                    let (now, later) = self.rest.split_at(need.min(self.rest.len()));
                    self.reader.insert(now.len()).copy_from_slice(now);
                    self.reader.notify_read(now.len());
                    self.rest = later;
                }
                Ok(LinearReadEvent::Record { data, opcode }) => {
                    return Some(parse_record(opcode, data).map(Record::into_owned));
                }
                Err(why) => return Some(Err(why)),
            }
        }
        None
    }
}
