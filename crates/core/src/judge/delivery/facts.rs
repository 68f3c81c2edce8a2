//! What facts prove about delivery, and what they leave open.

use std::borrow::Cow;

use jiff::Timestamp;

/// A fact that proves that a flow log does not deliver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Proof {
    /// `DeliverLogsStatus` is FAILED, or a `DeliverLogsErrorMessage` stands there.
    DeliveryFailed,
    /// The log group, bucket or delivery stream does not exist.
    DestinationGone {
        /// `log group`, `bucket` or `delivery stream`.
        what: &'static str,
    },
    /// The delivery stream takes no records.
    StreamUnusable {
        /// Its `DeliveryStreamStatus`.
        status: String,
    },
    /// The account that owns the destination is closed.
    AccountClosed {
        /// That account.
        account_id: String,
    },
    /// The role does not exist.
    RoleGone,
    /// The trust policy does not let the flow-logs service in.
    RoleNotAssumable {
        /// What the trust policy says.
        decision: String,
        /// The services that it lets in instead.
        trusted: Vec<String>,
    },
    /// The role may not write to the log group.
    RoleLacksPermission {
        /// The actions without which nothing is delivered.
        actions: Vec<&'static str>,
        /// What the policies say.
        decision: String,
    },
    /// The bucket policy does not let the delivery service write.
    BucketRefuses {
        /// What the policy says.
        decision: String,
    },
    /// The key that encrypts the destination does not let the delivering service use it.
    KeyRefuses {
        /// The key, as the bucket or log group names it.
        key: String,
        /// What the key policy says, or the state of the key.
        decision: String,
    },
    /// Nothing arrived lately although interfaces are in use (`--prove`).
    RecordsStale {
        /// Time of the newest record, if there is one.
        at: Option<Timestamp>,
    },
}

impl Proof {
    /// The check that reports it.
    #[must_use]
    pub const fn check(&self) -> &'static str {
        match self {
            Self::DeliveryFailed => "delivery-failing",
            Self::DestinationGone { .. }
            | Self::StreamUnusable { .. }
            | Self::AccountClosed { .. } => "destination-missing",
            Self::RoleGone | Self::RoleNotAssumable { .. } => "role-not-assumable",
            Self::RoleLacksPermission { .. } => "role-lacks-permission",
            Self::BucketRefuses { .. } | Self::KeyRefuses { .. } => "bucket-refuses-delivery",
            Self::RecordsStale { .. } => "records-stale",
        }
    }

    /// In a clause that follows "does not deliver: ".
    #[must_use]
    pub fn clause(&self) -> String {
        match self {
            Self::DeliveryFailed => "AWS reports that delivery fails".to_owned(),
            Self::DestinationGone { what } => format!("its {what} does not exist"),
            Self::StreamUnusable { status } => format!("its delivery stream is {status}"),
            Self::AccountClosed { account_id } => {
                format!("account {account_id}, which owns the destination, is closed")
            }
            Self::RoleGone => "its role does not exist".to_owned(),
            Self::RoleNotAssumable { trusted, .. } if trusted.is_empty() => {
                "the flow-logs service may not assume its role".to_owned()
            }
            Self::RoleNotAssumable { trusted, .. } => format!(
                "its role trusts {}, not the flow-logs service",
                trusted.join(", ")
            ),
            Self::RoleLacksPermission { actions, .. } => {
                format!("its role lacks {}", actions.join(" and "))
            }
            Self::BucketRefuses { .. } => "its bucket refuses the delivery service".to_owned(),
            Self::KeyRefuses { .. } => "the key of its destination refuses delivery".to_owned(),
            Self::RecordsStale { at: Some(at) } => {
                format!("its newest record is of {at} although interfaces are in use")
            }
            Self::RecordsStale { at: None } => {
                "no record of it arrived although interfaces are in use".to_owned()
            }
        }
    }
}

/// A deciding fact that was not read or cannot be told, in a clause.
pub type Doubt = Cow<'static, str>;

/// What the facts say. Without proofs and doubts every deciding fact was read and is good.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// Facts that prove that nothing is delivered.
    pub proofs: Vec<Proof>,
    /// Facts that are not known.
    pub doubts: Vec<Doubt>,
}

impl Facts {
    /// A single proof.
    #[must_use]
    pub fn proof(proof: Proof) -> Self {
        Self {
            proofs: vec![proof],
            doubts: Vec::new(),
        }
    }

    /// A single doubt.
    #[must_use]
    pub fn doubt(doubt: impl Into<Doubt>) -> Self {
        Self {
            proofs: Vec::new(),
            doubts: vec![doubt.into()],
        }
    }

    /// Takes in what other facts say.
    pub fn add(&mut self, other: Self) {
        self.proofs.extend(other.proofs);
        self.doubts.extend(other.doubts);
    }

    /// Takes in a copy of what other facts say.
    pub fn add_copy(&mut self, other: &Self) {
        self.proofs.extend_from_slice(&other.proofs);
        self.doubts.extend_from_slice(&other.doubts);
    }
}
