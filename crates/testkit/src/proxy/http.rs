//! As much HTTP/1.1 as AWS clients and the emulators speak.

use std::io::{Error, ErrorKind, Result};

use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// Bytes of all header lines together; AWS requests stay under a tenth of it.
const HEAD_LIMIT: usize = 64 * 1024;
/// Bytes of one body; the largest answers of the emulators are a few megabytes.
const BODY_LIMIT: usize = 256 * 1024 * 1024;

/// A request or a response, with its body read and out of its transfer coding.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Message {
    /// Request line or status line, without the line's end.
    pub(crate) start: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

/// What decides how long a body is when no header tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Request,
    Response,
    /// The response to a HEAD request has headers about a body, and no body.
    ResponseToHead,
}

impl Message {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self
            .headers
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// Method and target of a request line.
    pub(crate) fn method_and_target(&self) -> (&str, &str) {
        let mut words = self.start.split(' ');
        (words.next().unwrap_or(""), words.next().unwrap_or("/"))
    }

    /// Status code of a status line.
    pub(crate) fn status(&self) -> Option<u16> {
        self.start.split(' ').nth(1)?.parse().ok()
    }

    /// Whether the sender will take or send another message on this connection.
    pub(crate) fn keeps_alive(&self) -> bool {
        let connection = self.header("connection").unwrap_or("");
        let asked = connection.to_ascii_lowercase();
        if self.start.contains("HTTP/1.0") {
            asked.contains("keep-alive")
        } else {
            !asked.contains("close")
        }
    }

    fn is_chunked(&self) -> bool {
        let coding = self.header("transfer-encoding").unwrap_or("");
        coding.to_ascii_lowercase().contains("chunked")
    }

    fn content_length(&self) -> Result<Option<usize>> {
        let Some(text) = self.header("content-length") else {
            return Ok(None);
        };
        match text.trim().parse() {
            Ok(length) if length <= BODY_LIMIT => Ok(Some(length)),
            _ => Err(malformed("content-length")),
        }
    }

    /// The message as it goes on: its length said plainly, one hop's headers left out.
    pub(crate) fn encode(&self, side: Side) -> Vec<u8> {
        let mut bytes = format!("{}\r\n", self.start).into_bytes();
        let to_head = side == Side::ResponseToHead;
        for (name, value) in &self.headers {
            let own_length = name.eq_ignore_ascii_case("content-length") && !to_head;
            if !own_length && !is_of_one_hop(name) {
                bytes.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
            }
        }
        let has_length = match side {
            Side::Request => !self.body.is_empty() || self.header("content-length").is_some(),
            Side::Response => !is_bodiless(self.status()),
            Side::ResponseToHead => false,
        };
        if has_length {
            bytes.extend_from_slice(format!("content-length: {}\r\n", self.body.len()).as_bytes());
        }
        bytes.extend_from_slice(b"\r\n");
        if !to_head {
            bytes.extend_from_slice(&self.body);
        }
        bytes
    }
}

fn is_of_one_hop(name: &str) -> bool {
    ["connection", "keep-alive", "transfer-encoding", "expect"]
        .iter()
        .any(|hop| name.eq_ignore_ascii_case(hop))
}

/// Statuses that never carry a body: informational, 204 and 304 (RFC 9110).
fn is_bodiless(status: Option<u16>) -> bool {
    matches!(status, Some(100..=199 | 204 | 304))
}

fn malformed(what: &str) -> Error {
    Error::new(ErrorKind::InvalidData, format!("malformed http: {what}"))
}

/// Reads request line or status line with the headers. `None`: the connection
/// ended before the first byte.
pub(crate) async fn read_head<R: AsyncBufRead + Unpin>(from: &mut R) -> Result<Option<Message>> {
    let mut left = HEAD_LIMIT;
    let Some(start) = read_line(from, &mut left).await? else {
        return Ok(None);
    };
    let mut message = Message {
        start,
        ..Message::default()
    };
    loop {
        let line = read_line(from, &mut left).await?;
        let line = line.ok_or_else(|| Error::from(ErrorKind::UnexpectedEof))?;
        if line.is_empty() {
            return Ok(Some(message));
        }
        let (name, value) = line.split_once(':').ok_or_else(|| malformed("header"))?;
        let header = (name.trim().to_owned(), value.trim().to_owned());
        message.headers.push(header);
    }
}

/// Reads the body that the head announces.
pub(crate) async fn read_body<R: AsyncBufRead + Unpin>(
    from: &mut R,
    message: &mut Message,
    side: Side,
) -> Result<()> {
    let without = match side {
        Side::Request => false,
        Side::Response => is_bodiless(message.status()),
        Side::ResponseToHead => true,
    };
    if without {
        return Ok(());
    }
    if message.is_chunked() {
        return read_chunks(from, &mut message.body).await;
    }
    match message.content_length()? {
        Some(length) => {
            message.body = vec![0; length];
            from.read_exact(&mut message.body).await?;
        }
        None if side == Side::Response => {
            let mut limited = from.take(BODY_LIMIT as u64);
            limited.read_to_end(&mut message.body).await?;
        }
        None => {}
    }
    Ok(())
}

async fn read_chunks<R: AsyncBufRead + Unpin>(from: &mut R, body: &mut Vec<u8>) -> Result<()> {
    loop {
        let mut left = HEAD_LIMIT;
        let line = required_line(from, &mut left).await?;
        let size = line.split(';').next().unwrap_or("").trim();
        let size = usize::from_str_radix(size, 16).map_err(|_| malformed("chunk size"))?;
        if size > BODY_LIMIT - body.len() {
            return Err(malformed("body too long"));
        }
        if size == 0 {
            // Trailers, up to the empty line.
            while !required_line(from, &mut left).await?.is_empty() {}
            return Ok(());
        }
        let start = body.len();
        body.resize(start + size, 0);
        from.read_exact(&mut body[start..]).await?;
        if !required_line(from, &mut left).await?.is_empty() {
            return Err(malformed("chunk end"));
        }
    }
}

async fn required_line<R: AsyncBufRead + Unpin>(from: &mut R, left: &mut usize) -> Result<String> {
    let line = read_line(from, left).await?;
    line.ok_or_else(|| Error::from(ErrorKind::UnexpectedEof))
}

/// One line without its end; `left` is what the lines may still take.
async fn read_line<R: AsyncBufRead + Unpin>(
    from: &mut R,
    left: &mut usize,
) -> Result<Option<String>> {
    let mut line = Vec::new();
    let mut limited = from.take(*left as u64);
    let count = limited.read_until(b'\n', &mut line).await?;
    if count == 0 && *left > 0 {
        return Ok(None);
    }
    *left -= count;
    if line.pop() != Some(b'\n') {
        return Err(malformed("line cut short or too long"));
    }
    if line.last() == Some(&b'\r') {
        line.pop();
    }
    String::from_utf8(line)
        .map(Some)
        .map_err(|_| malformed("not utf-8"))
}

pub(crate) async fn write<W: AsyncWrite + Unpin>(
    to: &mut W,
    message: &Message,
    side: Side,
) -> Result<()> {
    to.write_all(&message.encode(side)).await?;
    to.flush().await
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    async fn read(bytes: &[u8], side: Side) -> Result<Option<Message>> {
        let mut from = bytes;
        let Some(mut message) = read_head(&mut from).await? else {
            return Ok(None);
        };
        read_body(&mut from, &mut message, side).await?;
        Ok(Some(message))
    }

    #[tokio::test]
    async fn bodies_are_read_by_length_by_chunks_and_to_the_end() {
        for (bytes, side, body) in [
            (
                "POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nabcX",
                Side::Request,
                "abc",
            ),
            (
                "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2;x=y\r\nab\r\n1\r\nc\r\n0\r\nT: v\r\n\r\nX",
                Side::Request,
                "abc",
            ),
            ("GET / HTTP/1.1\r\n\r\nX", Side::Request, ""),
            ("HTTP/1.0 200 OK\r\n\r\nabc", Side::Response, "abc"),
            ("HTTP/1.1 204 No Content\r\n\r\nX", Side::Response, ""),
            (
                "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n",
                Side::ResponseToHead,
                "",
            ),
        ] {
            let message = read(bytes.as_bytes(), side).await.unwrap().unwrap();
            assert_eq!(String::from_utf8_lossy(&message.body), body, "{bytes}");
        }
    }

    #[tokio::test]
    async fn what_is_not_http_is_an_error() {
        for bytes in [
            "GET / HTTP/1.1\r\nno colon\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: x",
            "POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
            "POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nabc",
            "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
            "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n",
        ] {
            assert!(
                read(bytes.as_bytes(), Side::Request).await.is_err(),
                "{bytes}"
            );
        }
        let endless = "x".repeat(HEAD_LIMIT + 1);
        assert!(read(endless.as_bytes(), Side::Request).await.is_err());
        assert_eq!(read(b"", Side::Request).await.unwrap(), None);
    }

    #[tokio::test]
    async fn one_hop_headers_do_not_go_on_and_the_length_does() {
        let bytes = b"POST /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n";
        let message = read(bytes, Side::Request).await.unwrap().unwrap();
        assert!(!message.keeps_alive());
        let expected = "POST /a HTTP/1.1\r\nHost: x\r\ncontent-length: 3\r\n\r\nabc";
        assert_eq!(
            String::from_utf8(message.encode(Side::Request)).unwrap(),
            expected
        );
    }

    #[tokio::test]
    async fn the_answer_to_head_keeps_its_length_and_has_no_body() {
        let bytes = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n";
        let message = read(bytes, Side::ResponseToHead).await.unwrap().unwrap();
        assert_eq!(message.encode(Side::ResponseToHead), bytes);
    }
}
