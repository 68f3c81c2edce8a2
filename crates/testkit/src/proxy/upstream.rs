//! Connections to the emulator, kept and used again.

use std::io::{Error, ErrorKind, Result};
use std::net::SocketAddr;
use std::sync::Mutex;

use tokio::io::BufReader;
use tokio::net::TcpStream;

use super::http::{Message, Side, read_body, read_head, write};
use super::lock;

#[derive(Debug)]
pub(super) struct Upstream {
    address: SocketAddr,
    idle: Mutex<Vec<BufReader<TcpStream>>>,
}

impl Upstream {
    pub(super) fn new(address: SocketAddr) -> Self {
        Self {
            address,
            idle: Mutex::default(),
        }
    }

    pub(super) async fn send(&self, request: &Message) -> Result<Message> {
        let idle = lock(&self.idle).pop();
        if let Some(connection) = idle
            && let Ok(response) = self.exchange(connection, request).await
        {
            return Ok(response);
        }
        // An idle connection may have been closed meanwhile; a new one says the truth.
        let stream = TcpStream::connect(self.address).await?;
        stream.set_nodelay(true)?;
        self.exchange(BufReader::new(stream), request).await
    }

    async fn exchange(
        &self,
        mut connection: BufReader<TcpStream>,
        request: &Message,
    ) -> Result<Message> {
        write(connection.get_mut(), request, Side::Request).await?;
        let head = read_head(&mut connection).await?;
        let mut response = head.ok_or_else(|| Error::from(ErrorKind::UnexpectedEof))?;
        let side = response_side(request);
        read_body(&mut connection, &mut response, side).await?;
        let is_delimited = response.header("content-length").is_some()
            || response.header("transfer-encoding").is_some();
        if response.keeps_alive() && is_delimited {
            lock(&self.idle).push(connection);
        }
        Ok(response)
    }
}

pub(super) fn response_side(request: &Message) -> Side {
    if request.method_and_target().0 == "HEAD" {
        Side::ResponseToHead
    } else {
        Side::Response
    }
}
