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
        if let Some(connection) = idle {
            match self.exchange(connection, request).await {
                // Closed while it was idle: the emulator never saw the request.
                Ok(None) => {}
                Ok(Some(response)) => return Ok(response),
                Err(error) => return Err(error),
            }
        }
        let stream = TcpStream::connect(self.address).await?;
        stream.set_nodelay(true)?;
        let response = self.exchange(BufReader::new(stream), request).await?;
        response.ok_or_else(|| Error::from(ErrorKind::UnexpectedEof))
    }

    /// `None`: the connection ended before the first byte of an answer.
    async fn exchange(
        &self,
        mut connection: BufReader<TcpStream>,
        request: &Message,
    ) -> Result<Option<Message>> {
        if write(connection.get_mut(), request, Side::Request)
            .await
            .is_err()
        {
            return Ok(None);
        }
        let head = match read_head(&mut connection).await {
            Err(error) if error.kind() == ErrorKind::ConnectionReset => None,
            head => head?,
        };
        let Some(mut response) = head else {
            return Ok(None);
        };
        read_body(&mut connection, &mut response, response_side(request)).await?;
        if response.keeps_alive() && is_delimited(&response) {
            lock(&self.idle).push(connection);
        }
        Ok(Some(response))
    }
}

/// Whether the end of the answer can be told without the end of the connection.
fn is_delimited(response: &Message) -> bool {
    response.header("content-length").is_some() || response.header("transfer-encoding").is_some()
}

pub(super) fn response_side(request: &Message) -> Side {
    if request.method_and_target().0 == "HEAD" {
        Side::ResponseToHead
    } else {
        Side::Response
    }
}
