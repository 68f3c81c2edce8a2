//! One instance of an attack: connections one after the other, made as they are needed.

use std::fmt;

use crate::attack::Technique;
use crate::company::{Company, DAY, HOUR};
use crate::flow::Flow;
use crate::random::Random;
use crate::settings::Variant;

/// What is known when the next connection is made.
pub(crate) struct Turn<'a> {
    pub(crate) company: &'a Company,
    pub(crate) random: &'a mut Random,
    /// How many connections there were before.
    pub(crate) step: u32,
    /// When it begins, in milliseconds.
    pub(crate) at: i64,
}

type Script = Box<dyn FnMut(&mut Turn<'_>) -> Flow + Send>;

/// How connections follow each other.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pace {
    /// At most so many.
    pub(crate) steps: u32,
    /// None begins after this.
    pub(crate) until: i64,
    /// From one beginning to the next, in milliseconds: least and most.
    pub(crate) gap: (i64, i64),
    /// Only while people work.
    pub(crate) office: bool,
}

pub(crate) struct Campaign {
    pub(crate) technique: Technique,
    pub(crate) variant: Variant,
    /// Whose interface the label names.
    pub(crate) host: usize,
    random: Random,
    script: Script,
    pace: Pace,
    at: i64,
    step: u32,
}

impl fmt::Debug for Campaign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Campaign")
            .field("technique", &self.technique)
            .field("variant", &self.variant)
            .field("host", &self.host)
            .field("step", &self.step)
            .finish_non_exhaustive()
    }
}

impl Campaign {
    pub(crate) fn new(
        (technique, variant): (Technique, Variant),
        host: usize,
        mut random: Random,
        start: i64,
        pace: Pace,
        script: impl FnMut(&mut Turn<'_>) -> Flow + Send + 'static,
    ) -> Self {
        let at = if pace.office {
            at_work(&mut random, start)
        } else {
            start
        };
        Self {
            technique,
            variant,
            host,
            random,
            script: Box::new(script),
            // One is always made, else there would be nothing to find.
            pace: Pace {
                until: pace.until.max(at + 1),
                ..pace
            },
            at,
            step: 0,
        }
    }

    /// Adds the connections that begin before that moment and before the span ends.
    pub(crate) fn take_until(&mut self, company: &Company, moment: i64, flows: &mut Vec<Flow>) {
        let end = moment.min(company.to).min(self.pace.until);
        while self.at < end && self.step < self.pace.steps {
            let mut turn = Turn {
                company,
                random: &mut self.random,
                step: self.step,
                at: self.at,
            };
            flows.push((self.script)(&mut turn));
            self.step += 1;
            self.at += self.random.span(self.pace.gap.0, self.pace.gap.1);
            if self.pace.office {
                self.at = at_work(&mut self.random, self.at);
            }
        }
    }
}

/// That moment, or some time in the next morning of a working day.
pub(super) fn at_work(random: &mut Random, at: i64) -> i64 {
    let works = |at: i64| {
        let (day, hour) = (at.div_euclid(DAY), at.rem_euclid(DAY) / HOUR);
        (day + 3).rem_euclid(7) < 5 && (8..17).contains(&hour)
    };
    if works(at) {
        return at;
    }
    let mut next = at - at.rem_euclid(HOUR);
    while !works(next) {
        next += HOUR;
    }
    next + random.span(0, HOUR - 1)
}
