//! One flow, as detections see it.

use crate::Address;

/// TCP, as an IANA protocol number.
pub(crate) const TCP: u8 = 6;
/// UDP, as an IANA protocol number.
pub(crate) const UDP: u8 = 17;

/// Where DNS servers listen.
pub(crate) const DNS_PORT: u16 = 53;

/// One row of the table `flows`: `docs/flows.md` says what each field means and how it was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flow {
    /// Who opened it.
    pub client: Address,
    /// Its port; 0 where the protocol has none.
    pub client_port: u16,
    /// Who was called.
    pub server: Address,
    /// Its port; 0 where the protocol has none.
    pub server_port: u16,
    /// IANA protocol number.
    pub protocol: u8,
    /// Unix seconds.
    pub start: i64,
    /// Unix seconds; never before `start`.
    pub end: i64,
    /// Packets from client to server, at one capture point.
    pub packets_to_server: u64,
    /// Bytes from client to server, at one capture point.
    pub bytes_to_server: u64,
    /// Packets from server to client, at one capture point.
    pub packets_to_client: u64,
    /// Bytes from server to client, at one capture point.
    pub bytes_to_client: u64,
    /// Whether it was refused, and nothing that was let through came back.
    pub rejected: bool,
    /// All TCP flags that the client sent; 0 where the records have no such field.
    pub flags_to_server: u8,
    /// All TCP flags that the server sent; 0 where the records have no such field.
    pub flags_to_client: u8,
    /// Key of the capture point whose packets and bytes these are, made of its name: it does not depend on what was read first.
    /// `u64::MAX` where records name none.
    pub point: u64,
    /// Whether the client is one of ours. [`Engine`](crate::Engine) fills it in from [`World`](crate::World), adding to what the caller
    /// knows: the interface that wrote the record was the client's.
    pub client_inside: bool,
    /// Whether the server is one of ours; filled in likewise.
    pub server_inside: bool,
}

impl Flow {
    /// Whether anything came back.
    #[must_use]
    pub fn is_answered(&self) -> bool {
        self.packets_to_client > 0
    }

    /// Whether it found out that something is there, and no more: refused, without answer, or so short a TCP connection (a SYN, its
    /// answer and an end) that nothing was said in it.
    #[must_use]
    pub fn is_probe(&self) -> bool {
        self.rejected
            || !self.is_answered()
            || (self.protocol == TCP && self.packets_to_server <= 3 && self.bytes_to_server < 200)
    }

    /// Whether both ends spoke, for longer than a probe.
    #[must_use]
    pub fn is_established(&self) -> bool {
        !self.is_probe()
    }

    /// Whether it leaves our networks. A client that sent nothing has not called: somebody used its address, or its port looked like a client's.
    #[must_use]
    pub fn is_outbound(&self) -> bool {
        self.client_inside
            && !self.server_inside
            && self.packets_to_server > 0
            && !self.server.is_special()
    }

    /// Whether it comes from outside.
    #[must_use]
    pub fn is_inbound(&self) -> bool {
        !self.client_inside && self.server_inside
    }

    /// Whether both ends are ours.
    #[must_use]
    pub fn is_internal(&self) -> bool {
        self.client_inside && self.server_inside
    }

    /// Seconds from its first to its last record.
    #[must_use]
    pub fn duration(&self) -> i64 {
        self.end.saturating_sub(self.start)
    }

    /// Bytes of both ways.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.bytes_to_server.saturating_add(self.bytes_to_client)
    }

    /// Packets of both ways.
    #[must_use]
    pub fn packets(&self) -> u64 {
        self.packets_to_server
            .saturating_add(self.packets_to_client)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// An established connection of ten packets each way, to be changed.
    #[allow(clippy::unwrap_used)]
    pub(crate) fn flow(client: &str, server: &str, server_port: u16) -> Flow {
        Flow {
            client: client.parse().unwrap(),
            client_port: 50_000,
            server: server.parse().unwrap(),
            server_port,
            protocol: TCP,
            start: 1_700_000_000,
            end: 1_700_000_030,
            packets_to_server: 10,
            bytes_to_server: 1_000,
            packets_to_client: 10,
            bytes_to_client: 5_000,
            rejected: false,
            flags_to_server: 19,
            flags_to_client: 19,
            point: 0,
            client_inside: false,
            server_inside: false,
        }
    }

    #[test]
    fn what_is_a_probe() {
        let established = flow("10.0.0.1", "10.0.0.2", 443);
        assert!(established.is_established());
        let refused = Flow {
            rejected: true,
            ..established
        };
        let unanswered = Flow {
            packets_to_client: 0,
            ..established
        };
        let half_open = Flow {
            packets_to_server: 2,
            bytes_to_server: 84,
            packets_to_client: 1,
            ..established
        };
        let question = Flow {
            protocol: 17,
            packets_to_server: 1,
            bytes_to_server: 70,
            ..established
        };
        for (flow, expected) in [
            (refused, true),
            (unanswered, true),
            (half_open, true),
            (question, false),
        ] {
            assert_eq!(flow.is_probe(), expected, "{flow:?}");
        }
    }
}
