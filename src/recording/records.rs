//! The records of an MCAP file, chunks unpacked, read as they are asked for. A damaged length can't make it ask
//! for more memory than a record may have or the file holds: the crate's own iterators abort on such files.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use mcap::read::parse_record;
use mcap::records::Record;
use mcap::sans_io::{LinearReadEvent, LinearReader, LinearReaderOptions};
use mcap::{MAGIC, McapError, McapResult};

/// The longest record read: more than any picture that sensing accepts.
const LONGEST_RECORD: usize = 256 << 20;

/// Records from start to end; the end of the file may be missing.
pub(super) struct Records {
    disk: BufReader<File>,
    /// Bytes that were not read yet.
    left: u64,
    reader: LinearReader,
}

impl Records {
    /// Refuses what doesn't begin like an MCAP file, and what is no plain file: a pipe would be waited for.
    pub fn open(file: &Path) -> McapResult<Self> {
        let data = file.metadata()?;
        if !data.is_file() {
            return Err(io::Error::other("found no plain file").into());
        }
        let mut disk = BufReader::new(File::open(file)?);
        if !disk.fill_buf()?.starts_with(MAGIC) {
            return Err(McapError::BadMagic);
        }
        let options = LinearReaderOptions::default()
            .with_skip_end_magic(true)
            .with_validate_chunk_crcs(true)
            .with_record_length_limit(LONGEST_RECORD);
        Ok(Self {
            disk,
            left: data.len(),
            reader: LinearReader::new_with_options(options),
        })
    }

    fn fill(&mut self, need: usize) -> io::Result<()> {
        let want = usize::try_from(self.left).unwrap_or(need).min(need);
        let read = self.disk.read(self.reader.insert(want))?;
        self.left -= read as u64;
        self.reader.notify_read(read);
        Ok(())
    }
}

impl Iterator for Records {
    type Item = McapResult<Record<'static>>;

    fn next(&mut self) -> Option<Self::Item> {
        while let Some(event) = self.reader.next_event() {
            match event {
                Ok(LinearReadEvent::ReadRequest(need)) => {
                    if let Err(why) = self.fill(need) {
                        return Some(Err(why.into()));
                    }
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
