//! [`AwsCloud`]: from a request to the service that answers it.

use std::collections::HashMap;
use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, PoisonError, RwLock};

use flowcover_cloud::{
    Answer, AssumeRole, CallerIdentity, Cloud, CloudError, Entry, ErrorKind, Request, Scope,
};
use tokio::sync::Mutex;
use tokio::task::JoinSet;

use crate::credentials::{Renewing, Source};
use crate::environment::Environment;
use crate::session::Session;
use crate::settings::Settings;
use crate::sts::RoleToAssume;

/// Answers with AWS calls.
///
/// Neither retries nor pages; holds one pool of connections for all, and the configuration,
/// credentials and clients of each [`Entry`]. Its debug output shows no credentials.
pub struct AwsCloud {
    environment: Environment,
    default_region: Option<String>,
    sessions: RwLock<HashMap<Entry, Arc<Session>>>,
    /// Held while the configuration of an entry is read, so that it is read once.
    loading: Mutex<()>,
}

impl AwsCloud {
    /// Prepares the way to AWS. Makes no call, and asks for no credentials yet.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Credentials`] if `AWS_CA_BUNDLE` names a file that cannot be used.
    pub async fn connect(settings: Settings) -> Result<Self, CloudError> {
        let environment = Environment::new(settings)?;
        let default_region = environment.default_region().await;
        Ok(Self::new(environment, default_region))
    }

    fn new(environment: Environment, default_region: Option<String>) -> Self {
        Self {
            environment,
            default_region,
            sessions: RwLock::default(),
            loading: Mutex::default(),
        }
    }

    /// Region of the settings, else of `AWS_REGION` or `AWS_DEFAULT_REGION`, else of the profile.
    #[must_use]
    pub fn default_region(&self) -> Option<&str> {
        self.default_region.as_deref()
    }

    /// Region that the configuration file gives a profile, whatever the environment says.
    pub async fn profile_region(&self, profile: &str) -> Option<String> {
        self.environment.profile_region(profile).await
    }

    async fn answer(&self, scope: &Scope, request: Request) -> Result<Answer, CloudError> {
        if let Request::AssumeRole(request) = request {
            return self
                .assume_role(scope, request)
                .await
                .map(Answer::AssumeRole);
        }
        let session = self.session(&scope.entry).await?;
        // Before the call of the SDK, whose timeouts are not meant for sign-on services.
        session.credentials().ready().await?;
        let region = scope.region.clone();
        on_its_own(async move { answer(&session, &region, request).await }).await
    }

    async fn assume_role(
        &self,
        scope: &Scope,
        request: AssumeRole,
    ) -> Result<CallerIdentity, CloudError> {
        let Some(entry @ Entry::Role { .. }) = request.entry else {
            return Err(CloudError::new(
                ErrorKind::Service,
                "InvalidEntry",
                "only a role can be assumed",
            ));
        };
        let Entry::Role {
            via,
            role_arn,
            external_id,
        } = entry.clone()
        else {
            unreachable!("matched above");
        };
        let via = self.session(&via).await?;
        let role = RoleToAssume {
            client: via.sts(&scope.region),
            via: via.credentials().clone(),
            role_arn,
            external_id,
        };
        let (identity, credentials) = role.assume().await?;
        let session = self.known(&entry).unwrap_or_else(|| {
            let credentials = Renewing::new(Source::Role(role));
            self.remember(entry, Session::new(via.sdk_config(), credentials))
        });
        session.credentials().keep(credentials);
        Ok(identity)
    }

    /// The session of an entry; that of a profile, or of the caller, is made on first use.
    async fn session(&self, entry: &Entry) -> Result<Arc<Session>, CloudError> {
        if let Some(session) = self.known(entry) {
            return Ok(session);
        }
        let profile = match entry {
            Entry::Caller => None,
            Entry::Profile(name) => Some(name.as_str()),
            Entry::Role { role_arn, .. } => {
                return Err(CloudError::new(
                    ErrorKind::Credentials,
                    "RoleNotAssumed",
                    format!("{role_arn} has not been assumed"),
                ));
            }
        };
        let _loading = self.loading.lock().await;
        if let Some(session) = self.known(entry) {
            return Ok(session);
        }
        let session = self.environment.session(profile).await;
        Ok(self.remember(entry.clone(), session))
    }

    /// An implementation whose caller has this session, whatever the environment says.
    #[cfg(test)]
    pub(crate) fn with_caller(session: Session) -> Self {
        let environment = Environment::new(Settings::default()).expect("no CA bundle in tests");
        let cloud = Self::new(environment, None);
        cloud.remember(Entry::Caller, session);
        cloud
    }

    fn known(&self, entry: &Entry) -> Option<Arc<Session>> {
        let sessions = self.sessions.read().unwrap_or_else(PoisonError::into_inner);
        sessions.get(entry).cloned()
    }

    fn remember(&self, entry: Entry, session: Session) -> Arc<Session> {
        let mut sessions = self
            .sessions
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        sessions.entry(entry).or_insert(Arc::new(session)).clone()
    }
}

/// Makes a call as a task of its own, which ends with this future.
///
/// Answers can be long, and whoever makes many calls waits for them in one task: understanding
/// them there would keep one core busy and leave the others idle.
async fn on_its_own(
    call: impl Future<Output = Result<Answer, CloudError>> + Send + 'static,
) -> Result<Answer, CloudError> {
    // Dropping a set ends what it holds.
    let mut tasks = JoinSet::new();
    tasks.spawn(call);
    match tasks.join_next().await {
        Some(Ok(answer)) => answer,
        Some(Err(error)) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => Err(interrupted()),
        },
        None => Err(interrupted()),
    }
}

/// Tasks end before their time only when the runtime does.
fn interrupted() -> CloudError {
    CloudError::new(ErrorKind::Interrupted, "Interrupted", "the run is over")
}

impl Cloud for AwsCloud {
    fn call<'a>(
        &'a self,
        scope: &'a Scope,
        request: Request,
    ) -> Pin<Box<dyn Future<Output = Result<Answer, CloudError>> + Send + 'a>> {
        Box::pin(self.answer(scope, request))
    }

    fn prepare<'a>(
        &'a self,
        scope: &'a Scope,
    ) -> Pin<Box<dyn Future<Output = Result<(), CloudError>> + Send + 'a>> {
        Box::pin(async {
            let session = self.session(&scope.entry).await?;
            session.credentials().ready().await.map(drop)
        })
    }
}

impl fmt::Debug for AwsCloud {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AwsCloud")
            .field("default_region", &self.default_region)
            .finish_non_exhaustive()
    }
}

/// Makes the function that hands each request to its service: `service { Request => function }`.
macro_rules! answers {
    ($($service:ident { $($variant:ident => $function:ident),+ $(,)? })+) => {
        async fn answer(
            session: &Session,
            region: &Arc<str>,
            request: Request,
        ) -> Result<Answer, CloudError> {
            match request {
                $($(Request::$variant(request) => {
                    let client = session.$service(region);
                    // In a box of its own: the futures of the SDK are large, and the largest would count for all.
                    Box::pin(crate::$service::$function(&client, request))
                        .await
                        .map(Answer::$variant)
                })+)+
                Request::AssumeRole(_) => Err(CloudError::new(
                    ErrorKind::Service,
                    "InvalidRequest",
                    "a role is assumed before it has a session",
                )),
            }
        }
    };
}

answers! {
    sts { GetCallerIdentity => get_caller_identity }
    organizations {
        DescribeOrganization => describe_organization,
        ListAccounts => list_accounts,
        ListRoots => list_roots,
        ListOrganizationalUnitsForParent => list_organizational_units_for_parent,
        ListAccountsForParent => list_accounts_for_parent,
        ListPoliciesForTarget => list_policies_for_target,
        DescribePolicy => describe_policy,
    }
    ec2 {
        DescribeRegions => describe_regions,
        DescribeVpcs => describe_vpcs,
        DescribeFlowLogs => describe_flow_logs,
        DescribeSubnets => describe_subnets,
        DescribeNetworkInterfaces => describe_network_interfaces,
        DescribeTransitGateways => describe_transit_gateways,
        DescribeSecurityGroups => describe_security_groups,
        DescribeSecurityGroupRules => describe_security_group_rules,
        DescribeManagedPrefixLists => describe_managed_prefix_lists,
        GetManagedPrefixListEntries => get_managed_prefix_list_entries,
        CreateFlowLogs => create_flow_logs,
        DeleteFlowLogs => delete_flow_logs,
    }
    iam {
        GetRole => get_role,
        ListRolePolicies => list_role_policies,
        GetRolePolicy => get_role_policy,
        ListAttachedRolePolicies => list_attached_role_policies,
        GetPolicy => get_policy,
        GetPolicyVersion => get_policy_version,
        SimulatePrincipalPolicy => simulate_principal_policy,
        GetAccountSummary => get_account_summary,
        CreateRole => create_role,
        UpdateAssumeRolePolicy => update_assume_role_policy,
        PutRolePolicy => put_role_policy,
        DeleteRolePolicy => delete_role_policy,
        DeleteRole => delete_role,
    }
    logs {
        DescribeLogGroups => describe_log_groups,
        DescribeLogStreams => describe_log_streams,
        ListTagsForResource => list_tags_for_resource,
        FilterLogEvents => filter_log_events,
        CreateLogGroup => create_log_group,
        PutRetentionPolicy => put_retention_policy,
        DeleteRetentionPolicy => delete_retention_policy,
        AssociateKmsKey => associate_kms_key,
        DisassociateKmsKey => disassociate_kms_key,
        DeleteLogGroup => delete_log_group,
    }
    s3 {
        HeadBucket => head_bucket,
        GetBucketPolicy => get_bucket_policy,
        GetBucketPolicyStatus => get_bucket_policy_status,
        GetPublicAccessBlock => get_public_access_block,
        GetBucketEncryption => get_bucket_encryption,
        GetBucketLifecycle => get_bucket_lifecycle,
        ListObjects => list_objects,
        ListKeys => list_keys,
        GetObject => get_object,
        GetBucketTagging => get_bucket_tagging,
        CreateBucket => create_bucket,
        PutBucketTagging => put_bucket_tagging,
        PutPublicAccessBlock => put_public_access_block,
        PutBucketEncryption => put_bucket_encryption,
        PutBucketLifecycle => put_bucket_lifecycle,
        PutBucketPolicy => put_bucket_policy,
        DeleteBucketPolicy => delete_bucket_policy,
        DeleteObjects => delete_objects,
        DeleteBucket => delete_bucket,
    }
    kms {
        DescribeKey => describe_key,
        GetKeyPolicy => get_key_policy,
    }
    firehose { DescribeDeliveryStream => describe_delivery_stream }
    config { DescribeConfigRules => describe_config_rules }
}

#[cfg(test)]
#[path = "client_tests.rs"]
mod tests;
