//! How long a serialised Java object is (Java Object Serialization Specification 6.4): enough to step over the sealed
//! secret keys of JCEKS, which have no length of their own.

use super::Octets;
use crate::der::DerError;

/// Octets of one object stream: its header and one object.
pub(super) fn object_length(input: &[u8]) -> Result<usize, DerError> {
    let mut w = Walk { r: Octets { input, at: 0 }, classes: Vec::new(), handles: 0, steps: 0 };
    let header = w.r.number(4, "stream header of a Java object")?;
    if header != 0xaced_0005 {
        return Err(DerError::value(0, "stream header of a Java object", "other octets"));
    }
    w.content(MAX_DEPTH)?;
    Ok(w.r.at)
}

const MAX_DEPTH: u8 = 16;
const MAX_STEPS: usize = 10_000;

/// A class as far as the length of its objects goes.
#[derive(Clone)]
struct Class {
    handle: u64,
    flags: u8,
    /// type codes of its fields
    fields: Vec<u8>,
    parent: Option<usize>,
}

struct Walk<'a> {
    r: Octets<'a>,
    classes: Vec<Class>,
    handles: u64,
    steps: usize,
}

impl Walk<'_> {
    fn bad(&self, found: &'static str) -> DerError {
        DerError::value(self.r.at, "a serialised Java object", found)
    }

    /// One content element; says whether it was the end of block data.
    fn content(&mut self, depth: u8) -> Result<bool, DerError> {
        self.steps = self.steps.saturating_add(1);
        if depth == 0 || self.steps > MAX_STEPS {
            return Err(self.bad("one too deep or too long"));
        }
        match self.r.number(1, "type code")? {
            // TC_NULL, TC_RESET
            0x70 | 0x79 => {}
            // TC_REFERENCE
            0x71 => {
                self.r.take(4, "handle")?;
            }
            // TC_CLASSDESC, TC_PROXYCLASSDESC standing alone
            0x72 => {
                self.class_description(depth)?;
            }
            // TC_OBJECT
            0x73 => {
                let class = self.class(depth)?;
                self.handles += 1;
                if let Some(class) = class {
                    self.class_data(class, depth)?;
                }
            }
            // TC_STRING
            0x74 => {
                self.handles += 1;
                self.r.text("string")?;
            }
            // TC_ARRAY
            0x75 => self.array(depth)?,
            // TC_CLASS
            0x76 => {
                self.class(depth)?;
                self.handles += 1;
            }
            // TC_BLOCKDATA
            0x77 => {
                let n = self.r.number(1, "length of block data")?;
                self.r.take(n as usize, "block data")?;
            }
            // TC_ENDBLOCKDATA
            0x78 => return Ok(true),
            // TC_BLOCKDATALONG
            0x7a => {
                let n = self.r.number(4, "length of block data")?;
                self.r.take(n as usize, "block data")?;
            }
            // TC_LONGSTRING
            0x7c => {
                self.handles += 1;
                let n = self.r.number(8, "length of a string")?;
                self.r.take(usize::try_from(n).unwrap_or(usize::MAX), "string")?;
            }
            // TC_ENUM
            0x7e => {
                self.class(depth)?;
                self.handles += 1;
                self.content(depth - 1)?;
            }
            _ => return Err(self.bad("another type code")),
        }
        Ok(false)
    }

    /// A class description: new, a reference to an earlier one, or none.
    fn class(&mut self, depth: u8) -> Result<Option<usize>, DerError> {
        if depth == 0 {
            return Err(self.bad("one too deep"));
        }
        match self.r.number(1, "class description")? {
            0x70 => Ok(None),
            0x71 => {
                let handle = self.r.number(4, "handle")?.wrapping_sub(0x7e_0000);
                match self.classes.iter().position(|c| c.handle == handle) {
                    Some(i) => Ok(Some(i)),
                    None => Err(self.bad("a reference to no class")),
                }
            }
            0x72 => self.class_description(depth).map(Some),
            _ => Err(self.bad("no class description")),
        }
    }

    fn class_description(&mut self, depth: u8) -> Result<usize, DerError> {
        let name = self.r.text("class name")?;
        self.r.take(8, "serialVersionUID")?;
        let handle = self.handles;
        self.handles += 1;
        let flags = self.r.number(1, "class flags")? as u8;
        let count = self.r.number(2, "number of fields")?;
        let mut fields = Vec::new();
        for _ in 0..count {
            let code = self.r.number(1, "type of a field")? as u8;
            self.r.text("name of a field")?;
            if matches!(code, b'[' | b'L') {
                self.content(depth - 1)?;
            }
            fields.push(code);
        }
        if name.len() == 2 && name.starts_with('[') {
            // an array's elements are of the type that its class name names
            fields = vec![name.as_bytes().get(1).copied().unwrap_or(b'L')];
        }
        let at = self.classes.len();
        self.classes.push(Class { handle, flags, fields, parent: None });
        // annotations, then the class above
        while !self.content(depth - 1)? {}
        let parent = self.class(depth - 1)?;
        if let Some(class) = self.classes.get_mut(at) {
            class.parent = parent;
        }
        Ok(at)
    }

    /// Field values, from the topmost class down.
    fn class_data(&mut self, class: usize, depth: u8) -> Result<(), DerError> {
        let mut line = Vec::new();
        let mut next = Some(class);
        while let Some(i) = next.filter(|i| !line.contains(i)) {
            line.push(i);
            next = self.classes.get(i).and_then(|c| c.parent);
        }
        for i in line.into_iter().rev() {
            let Some(Class { flags, fields, .. }) = self.classes.get(i).cloned() else { continue };
            // SC_SERIALIZABLE writes the fields; SC_EXTERNALIZABLE only block data
            if flags & 2 != 0 {
                for code in fields {
                    self.value(code, depth)?;
                }
            }
            // SC_WRITE_METHOD, or SC_EXTERNALIZABLE with SC_BLOCK_DATA
            if flags & 1 != 0 || flags & 0x0c == 0x0c {
                while !self.content(depth - 1)? {}
            }
        }
        Ok(())
    }

    fn value(&mut self, code: u8, depth: u8) -> Result<(), DerError> {
        let n = match code {
            b'B' | b'Z' => 1,
            b'C' | b'S' => 2,
            b'I' | b'F' => 4,
            b'J' | b'D' => 8,
            b'L' | b'[' => {
                self.content(depth - 1)?;
                0
            }
            _ => return Err(self.bad("a field of another type")),
        };
        self.r.take(n, "value of a field").map(drop)
    }

    fn array(&mut self, depth: u8) -> Result<(), DerError> {
        let class = self.class(depth)?;
        self.handles += 1;
        let code = class.and_then(|i| self.classes.get(i)).and_then(|c| c.fields.first().copied()).unwrap_or(b'L');
        let n = self.r.number(4, "length of an array")?;
        if code == b'B' {
            return self.r.take(n as usize, "array").map(drop);
        }
        for _ in 0..n {
            self.steps = self.steps.saturating_add(1);
            if self.steps > MAX_STEPS {
                return Err(self.bad("one too long"));
            }
            self.value(code, depth)?;
        }
        Ok(())
    }
}
