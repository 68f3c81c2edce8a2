//! The whole: from settings to bins.

use flowcover_record::{FileFormat, ObjectKey, TimeBin};
use jiff::Timestamp;

use crate::attack::{self, Stop};
use crate::bin::{BIN, Bin, MINUTE};
use crate::connection::Connection;
use crate::cut::{self, Record, Span};
use crate::habits::Habits;
use crate::hidden::{self, Day, Hidden, Label};
use crate::host::{self, TrafficHost};
use crate::lasting::Lasting;
use crate::line::LineWriter;
use crate::lists::{self, Lists};
use crate::network::{self, Network, Size};
use crate::object::{Object, Totals};
use crate::periodic::Periodic;
use crate::random::Random;
use crate::rhythm::Happenings;
use crate::settings::{self, Settings, SettingsError};
use crate::truth::{self, TrafficConnection};
use crate::{background, steady};

/// Simulated traffic, ready to be written bin by bin.
#[derive(Debug)]
pub struct Traffic {
    settings: Settings,
    flow_log_id: String,
    from: i64,
    network: Network,
    periodic: Periodic,
    habits: Option<Habits>,
    /// Connections that are known from the outset: those that last, and those that are hidden.
    lasting: Lasting,
    stops: Vec<Stop>,
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
        let size = Size::for_records(records).with_interfaces(settings.interfaces);
        let mut network = Network::new(seed, &region, size);
        let is_attack = |hidden: &Hidden| matches!(hidden, Hidden::Attack(..));
        if settings.habits || settings.hidden.iter().any(is_attack) {
            network.add_strangers(seed, attack::KINDS);
        }
        let day = Day { from, seconds };
        let hoard = hidden::hide(seed, &network, day, &settings.hidden);
        let habits = settings.habits.then(|| Habits::new(seed, &network));
        let mut lasting =
            steady::connections(seed, &network, from, seconds, records, !settings.habits);
        lasting.extend(hoard.needles);
        if let Some(habits) = &habits {
            lasting.extend(habits.lasting(&network, from, from + i64::from(seconds)));
        }
        let mut traffic = Self {
            flow_log_id: network::id("fl", &mut Random::stream(seed, &[6])),
            from,
            periodic: Periodic::new(seed, &network, u64::from(seconds), records),
            network,
            habits,
            lasting: Lasting::default(),
            stops: hoard.stops,
            labels: hoard.labels,
            happenings: Happenings {
                from,
                minutes: settings.minutes,
                total: 0,
            },
            writer: LineWriter::new(&settings.format, &settings.layout.account_id, &region),
            settings,
        };
        traffic.happenings.total = traffic.calibrated(&lasting);
        // After that, so that there is as much background with attacks as without.
        lasting.extend(hoard.attacks);
        traffic.lasting = Lasting::new(lasting, from, traffic.bins(), traffic.lead());
        Ok(traffic)
    }

    /// Where things are hidden, in the order of [`Settings::hidden`].
    #[must_use]
    pub fn labels(&self) -> &[Label] {
        &self.labels
    }

    /// The network interfaces of the account. They are the same all the time.
    #[must_use]
    pub fn hosts(&self) -> Vec<TrafficHost> {
        host::hosts(&self.network)
    }

    /// What a user of this network would have on lists of their own. Addresses of bad repute are only known with
    /// [`Settings::habits`] or attacks.
    #[must_use]
    pub fn lists(&self) -> Lists {
        lists::lists(self.settings.seed, &self.network)
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
        self.beginning(from, to, &mut |one| {
            connections.push(truth::of(&self.network, &one))
        });
        let lasting = self.lasting.of_bin(bin);
        let own = lasting.filter(|one| (earliest..to).contains(&one.start));
        connections.extend(own.map(|one| truth::of(&self.network, one)));
        connections
    }

    /// How long before a bin something short may begin that still shows in it.
    fn lead(&self) -> i64 {
        i64::from(self.settings.interval) + MINUTE
    }

    /// How many things must happen by chance so that there are as many records as asked for.
    fn calibrated(&self, lasting: &[Connection]) -> u64 {
        let seconds = self.settings.minutes * 60;
        let span = self.span(self.from, self.from + i64::from(seconds));
        let lasting: u64 = lasting
            .iter()
            .map(|one| cut::count(one, &self.network, span))
            .sum();
        let idle = self.network.of(network::Role::Idle).len() as u64;
        let silent = idle * u64::from(seconds / self.settings.interval);
        let periodic = self.periodic.records(u64::from(seconds));
        let fixed = lasting + silent + periodic + self.habitual(seconds);
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

    /// How many records habits make, about: as on the first day.
    fn habitual(&self, seconds: u32) -> u64 {
        const DAY: u32 = 24 * 3600;
        let Some(habits) = &self.habits else {
            return 0;
        };
        let sampled = seconds.min(DAY);
        let wide = self.span(self.from - BIN, self.from + i64::from(DAY) + 2 * BIN);
        let mut records = 0;
        for minute in 0..i64::from(sampled / 60) {
            habits.in_minute(&self.network, self.from + minute * MINUTE, &mut |one| {
                records += cut::count(&one, &self.network, wide);
            });
        }
        records * u64::from(seconds) / u64::from(sampled)
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
            if let Some(habits) = &self.habits {
                habits.in_minute(&self.network, self.from + minute * MINUTE, emit);
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
        for connection in self.lasting.of_bin(number) {
            if connection.start < span.to && connection.end >= from - lead {
                bin.add(connection);
            }
        }
        bin.add_silence();
        let mut random = Random::stream(self.settings.seed, &[9, u64::from(number)]);
        if random.chance(30) {
            bin.skip(&mut random);
        }
        for stop in &self.stops {
            bin.stop(stop);
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
