//! How much happens when: more by day than by night.

use crate::bin::MINUTE;

/// How much goes on in each hour of the day, in UTC.
const RHYTHM: [u64; 24] = [
    52, 46, 42, 40, 42, 50, 66, 88, 112, 132, 144, 150, 148, 146, 150, 152, 150, 142, 130, 118,
    106, 92, 76, 62,
];

/// How many things happen by chance: over the whole span, by the rhythm of the day.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Happenings {
    pub(crate) from: i64,
    pub(crate) minutes: u32,
    pub(crate) total: u64,
}

impl Happenings {
    /// The sum of the rhythm from the start until `minute` minutes later.
    fn rhythm_until(&self, minute: i64) -> i64 {
        let day: u64 = RHYTHM.iter().sum::<u64>() * 60;
        let since_epoch = |minute: i64| {
            let of_day = minute.rem_euclid(24 * 60) as usize;
            let hours: u64 = RHYTHM[..of_day / 60].iter().sum::<u64>() * 60;
            let rest = RHYTHM[of_day / 60] * (of_day % 60) as u64;
            minute.div_euclid(24 * 60) * day as i64 + (hours + rest) as i64
        };
        let first = self.from.div_euclid(MINUTE);
        since_epoch(first + minute) - since_epoch(first)
    }

    /// How many in that minute, which may be before the start.
    pub(crate) fn in_minute(&self, minute: i64) -> u64 {
        let whole = i128::from(self.rhythm_until(i64::from(self.minutes)).max(1));
        let until = |minute: i64| {
            (i128::from(self.rhythm_until(minute)) * i128::from(self.total)).div_euclid(whole)
        };
        u64::try_from(until(minute + 1) - until(minute)).unwrap_or_default()
    }
}
