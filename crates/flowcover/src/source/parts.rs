//! Bytes that come in parts, while they are read.

use std::io::{Cursor, Error, Read, Result};

use flowcover_lake::ObjectError;
use tokio::sync::mpsc::{Receiver, Sender, channel};

/// Parts that wait to be read.
const WAITING: usize = 2;

/// One part, or why there are no more.
pub(super) type Part = std::result::Result<Vec<u8>, ObjectError>;

/// The end that gives parts, and the end that is read.
pub(super) fn parts() -> (Sender<Part>, Parts) {
    let (sender, receiver) = channel(WAITING);
    let parts = Parts {
        receiver,
        current: Cursor::default(),
    };
    (sender, parts)
}

/// Reads parts as they come.
#[derive(Debug)]
pub(super) struct Parts {
    receiver: Receiver<Part>,
    current: Cursor<Vec<u8>>,
}

impl Read for Parts {
    fn read(&mut self, into: &mut [u8]) -> Result<usize> {
        loop {
            let read = self.current.read(into)?;
            if read > 0 || into.is_empty() {
                return Ok(read);
            }
            // Others may need this thread while it waits.
            let next = tokio::task::block_in_place(|| self.receiver.blocking_recv());
            match next {
                None => return Ok(0),
                Some(Ok(part)) => self.current = Cursor::new(part),
                Some(Err(error)) => return Err(Error::other(error)),
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[tokio::test(flavor = "multi_thread", worker_threads = 1)]
    async fn parts_are_read_in_their_order_until_one_fails() {
        let (sender, mut parts) = parts();
        tokio::spawn(async move {
            for part in [b"ab".to_vec(), Vec::new(), b"cde".to_vec()] {
                sender.send(Ok(part)).await.unwrap();
            }
            sender.send(Err(ObjectError::Changed)).await.unwrap();
        });
        // In a task, as in a scan: with one thread, the giver needs it, too.
        let read = tokio::spawn(async move {
            let mut bytes = Vec::new();
            let error = parts.read_to_end(&mut bytes).unwrap_err();
            let inner = error
                .get_ref()
                .unwrap()
                .downcast_ref::<ObjectError>()
                .cloned();
            (bytes, inner)
        });
        assert_eq!(
            read.await.unwrap(),
            (b"abcde".to_vec(), Some(ObjectError::Changed))
        );
    }
}
