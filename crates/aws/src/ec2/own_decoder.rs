//! Puts our own decoder in the place of the SDK's for the answers that can be large.
//!
//! Nothing else changes: signing, errors and limits remain the SDK's, and so does decoding where ours does not
//! understand an answer. Then the call takes longer, but says the same. Only a value that flowcover does not need may be
//! wrong without the SDK hearing of it.

use std::fmt::Debug;
use std::sync::{Arc, Mutex, PoisonError};

use aws_sdk_ec2::operation as sdk;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::{
    BeforeSerializationInterceptorContextRef, Error, Output,
};
use aws_smithy_runtime_api::client::interceptors::{Intercept, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::orchestrator::{HttpResponse, OrchestratorError};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_runtime_api::client::runtime_plugin::RuntimePlugin;
use aws_smithy_runtime_api::client::ser_de::{DeserializeResponse, SharedResponseDeserializer};
use aws_smithy_types::config_bag::ConfigBag;
use flowcover_cloud::Page;
use flowcover_core::inventory::{FlowLog, NetworkInterface, Subnet, Vpc};

use super::rows::{self, InterfaceRow, Row};
use crate::convert::page;

/// A row of a listing for which this is worth it.
pub(super) trait Listed: From<Self::Row> + Debug + Send + Sync + 'static {
    /// What it is while it is read.
    type Row: Row;
    /// Name of the answer's root element.
    const ROOT: &'static str;
    /// Name of the element that holds the items.
    const SET: &'static str;

    /// What the SDK makes of an answer with this token and without items.
    fn output(next_token: Option<String>) -> Output;

    /// The SDK's operation, which knows how to decode all of it.
    fn operation() -> impl RuntimePlugin;
}

macro_rules! listed {
    ($($item:ty as $row:ty: $module:ident, $operation:ident, $output:ident, $root:literal / $set:literal;)+) => {
        $(impl Listed for $item {
            type Row = $row;
            const ROOT: &'static str = $root;
            const SET: &'static str = $set;

            fn output(next_token: Option<String>) -> Output {
                let output = sdk::$module::$output::builder().set_next_token(next_token);
                Output::erase(output.build())
            }

            fn operation() -> impl RuntimePlugin {
                sdk::$module::$operation::new()
            }
        })+
    };
}

listed! {
    Vpc as Self: describe_vpcs, DescribeVpcs, DescribeVpcsOutput, "DescribeVpcsResponse" / "vpcSet";
    FlowLog as Self: describe_flow_logs, DescribeFlowLogs, DescribeFlowLogsOutput, "DescribeFlowLogsResponse" / "flowLogSet";
    Subnet as Self: describe_subnets, DescribeSubnets, DescribeSubnetsOutput, "DescribeSubnetsResponse" / "subnetSet";
    NetworkInterface as InterfaceRow: describe_network_interfaces, DescribeNetworkInterfaces, DescribeNetworkInterfacesOutput,
        "DescribeNetworkInterfacesResponse" / "networkInterfaceSet";
}

/// Decodes the answer of one call, as an interceptor of that call.
#[derive(Debug)]
pub(super) struct OwnDecoder<T>(Arc<Mutex<Option<Vec<T>>>>);

impl<T> Default for OwnDecoder<T> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<T> Clone for OwnDecoder<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T: Listed> OwnDecoder<T> {
    /// The page of a call that has ended: what was decoded here, else what the SDK decoded.
    pub(super) fn page<S>(
        &self,
        items: Option<Vec<S>>,
        convert: impl FnMut(S) -> T,
        next_token: Option<String>,
    ) -> Page<T> {
        match self.rows().take() {
            Some(rows) => page(rows, |row| row, next_token),
            None => page(items.unwrap_or_default(), convert, next_token),
        }
    }

    fn rows(&self) -> std::sync::MutexGuard<'_, Option<Vec<T>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[dyn_dispatch_hint]
impl<T: Listed> Intercept for OwnDecoder<T> {
    fn name(&self) -> &'static str {
        "OwnDecoder"
    }

    fn read_before_serialization(
        &self,
        _: &BeforeSerializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let decoder = SharedResponseDeserializer::new(self.clone());
        config.interceptor_state().store_put(decoder);
        Ok(())
    }
}

impl<T: Listed> DeserializeResponse for OwnDecoder<T> {
    fn deserialize_nonstreaming_with_config(
        &self,
        response: &HttpResponse,
        config: &ConfigBag,
    ) -> Result<Output, OrchestratorError<Error>> {
        if response.status().as_u16() == 200
            && let Some(body) = response.body().bytes()
            && let Ok(page) = rows::read::<T::Row>(body, T::ROOT, T::SET)
        {
            *self.rows() = Some(page.items.into_iter().map(T::from).collect());
            return Ok(T::output(page.next_token));
        }
        by_the_sdk(&T::operation(), response, config)
    }
}

fn by_the_sdk(
    operation: &impl RuntimePlugin,
    response: &HttpResponse,
    config: &ConfigBag,
) -> Result<Output, OrchestratorError<Error>> {
    let layer = operation.config();
    let decoder = layer
        .as_ref()
        .and_then(|layer| layer.load::<SharedResponseDeserializer>());
    let decoder = decoder.ok_or_else(|| OrchestratorError::other("the SDK has no decoder"))?;
    decoder.deserialize_nonstreaming_with_config(response, config)
}

#[cfg(test)]
#[path = "own_decoder_tests.rs"]
mod tests;
