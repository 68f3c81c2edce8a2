//! One connection, before it is cut into records.

use std::net::IpAddr;

use crate::random::Random;

pub(crate) const TCP: u8 = 6;
pub(crate) const UDP: u8 = 17;
pub(crate) const ICMP: u8 = 1;

/// What a record of TCP without payload weighs: addresses, ports and the usual options.
const HEADERS: u64 = 52;

/// One end of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct End {
    pub(crate) address: IpAddr,
    /// The own host whose interface is recorded, where it is one of ours.
    pub(crate) host: Option<usize>,
}

/// How a connection goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Manner {
    /// Opened and closed in order.
    Complete,
    /// Opened, and cut off by the client.
    ResetByClient,
    /// Opened, and cut off by the server.
    ResetByServer,
    /// Let through, but no one listens: a SYN, answered by a RST.
    Refused,
    /// Opening packets that are let through and that no one answers.
    Unanswered,
    /// SYN and SYN-ACK, then nothing.
    HalfOpen,
    /// The server's security group refuses it.
    Rejected,
    /// Packets of no connection that our side knows, with these flags: refused.
    Stray(u8),
    /// Not TCP, or TCP of which only the middle is seen: no flags.
    Datagrams,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Volume {
    pub(crate) packets: u64,
    pub(crate) bytes: u64,
}

/// A connection: times in milliseconds since the Unix epoch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Flow {
    pub(crate) client: End,
    pub(crate) server: End,
    pub(crate) client_port: u16,
    pub(crate) server_port: u16,
    pub(crate) protocol: u8,
    pub(crate) start: i64,
    pub(crate) duration: i64,
    /// From client to server.
    pub(crate) up: Volume,
    pub(crate) down: Volume,
    pub(crate) manner: Manner,
    /// The NAT gateway in between, and the port that it gives.
    pub(crate) nat: Option<(usize, u16)>,
    /// Packets come evenly; otherwise in bursts.
    pub(crate) steady: bool,
}

impl Flow {
    /// TCP with an exchange of a few hundred bytes, until other volumes are said.
    pub(crate) fn tcp(random: &mut Random, client: End, server: End, port: u16, at: i64) -> Self {
        Self {
            client,
            server,
            client_port: random.client_port(),
            server_port: port,
            protocol: TCP,
            start: at,
            duration: random.span(20, 400),
            up: Volume::default(),
            down: Volume::default(),
            manner: Manner::Complete,
            nat: None,
            steady: false,
        }
        .carrying(300, 600)
    }

    /// Other protocols than TCP.
    pub(crate) fn datagrams(mut self, protocol: u8) -> Self {
        self.protocol = protocol;
        self.manner = Manner::Datagrams;
        if !matches!(protocol, TCP | UDP) {
            (self.client_port, self.server_port) = (0, 0);
        }
        self
    }

    pub(crate) fn lasting(mut self, millis: i64) -> Self {
        self.duration = millis.max(0);
        self
    }

    /// So much payload; handshake, acknowledgements and retransmissions come on top.
    pub(crate) fn carrying(mut self, up: u64, down: u64) -> Self {
        // One connection in eight loses some packets and sends them again.
        let lost = |packets: u64, salt: u16| match (self.client_port ^ salt) % 8 {
            0 => 1 + packets / 50,
            _ => 0,
        };
        let volume = |sent: u64, received: u64, salt: u16| {
            let segments = sent.div_ceil(1400);
            let again = lost(segments, salt);
            let packets = 3 + segments + received / 2800 + again;
            let resent = again * (sent / segments.max(1));
            Volume {
                packets,
                bytes: sent + resent + packets * HEADERS,
            }
        };
        (self.up, self.down) = (volume(up, down, 0), volume(down, up, 5));
        self
    }

    /// Exactly so many packets and bytes each way.
    pub(crate) fn counting(mut self, up: (u64, u64), down: (u64, u64)) -> Self {
        let volume = |(packets, bytes)| Volume { packets, bytes };
        (self.up, self.down) = (volume(up), volume(down));
        self
    }

    pub(crate) fn by_port(mut self, port: u16) -> Self {
        self.client_port = port;
        self
    }

    pub(crate) fn steadily(mut self) -> Self {
        self.steady = true;
        self
    }

    /// Sets how it goes; what then carries no payload loses it.
    pub(crate) fn going(mut self, manner: Manner) -> Self {
        let syn = 60;
        self.manner = manner;
        match manner {
            Manner::Complete
            | Manner::ResetByClient
            | Manner::ResetByServer
            | Manner::Datagrams => self,
            Manner::Refused => self.counting((1, syn), (1, 40)).lasting(1),
            Manner::HalfOpen => self.counting((1, syn), (3, 3 * syn)).lasting(7_000),
            Manner::Rejected | Manner::Unanswered => {
                // Linux sends a SYN again after 1, 3 and 7 seconds.
                let tries = 1 + u64::from(self.client_port % 4);
                let waited = [0, 1_000, 3_000, 7_000][usize::from(self.client_port % 4)];
                self.counting((tries, tries * syn), (0, 0)).lasting(waited)
            }
            Manner::Stray(_) => self.counting((1, 40), (0, 0)).lasting(0),
        }
    }

    pub(crate) fn end(&self) -> i64 {
        self.start + self.duration
    }
}
