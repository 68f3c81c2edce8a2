//! What a finding says, in words. Names and ids come from records and inventories: what is made here is not inert, each format makes it so.

use flowcover_detect::{Finding, Measure, Unit};
use jiff::Timestamp;
use jiff::tz::Offset;

use crate::words::{grouped, plural};

/// A moment as RFC 3339 has it; none where it lies beyond what a calendar holds.
pub(crate) fn rfc3339(seconds: i64) -> Option<String> {
    Timestamp::from_second(seconds)
        .ok()
        .map(|time| time.to_string())
}

/// A moment as RFC 3339 has it, or in Unix seconds where that cannot say it.
pub(crate) fn rfc3339_or_seconds(seconds: i64) -> String {
    rfc3339(seconds).unwrap_or_else(|| seconds.to_string())
}

/// `2026-11-20 03:12 – 07:40 UTC (4 h 28 min)`.
pub(crate) fn when(first: i64, last: i64) -> String {
    let (Some(from), Some(to)) = (calendar(first), calendar(last)) else {
        return format!("{} – {} UTC", minute(first), minute(last));
    };
    if from == to {
        return format!("{from} UTC");
    }
    let lasts = duration(last.saturating_sub(first) as f64);
    match (from.split_once(' '), to.split_once(' ')) {
        (Some((day, _)), Some((same, time))) if day == same => {
            format!("{from} – {time} UTC ({lasts})")
        }
        _ => format!("{from} – {to} UTC ({lasts})"),
    }
}

/// `2026-11-20 03:12`, in UTC; the seconds where no calendar has the moment, for records may say anything.
pub(crate) fn minute(seconds: i64) -> String {
    calendar(seconds).unwrap_or_else(|| format!("second {seconds}"))
}

fn calendar(seconds: i64) -> Option<String> {
    let time = Offset::UTC.to_datetime(Timestamp::from_second(seconds).ok()?);
    Some(time.strftime("%Y-%m-%d %H:%M").to_string())
}

/// `10.0.0.5 (web-1) → 192.0.2.7:443 tcp`; none where a finding is about no ends.
pub(crate) fn ends(finding: &Finding) -> Option<String> {
    if finding.client.is_none() && finding.server.is_none() && finding.server_port.is_none() {
        return None;
    }
    let name = |name: &Option<String>| match name {
        Some(name) => format!(" ({name})"),
        None => String::new(),
    };
    let client = match finding.client {
        Some(address) => format!("{address}{}", name(&finding.client_name)),
        None => "many".to_owned(),
    };
    let port = match finding.server_port {
        Some(port) => format!(":{port}"),
        None => String::new(),
    };
    let server = match finding.server.map(flowcover_detect::Address::ip) {
        Some(address) if address.is_ipv6() && !port.is_empty() => {
            format!("[{address}]{port}{}", name(&finding.server_name))
        }
        Some(address) => format!("{address}{port}{}", name(&finding.server_name)),
        None => format!("many{port}"),
    };
    let protocol = match finding.protocol {
        Some(number) => format!(" {}", protocol(number)),
        None => String::new(),
    };
    Some(format!("{client} → {server}{protocol}"))
}

/// The name of a protocol, of those that are common (IANA, "Assigned Internet Protocol Numbers").
pub(crate) fn protocol(number: u8) -> String {
    let name = match number {
        1 => "icmp",
        2 => "igmp",
        4 => "ipv4",
        6 => "tcp",
        17 => "udp",
        41 => "ipv6",
        47 => "gre",
        50 => "esp",
        51 => "ah",
        58 => "ipv6-icmp",
        132 => "sctp",
        other => return format!("protocol {other}"),
    };
    name.to_owned()
}

/// Where it was seen, the closest first, with what each id is.
pub(crate) fn places(finding: &Finding) -> Vec<(&'static str, &str)> {
    let point = &finding.capture_point;
    let places = [
        ("interface", &point.interface_id),
        ("instance", &point.instance_id),
        ("subnet", &point.subnet_id),
        ("VPC", &point.vpc_id),
        ("account", &point.account_id),
    ];
    places
        .into_iter()
        .filter_map(|(what, id)| Some((what, id.as_deref()?)))
        .collect()
}

/// [`places`] in one line.
pub(crate) fn place(finding: &Finding) -> String {
    let places = places(finding).into_iter();
    let named: Vec<String> = places.map(|(what, id)| format!("{what} {id}")).collect();
    named.join(" · ")
}

/// All measures in one line: `ports 250 · flows 300`.
pub(crate) fn measures(finding: &Finding) -> String {
    let measures = finding.measures.iter();
    let said: Vec<String> = measures
        .map(|measure| format!("{} {}", label(measure), amount(measure)))
        .collect();
    said.join(" · ")
}

/// The name of a measure as people read it.
pub(crate) fn label(measure: &Measure) -> String {
    measure.name.replace('_', " ")
}

/// How much, with its unit.
pub(crate) fn amount(measure: &Measure) -> String {
    let value = measure.value;
    if !value.is_finite() {
        return "unknown".to_owned();
    }
    match measure.unit {
        Unit::Count if value >= 0.0 && value.fract() == 0.0 => grouped(value as u64),
        Unit::Count | Unit::Ratio => short(value),
        Unit::Bytes => bytes(value),
        Unit::Seconds => duration(value),
        Unit::Days if value == 1.0 => "1 day".to_owned(),
        Unit::Days => format!("{} days", short(value)),
    }
}

/// At most three digits behind the point.
fn short(value: f64) -> String {
    let text = format!("{value:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// `1.5 GB`: powers of ten, as AWS bills them.
pub(crate) fn bytes(value: f64) -> String {
    let mut rest = value;
    for unit in ["B", "kB", "MB", "GB", "TB"] {
        if rest.abs() < 999.95 {
            let digits = usize::from(unit != "B" && rest.abs() < 99.95);
            return format!("{rest:.digits$} {unit}");
        }
        rest /= 1000.0;
    }
    format!("{rest:.1} PB")
}

/// `42 s`, `12 min`, `4 h 28 min`, `3 days 4 h`.
pub(crate) fn duration(seconds: f64) -> String {
    let whole = seconds.max(0.0).round() as u64;
    let two = |first: u64, of: &str, second: u64, then: &str| {
        if second == 0 {
            format!("{first} {of}")
        } else {
            format!("{first} {of} {second} {then}")
        }
    };
    match whole {
        0..10 => format!("{} s", short(seconds.max(0.0))),
        10..120 => format!("{whole} s"),
        120..3_600 => two(whole / 60, "min", whole % 60, "s"),
        3_600..172_800 => two(whole / 3_600, "h", whole % 3_600 / 60, "min"),
        _ => two(whole / 86_400, "days", whole % 86_400 / 3_600, "h"),
    }
}

/// What follows from a series: `by hour`, `each of 6 hours`.
pub(crate) fn step(hours: u64) -> String {
    match hours {
        1 => "by hour".to_owned(),
        24 => "by day".to_owned(),
        _ if hours.is_multiple_of(24) => format!("each of {}", plural(hours / 24, "day")),
        _ => format!("each of {}", plural(hours, "hour")),
    }
}
