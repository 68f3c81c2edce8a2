//! Firehose delivery streams.

use std::collections::BTreeMap;

use crate::inventory::{DeliveryStream, Fact, Located};

use super::super::answer::Answer;
use super::super::gaps::Gaps;
use super::super::kind::Kind;
use super::super::piece::Piece;
use super::{Missing, Store, fact};

pub(super) fn read(
    store: &Store<'_>,
    named: &BTreeMap<String, Located>,
    gaps: &mut Gaps,
) -> BTreeMap<String, Fact<DeliveryStream>> {
    named
        .iter()
        .map(|(arn, located)| {
            let Located {
                account_id,
                region,
                name,
            } = located;
            let kind = Kind::DescribeDeliveryStream;
            let mut files: Vec<&Piece> = store.of(kind).to_vec();
            files.retain(|piece| piece.answer().is_some());
            let refused = store.named(kind, &[name, arn], Some(account_id));
            files.extend(refused.into_iter().filter(|piece| {
                piece.answer().is_none() && piece.region.as_ref().is_none_or(|it| it == region)
            }));
            let stream = |answer: &Answer| match answer {
                Answer::DeliveryStream { arn: found, status } if found == arn => {
                    Some(DeliveryStream {
                        arn: arn.clone(),
                        status: status.clone(),
                    })
                }
                _ => None,
            };
            let missing = Missing {
                kind,
                account_id: Some(account_id),
                region: Some(region),
                resource: arn,
                subject: name,
            };
            (arn.clone(), fact(&files, stream, &missing, gaps))
        })
        .collect()
}
