//! Which calls meet which fault.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::answer::{Fault, Reply};
use super::bucket::Buckets;
use super::call::Call;
use super::lock;

/// What happens to the calls that a rule matches. Rules apply in the order they were
/// added: a delay, page splitting or a granted token goes on to the next rule, anything else ends it.
#[derive(Debug)]
enum Effect {
    Throttle(Mutex<Buckets>),
    Fault(Fault),
    Answer(Reply),
    Delay(Duration),
    Hang,
    Drop,
    Lose(Option<Fault>),
    SplitPages(usize),
}

/// Calls, and what happens to them: `Rule::on("ec2:Describe*").region("eu-west-1").deny()`.
#[derive(Debug)]
pub struct Rule {
    pattern: String,
    region: Option<String>,
    account: Option<String>,
    after: u64,
    times: u64,
    seen: AtomicU64,
    effect: Effect,
}

/// The calls of a rule whose effect has still to be named.
#[derive(Clone, Debug)]
pub struct On {
    pattern: String,
    region: Option<String>,
    account: Option<String>,
    after: u64,
    times: u64,
}

/// What the proxy has to do for one call, rules applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Nothing ends here; go on to the next rule.
    Continue,
    Wait(Duration),
    Split(usize),
    Fault(Fault),
    Answer(Reply),
    Hang,
    Drop,
    /// The emulator acts; its answer is lost, or replaced by that fault.
    Lose(Option<Fault>),
}

impl Rule {
    /// Calls by `service:Action`, where `*` stands for any text.
    #[must_use]
    pub fn on(pattern: &str) -> On {
        On {
            pattern: pattern.to_owned(),
            region: None,
            account: None,
            after: 0,
            times: u64::MAX,
        }
    }

    pub(super) fn apply(&self, call: &Call) -> Verdict {
        if !self.matches(call) || !self.is_due() {
            return Verdict::Continue;
        }
        match &self.effect {
            Effect::Throttle(buckets) => {
                if lock(buckets).take(call) {
                    Verdict::Continue
                } else {
                    Verdict::Fault(Fault::Throttled)
                }
            }
            Effect::Fault(fault) => Verdict::Fault(*fault),
            Effect::Answer(reply) => Verdict::Answer(reply.clone()),
            Effect::Delay(time) => Verdict::Wait(*time),
            Effect::Hang => Verdict::Hang,
            Effect::Drop => Verdict::Drop,
            Effect::Lose(fault) => Verdict::Lose(*fault),
            Effect::SplitPages(size) => Verdict::Split(*size),
        }
    }

    fn matches(&self, call: &Call) -> bool {
        let is =
            |wanted: &Option<String>, value: &str| wanted.as_deref().is_none_or(|it| it == value);
        is(&self.region, &call.region)
            && is(&self.account, &call.account)
            && glob(&self.pattern, &call.to_string())
    }

    fn is_due(&self) -> bool {
        let number = self.seen.fetch_add(1, Ordering::Relaxed);
        number >= self.after && number - self.after < self.times
    }
}

impl On {
    /// Only calls signed for this region.
    #[must_use]
    pub fn region(mut self, region: &str) -> Self {
        self.region = Some(region.to_owned());
        self
    }

    /// Only calls of this account.
    #[must_use]
    pub fn account(mut self, account: &str) -> Self {
        self.account = Some(account.to_owned());
        self
    }

    /// Let this many matching calls pass first.
    #[must_use]
    pub fn after(mut self, calls: u64) -> Self {
        self.after = calls;
        self
    }

    /// Stop after this many calls have met the effect.
    #[must_use]
    pub fn times(mut self, calls: u64) -> Self {
        self.times = calls;
        self
    }

    /// A token bucket per account, region and action, as EC2 has: it starts empty, holds
    /// `capacity` tokens and gains `per_second`. Without a token: the service's throttling error.
    #[must_use]
    pub fn throttle(self, capacity: f64, per_second: f64) -> Rule {
        let buckets = Buckets::new(capacity, per_second);
        self.with(Effect::Throttle(Mutex::new(buckets)))
    }

    /// The service's access-denied error.
    #[must_use]
    pub fn deny(self) -> Rule {
        self.with(Effect::Fault(Fault::Denied))
    }

    /// The service's expired-credentials error.
    #[must_use]
    pub fn expire(self) -> Rule {
        self.with(Effect::Fault(Fault::Expired))
    }

    /// The service's internal error, HTTP status 500.
    #[must_use]
    pub fn fail(self) -> Rule {
        self.with(Effect::Fault(Fault::Internal))
    }

    /// An answer word for word, for example one that is cut short.
    #[must_use]
    pub fn answer(self, reply: Reply) -> Rule {
        self.with(Effect::Answer(reply))
    }

    /// Waits before the call goes on.
    #[must_use]
    pub fn delay(self, time: Duration) -> Rule {
        self.with(Effect::Delay(time))
    }

    /// Takes the request and never answers.
    #[must_use]
    pub fn hang(self) -> Rule {
        self.with(Effect::Hang)
    }

    /// Takes the request and closes the connection.
    #[must_use]
    pub fn disconnect(self) -> Rule {
        self.with(Effect::Drop)
    }

    /// Lets the emulator act, and closes the connection instead of handing its answer on.
    #[must_use]
    pub fn lose_answer(self) -> Rule {
        self.with(Effect::Lose(None))
    }

    /// Lets the emulator act, and answers with the service's internal error, HTTP status 500.
    #[must_use]
    pub fn fail_after_acting(self) -> Rule {
        self.with(Effect::Lose(Some(Fault::Internal)))
    }

    /// Gives lists in pages of at most `size` items, each but the last with a token.
    /// A page of zero items is followed by all of them. For EC2 describes, and for JSON lists
    /// whose token field is `NextToken` or `nextToken`.
    #[must_use]
    pub fn split_pages(self, size: usize) -> Rule {
        self.with(Effect::SplitPages(size))
    }

    fn with(self, effect: Effect) -> Rule {
        Rule {
            pattern: self.pattern,
            region: self.region,
            account: self.account,
            after: self.after,
            times: self.times,
            seen: AtomicU64::new(0),
            effect,
        }
    }
}

/// Whether the text fits the pattern, in which `*` stands for any text.
pub(super) fn glob(pattern: &str, text: &str) -> bool {
    let Some((before, rest)) = pattern.split_once('*') else {
        return pattern == text;
    };
    let Some(tail) = text.strip_prefix(before) else {
        return false;
    };
    let mut starts = (0..=tail.len()).filter(|at| tail.is_char_boundary(*at));
    starts.any(|at| glob(rest, &tail[at..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(action: &str, region: &str, account: &str) -> Call {
        Call {
            service: "ec2".to_owned(),
            action: action.to_owned(),
            region: region.to_owned(),
            account: account.to_owned(),
        }
    }

    #[test]
    fn patterns_match_with_stars_only() {
        for (pattern, text, fits) in [
            ("*", "ec2:DescribeVpcs", true),
            ("ec2:*", "ec2:DescribeVpcs", true),
            ("ec2:Describe*s", "ec2:DescribeVpcs", true),
            ("*Vpc*", "ec2:DescribeVpcs", true),
            ("ec2:DescribeVpc", "ec2:DescribeVpcs", false),
            ("logs:*", "ec2:DescribeVpcs", false),
            ("ec2:?escribeVpcs", "ec2:DescribeVpcs", false),
            ("", "", true),
        ] {
            assert_eq!(glob(pattern, text), fits, "{pattern} {text}");
        }
    }

    #[test]
    fn region_and_account_narrow_a_rule() {
        let rule = Rule::on("ec2:*").region("eu-west-1").account("1").deny();
        let hit = Verdict::Fault(Fault::Denied);
        assert_eq!(rule.apply(&call("DescribeVpcs", "eu-west-1", "1")), hit);
        for other in [call("X", "us-east-1", "1"), call("X", "eu-west-1", "2")] {
            assert_eq!(rule.apply(&other), Verdict::Continue);
        }
    }

    #[test]
    fn after_and_times_count_matching_calls() {
        let rule = Rule::on("ec2:A").after(1).times(2).hang();
        let hits = |action: &str| rule.apply(&call(action, "", "")) == Verdict::Hang;
        let seen: Vec<bool> = ["A", "B", "A", "B", "A", "A"].map(hits).to_vec();
        assert_eq!(seen, [false, false, true, false, true, false]);
    }
}
