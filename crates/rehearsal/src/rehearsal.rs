//! The corpus, object by object.

use std::collections::{BTreeMap, VecDeque};

use flowcover_record::{FileFormat, KeyLayout, ObjectKey, TimeBin};
use jiff::Timestamp;

use crate::attack::{self, Campaign, Silence};
use crate::background;
use crate::company::{ACCOUNTS, Company, HOUR, REGION};
use crate::cut::{Row, What, cut};
use crate::flow::Flow;
use crate::label::Labels;
use crate::line;
use crate::random::mix;
use crate::settings::{Settings, SettingsError};

/// One object of a flow log, not compressed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// The key in the bucket: `AWSLogs/…`.
    pub key: String,
    /// A header line, then one record a line.
    pub text: Vec<u8>,
    /// How many records.
    pub records: u64,
}

impl Object {
    /// The object as it lies in the bucket: gzip, the same bytes for the same text.
    #[must_use]
    pub fn gzip(&self) -> Vec<u8> {
        let mut compressor = libdeflater::Compressor::new(
            libdeflater::CompressionLvl::new(1).expect("there is a level 1"),
        );
        let mut bytes = vec![0; compressor.gzip_compress_bound(self.text.len())];
        let length = compressor
            .gzip_compress(&self.text, &mut bytes)
            .expect("the buffer is as long as the bound");
        bytes.truncate(length);
        bytes
    }
}

/// Seconds of one file.
const BIN: i64 = 300;

/// Makes the objects of a rehearsal, one hour of records after the other: what is held does not grow with the span.
#[derive(Debug)]
pub struct Rehearsal {
    settings: Settings,
    company: Company,
    header: Vec<u8>,
    flow_logs: [String; 2],
    campaigns: Vec<Campaign>,
    silences: Vec<Silence>,
    /// Connections that have records in hours to come.
    open: Vec<Flow>,
    /// Rows of files that are not complete, by account and bin.
    bins: BTreeMap<(i64, usize), Vec<Row>>,
    /// For each interface the first window of which it is not yet known whether it had traffic, and
    /// for it and those after it, one bit each, whether they had.
    windows: Vec<(i64, u128)>,
    hour: i64,
    ready: VecDeque<Object>,
}

impl Rehearsal {
    /// Sets everything up.
    ///
    /// # Errors
    /// If a setting is out of its bounds.
    pub fn new(settings: Settings) -> Result<Self, SettingsError> {
        settings.check()?;
        let company = Company::new(&settings);
        let width = settings.window.millis();
        let windows = company.hosts.iter().map(|host| {
            let first = host.born.max(company.from);
            ((first - host.phase).div_euclid(width) + 1, 0)
        });
        let flow_logs = [0, 1].map(|n| format!("fl-0{:016x}", mix(&[settings.seed, 0xf7, n])));
        let (campaigns, silences) = attack::plan(&settings, &company);
        Ok(Self {
            header: (settings.format.log_format().header() + "\n").into_bytes(),
            flow_logs,
            windows: windows.collect(),
            hour: company.from,
            campaigns,
            silences,
            company,
            settings,
            open: Vec::new(),
            bins: BTreeMap::new(),
            ready: VecDeque::new(),
        })
    }

    /// What was done to the company, and the lists that a user of it would have.
    #[must_use]
    pub fn labels(&self) -> Labels {
        Labels::of(&self.settings, &self.company)
    }

    fn next_hour(&mut self) {
        let end = self.hour + HOUR;
        let mut flows = std::mem::take(&mut self.open);
        background::hour(&self.company, self.hour, &mut flows);
        for campaign in &mut self.campaigns {
            campaign.take_until(&self.company, end, &mut flows);
        }
        for flow in &flows {
            self.record(flow);
        }
        flows.retain(|flow| flow.end() >= end);
        self.open = flows;
        self.settle(end);
        self.hour = end;
        // What ends after the span is not delivered yet.
        self.deliver(end / 1000 / BIN);
    }

    fn record(&mut self, flow: &Flow) {
        let hour = self.hour..self.hour + HOUR;
        let (bins, windows) = (&mut self.bins, &mut self.windows);
        let (company, silences) = (&self.company, &self.silences);
        cut(
            company,
            self.settings.window,
            flow,
            hour,
            &mut |index, row| {
                let (first, seen) = &mut windows[row.host];
                if let Ok(bit @ 0..128) = u32::try_from(index - *first) {
                    *seen |= 1 << bit;
                }
                // Where records were skipped, some are missing.
                let is_lost = is_skipped(company, row.host, index) && row.end % 3 == 0;
                if !is_lost && !is_silent(silences, &row) {
                    add(company, bins, row);
                }
            },
        );
    }

    /// Says of each window that is over whether nothing was seen, or not all.
    fn settle(&mut self, until: i64) {
        let width = self.settings.window.millis();
        for (host, (first, seen)) in self.windows.iter_mut().enumerate() {
            let phase = self.company.host(host).phase;
            while phase + (*first + 1) * width <= until {
                let start = phase + *first * width;
                let whats = [
                    (*seen & 1 == 0).then_some(What::NoData),
                    is_skipped(&self.company, host, *first).then_some(What::SkipData),
                ];
                let is_there =
                    self.company.stands(host, start) && self.company.stands(host, start + width);
                for what in whats.into_iter().flatten().filter(|_| is_there) {
                    let row = Row {
                        host,
                        start: start / 1000,
                        end: (start + width) / 1000 - 1,
                        what,
                    };
                    if !is_silent(&self.silences, &row) {
                        add(&self.company, &mut self.bins, row);
                    }
                }
                *first += 1;
                *seen >>= 1;
            }
        }
    }

    /// Makes objects of the bins before this one.
    fn deliver(&mut self, before: i64) {
        let later = self.bins.split_off(&(before, 0));
        for ((bin, account), rows) in std::mem::replace(&mut self.bins, later) {
            let object = self.object(bin, account, rows);
            self.ready.push_back(object);
        }
    }

    fn object(&self, bin: i64, account: usize, mut rows: Vec<Row>) -> Object {
        // AWS writes interface by interface; within one, as windows are closed.
        rows.sort_by_key(|row| (row.host, row.end));
        let mut text = Vec::with_capacity(self.header.len() + rows.len() * 256);
        text.extend_from_slice(&self.header);
        for row in &rows {
            line::write(&self.company, self.settings.format, row, &mut text);
        }
        Object {
            key: self.key(bin, account),
            text,
            records: rows.len() as u64,
        }
    }

    fn key(&self, bin: i64, account: usize) -> String {
        let moment = Timestamp::from_second(bin * BIN).ok();
        let bin_of_key = moment.and_then(TimeBin::containing);
        let hash = mix(&[self.settings.seed, 0x4a, bin.unsigned_abs(), account as u64]);
        ObjectKey {
            layout: KeyLayout {
                prefix: String::new(),
                organization: None,
                account_id: ACCOUNTS[account].to_owned(),
                region: REGION.to_owned(),
                hive: false,
                per_hour: false,
            },
            flow_log_id: self.flow_logs[account].clone(),
            bin: bin_of_key.expect("settings allow the years 1970 to 2110"),
            hash: format!("{:08x}", hash >> 32),
            format: FileFormat::PlainText,
        }
        .to_string()
    }
}

impl Iterator for Rehearsal {
    type Item = Object;

    fn next(&mut self) -> Option<Object> {
        while self.ready.is_empty() && self.hour < self.company.to {
            self.next_hour();
        }
        self.ready.pop_front()
    }
}

fn add(company: &Company, bins: &mut BTreeMap<(i64, usize), Vec<Row>>, row: Row) {
    let account = company.vpcs[company.host(row.host).vpc].account;
    bins.entry((row.end / BIN, account)).or_default().push(row);
}

/// One window of one interface in some thousands: AWS could not keep up.
fn is_skipped(company: &Company, host: usize, window: i64) -> bool {
    mix(&[company.seed, 0x5c, host as u64, window.unsigned_abs()]).is_multiple_of(6000)
}

fn is_silent(silences: &[Silence], row: &Row) -> bool {
    silences.iter().any(|silence| {
        silence.host == row.host && (silence.from..silence.to).contains(&(row.start * 1000))
    })
}
