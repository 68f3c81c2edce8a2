//! The only crate that names an AWS SDK: answers the vocabulary of `flowcover-cloud` with AWS calls.
//!
//! It is thin on purpose. One call is one HTTP request: the SDK neither retries nor pages here, for
//! budgets, retries and paging are wrapped around [`AwsCloud`] by whoever uses it. What AWS answers
//! becomes flowcover's own types, what it refuses a [`CloudError`](flowcover_cloud::CloudError).

mod client;
mod config;
mod convert;
mod credentials;
mod ec2;
mod environment;
mod error;
mod firehose;
mod http;
mod iam;
mod kms;
mod logs;
mod organizations;
mod s3;
mod session;
mod settings;
mod sts;
mod whole;
mod xml;

#[cfg(test)]
mod footprint_tests;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod wire_tests;

pub use client::AwsCloud;
pub use settings::Settings;
