//! The whole: from settings to bins.

use std::net::IpAddr;

use flowcover_record::{FileFormat, ObjectKey, TimeBin};
use jiff::Timestamp;

use crate::bin::{BIN, Bin, MINUTE};
use crate::connection::Connection;
use crate::cut::{self, Record, Span};
use crate::hidden::{self, Day, Label};
use crate::line::LineWriter;
use crate::network::{self, Network, Size};
use crate::object::{Object, Totals};
use crate::periodic::Periodic;
use crate::random::Random;
use crate::rhythm::Happenings;
use crate::settings::{self, Settings, SettingsError};
use crate::{background, steady};

/// One connection as it really was, whatever records say of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TrafficConnection {
    /// Who opened it: never a NAT gateway.
    pub client: IpAddr,
    /// The client's port, at its own interface.
    pub client_port: u16,
    /// Who was called.
    pub server: IpAddr,
    /// The server's port.
    pub server_port: u16,
    /// IANA's number.
    pub protocol: u8,
    /// Seconds since the Unix epoch of the first packet.
    pub start: i64,
    /// Seconds since the Unix epoch of the last packet.
    pub end: i64,
    /// What the client sent.
    pub packets_to_server: u64,
    /// What the client sent.
    pub bytes_to_server: u64,
    /// What the server sent.
    pub packets_to_client: u64,
    /// What the server sent.
    pub bytes_to_client: u64,
    /// Whether a security group refused it.
    pub rejected: bool,
    /// How many interfaces of ours saw it; a NAT gateway sees it twice.
    pub sightings: usize,
}

/// Simulated traffic, ready to be written bin by bin.
#[derive(Debug)]
pub struct Traffic {
    settings: Settings,
    flow_log_id: String,
    from: i64,
    network: Network,
    periodic: Periodic,
    /// Connections that are known from the outset: those that last, and those that are hidden.
    lasting: Vec<Connection>,
    labels: Vec<Label>,
    /// How much background there is.
    happenings: Happenings,
    writer: LineWriter,
}

impl Traffic {
    /// Makes the network, and all that is known from the outset.
    ///
    /// # Errors
    /// If the settings are out of range.
    pub fn new(mut settings: Settings) -> Result<Self, SettingsError> {
        settings::check(&settings)?;
        settings.minutes = settings.minutes.div_ceil(5) * 5;
        let from = settings.start.as_second();
        let seconds = settings.minutes * 60;
        let (seed, records) = (settings.seed, settings.records);
        let region = settings.layout.region.clone();
        let network = Network::new(seed, &region, Size::for_records(records));
        let periodic = Periodic::new(seed, &network, u64::from(seconds), records);
        let mut lasting = steady::connections(seed, &network, from, seconds, records);
        let day = Day { from, seconds };
        let (hidden, labels) = hidden::hide(seed, &network, day, &settings.hidden);
        lasting.extend(hidden);
        let writer = LineWriter::new(&settings.format, &settings.layout.account_id, &region);
        let mut traffic = Self {
            flow_log_id: network::id("fl", &mut Random::stream(seed, &[6])),
            from,
            network,
            periodic,
            lasting,
            labels,
            happenings: Happenings {
                from,
                minutes: settings.minutes,
                total: 0,
            },
            writer,
            settings,
        };
        traffic.happenings.total = traffic.calibrated();
        Ok(traffic)
    }

    /// Where things are hidden, in the order of [`Settings::hidden`].
    #[must_use]
    pub fn labels(&self) -> &[Label] {
        &self.labels
    }

    /// The flow log that recorded all this.
    #[must_use]
    pub fn flow_log_id(&self) -> &str {
        &self.flow_log_id
    }

    /// How many bins of five minutes there are.
    #[must_use]
    pub fn bins(&self) -> u32 {
        self.settings.minutes / 5
    }

    /// The objects of the bin of that number, from 0 on. Empty beyond the last.
    #[must_use]
    pub fn bin(&self, number: u32) -> Vec<Object> {
        if number >= self.bins() {
            return Vec::new();
        }
        let records = self.records(number);
        let parts = records.len().div_ceil(self.settings.records_per_object);
        let size = records.len().div_ceil(parts.max(1)).max(1);
        records
            .chunks(size)
            .zip(0..)
            .map(|(records, part)| self.object(number, part, records))
            .collect()
    }

    /// The connections that begin in that bin, as they really were: the truth for what is worked out from records. The
    /// first bin has also those that began before it.
    #[must_use]
    pub fn connections(&self, bin: u32) -> Vec<TrafficConnection> {
        let mut connections = Vec::new();
        if bin >= self.bins() {
            return connections;
        }
        let to = self.from + i64::from(bin + 1) * BIN;
        let (from, earliest) = if bin == 0 {
            (self.from - self.lead(), i64::MIN)
        } else {
            (to - BIN, to - BIN)
        };
        self.beginning(from, to, &mut |one| connections.push(self.truth(&one)));
        let lasting = self.lasting.iter();
        let own = lasting.filter(|one| (earliest..to).contains(&one.start));
        connections.extend(own.map(|one| self.truth(one)));
        connections
    }

    /// How long before a bin something short may begin that still shows in it.
    fn lead(&self) -> i64 {
        i64::from(self.settings.interval) + MINUTE
    }

    fn truth(&self, connection: &Connection) -> TrafficConnection {
        let (client, server) = connection.ends();
        let (there, back) = (connection.to_server, connection.to_client);
        TrafficConnection {
            client: self.network.host(client.host).address,
            client_port: client.port,
            server: self.network.host(server.host).address,
            server_port: server.port,
            protocol: connection.protocol,
            start: connection.start,
            end: connection.end,
            packets_to_server: there.packets,
            bytes_to_server: there.bytes,
            packets_to_client: back.packets,
            bytes_to_client: back.bytes,
            rejected: connection.is_rejected(),
            sightings: connection.legs().len(),
        }
    }

    /// How many things must happen by chance so that there are as many records as asked for.
    fn calibrated(&self) -> u64 {
        let seconds = self.settings.minutes * 60;
        let span = self.span(self.from, self.from + i64::from(seconds));
        let lasting: u64 = self
            .lasting
            .iter()
            .map(|one| cut::count(one, &self.network, span))
            .sum();
        let idle = self.network.of(network::Role::Idle).len() as u64;
        let silent = idle * u64::from(seconds / self.settings.interval);
        let fixed = lasting + silent + self.periodic.records(u64::from(seconds));
        const SAMPLE: u64 = 20_000;
        let mut random = Random::stream(self.settings.seed, &[7]);
        let mut sampled = 0;
        let wide = self.span(self.from - 2 * BIN, self.from + 2 * BIN);
        for _ in 0..SAMPLE {
            background::happen(&self.network, &mut random, self.from, &mut |one| {
                sampled += cut::count(&one, &self.network, wide);
            });
        }
        self.settings.records.saturating_sub(fixed) * SAMPLE / sampled.max(1)
    }

    fn span(&self, from: i64, to: i64) -> Span {
        Span {
            from,
            to,
            interval: i64::from(self.settings.interval),
        }
    }

    /// The short connections that begin from `from` on, before `to`; both at full minutes.
    fn beginning(&self, from: i64, to: i64, emit: &mut impl FnMut(Connection)) {
        for minute in (from - self.from) / MINUTE..(to - self.from) / MINUTE {
            let mut random = Random::stream(self.settings.seed, &[8, minute as u64]);
            for _ in 0..self.happenings.in_minute(minute) {
                let at = self.from + minute * MINUTE;
                background::happen(&self.network, &mut random, at, emit);
            }
        }
        self.periodic.between(&self.network, from, to, emit);
    }

    /// The rows of a bin in their order: by the minute of their end, then by interface, as AWS collects them.
    fn records(&self, number: u32) -> Vec<Record> {
        let from = self.from + i64::from(number) * BIN;
        let span = self.span(from, from + BIN);
        let mut bin = Bin::new(span, &self.network);
        // What began before may end within, or show that an interface was not silent.
        let lead = self.lead();
        self.beginning(from - lead, span.to, &mut |one| bin.add(&one));
        for connection in &self.lasting {
            if connection.start < span.to && connection.end >= from - lead {
                bin.add(connection);
            }
        }
        bin.add_silence();
        let mut random = Random::stream(self.settings.seed, &[9, u64::from(number)]);
        if random.chance(30) {
            bin.skip(&mut random);
        }
        bin.sorted(&mut random)
    }

    fn object(&self, number: u32, part: u64, records: &[Record]) -> Object {
        let mut text = self.settings.format.header().into_bytes();
        text.push(b'\n');
        text.reserve(records.len() * 128);
        let mut totals = Totals::default();
        for record in records {
            self.writer.write(record, &self.network, &mut text);
            totals.count(record);
        }
        let name = &[10, u64::from(number), part];
        let hash = Random::stream(self.settings.seed, name).next() >> 32;
        let moment = Timestamp::from_second(self.from + i64::from(number) * BIN).ok();
        let key = ObjectKey {
            layout: self.settings.layout.clone(),
            flow_log_id: self.flow_log_id.clone(),
            bin: moment
                .and_then(TimeBin::containing)
                .expect("the settings were checked: it is before 2101"),
            hash: format!("{hash:08x}"),
            format: FileFormat::PlainText,
        };
        Object { key, text, totals }
    }
}
