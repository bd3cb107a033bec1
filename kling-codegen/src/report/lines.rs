//! Finds the line of a JSON text that a pointer leads to.

use serde_json::Value;

/// The line, from 1, of a place in a JSON text. A pointer that leads nowhere gives the line of what stands around it.
pub(super) fn line_of(text: &str, pointer: &str) -> usize {
    let mut reader = Reader { text, at: 0 };
    let mut found = 0;
    for step in pointer.split('/').skip(1) {
        let step = step.replace("~1", "/").replace("~0", "~");
        match reader.enter(&step) {
            Some(at) => found = at,
            None => break,
        }
    }
    let before = text.bytes().take(found);
    1 + before.filter(|byte| *byte == b'\n').count()
}

/// Reads no further than it has to, and trusts the text: it was parsed before.
struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl Reader<'_> {
    /// Goes to the member of the object or list that stands here, and gives the place of its key or of itself.
    fn enter(&mut self, step: &str) -> Option<usize> {
        let is_object = match self.next()? {
            b'{' => true,
            b'[' => false,
            _ => return None,
        };
        let mut index = 0;
        self.at += 1;
        loop {
            let start = match self.next()? {
                b'}' | b']' => return None,
                _ => self.at,
            };
            let matches = if is_object {
                let key = self.skip()?;
                let key: Value = serde_json::from_str(key).ok()?;
                self.next()?;
                self.at += 1;
                key == *step
            } else {
                index.to_string() == step
            };
            if matches {
                return Some(start);
            }
            self.skip()?;
            index += 1;
            if self.next()? == b',' {
                self.at += 1;
            }
        }
    }

    /// The next byte that is no white space.
    fn next(&mut self) -> Option<u8> {
        let rest = self.text.as_bytes().get(self.at..)?;
        let white = rest.iter().take_while(|byte| byte.is_ascii_whitespace());
        self.at += white.count();
        self.text.as_bytes().get(self.at).copied()
    }

    /// Goes behind the value that stands here, and gives its text.
    fn skip(&mut self) -> Option<&str> {
        self.next()?;
        let start = self.at;
        let (mut depth, mut quoted, mut escaped) = (0_usize, false, false);
        for byte in self.text.as_bytes().get(start..)? {
            let ends = !quoted && depth == 0 && matches!(byte, b',' | b':' | b'}' | b']');
            if ends || !quoted && depth == 0 && byte.is_ascii_whitespace() {
                break;
            }
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => quoted = !quoted,
                b'{' | b'[' if !quoted => depth += 1,
                b'}' | b']' if !quoted => depth = depth.saturating_sub(1),
                _ => {}
            }
            self.at += 1;
        }
        self.text.get(start..self.at)
    }
}

#[cfg(test)]
mod tests {
    use super::line_of;

    #[test]
    fn a_pointer_leads_to_the_line_of_its_key() {
        let text =
            "{\n  \"a/b\": { \"x\": \"}\\\"\", \"y\":\n [1,\n  {\"z\" : null}] },\n  \"c\": 1\n}\n";
        for (pointer, line) in [
            ("", 1),
            ("/a~1b", 2),
            ("/a~1b/x", 2),
            ("/a~1b/y", 2),
            ("/a~1b/y/0", 3),
            ("/a~1b/y/1/z", 4),
            ("/c", 5),
            // What leads nowhere ends at what stands around it.
            ("/a~1b/gone/x", 2),
            ("/a~1b/y/7", 2),
            ("/c/x", 5),
            ("/gone", 1),
        ] {
            assert_eq!(line_of(text, pointer), line, "{pointer}");
        }
        assert_eq!(line_of("", "/a"), 1);
        assert_eq!(line_of("{\"a\"", "/b"), 1);
    }
}
