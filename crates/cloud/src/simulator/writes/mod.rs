//! Calls that change something, answered as AWS answers them.

mod iam;
mod logs;
mod s3;

use super::World;
use super::refusals::denied;
use crate::{Answer, Call, CloudError};

impl World {
    /// Does what a call asks for that the caller may make, if the caller has the permissions besides.
    pub(super) fn write(
        &mut self,
        account_id: &str,
        region: &str,
        call: Call,
    ) -> Result<Answer, CloudError> {
        self.authorize_besides(account_id, region, &call)?;
        match call {
            Call::CreateFlowLogs(it) => self
                .create_flow_logs(account_id, region, &it.flow_logs)
                .map(Answer::CreateFlowLogs),
            Call::DeleteFlowLogs(it) => self
                .delete_flow_logs(account_id, region, &it.flow_log_ids)
                .map(Answer::DeleteFlowLogs),
            Call::CreateRole(it) => self
                .call_create_role(account_id, &it)
                .map(Answer::CreateRole),
            Call::UpdateAssumeRolePolicy(it) => self
                .call_update_assume_role_policy(account_id, &it)
                .map(Answer::UpdateAssumeRolePolicy),
            Call::PutRolePolicy(it) => self
                .call_put_role_policy(account_id, &it)
                .map(Answer::PutRolePolicy),
            Call::DeleteRolePolicy(it) => self
                .call_delete_role_policy(account_id, &it)
                .map(Answer::DeleteRolePolicy),
            Call::DeleteRole(it) => self
                .call_delete_role(account_id, &it)
                .map(Answer::DeleteRole),
            other => self.write_logs(account_id, region, other),
        }
    }

    /// The actions that AWS checks beside that of the operation. The service that is called refuses, with its code.
    fn authorize_besides(
        &mut self,
        account_id: &str,
        region: &str,
        call: &Call,
    ) -> Result<(), CloudError> {
        let action = call.action();
        let besides = call.actions().into_iter().filter(|it| *it != action);
        for needed in besides {
            self.authorize(account_id, region, needed)
                .map_err(|_| denied(action, &format!("it needs {needed}")))?;
        }
        Ok(())
    }

    fn write_logs(
        &mut self,
        account: &str,
        region: &str,
        call: Call,
    ) -> Result<Answer, CloudError> {
        match call {
            Call::CreateLogGroup(it) => self
                .call_create_log_group(account, region, &it)
                .map(Answer::CreateLogGroup),
            Call::PutRetentionPolicy(it) => self
                .call_put_retention(account, region, &it)
                .map(Answer::PutRetentionPolicy),
            Call::DeleteRetentionPolicy(it) => self
                .call_delete_retention(account, region, &it)
                .map(Answer::DeleteRetentionPolicy),
            Call::AssociateKmsKey(it) => self
                .call_associate_kms_key(account, region, &it)
                .map(Answer::AssociateKmsKey),
            Call::DisassociateKmsKey(it) => self
                .call_disassociate_kms_key(account, region, &it)
                .map(Answer::DisassociateKmsKey),
            Call::DeleteLogGroup(it) => self
                .call_delete_log_group(account, region, &it)
                .map(Answer::DeleteLogGroup),
            other => self.write_bucket(account, region, other),
        }
    }

    fn write_bucket(
        &mut self,
        account: &str,
        region: &str,
        call: Call,
    ) -> Result<Answer, CloudError> {
        match call {
            Call::CreateBucket(it) => self
                .call_create_bucket(account, region, &it)
                .map(Answer::CreateBucket),
            Call::PutBucketTagging(it) => self
                .call_put_bucket_tagging(account, region, it)
                .map(Answer::PutBucketTagging),
            Call::PutPublicAccessBlock(it) => self
                .call_put_public_access_block(account, region, &it)
                .map(Answer::PutPublicAccessBlock),
            Call::PutBucketEncryption(it) => self
                .call_put_bucket_encryption(account, region, it)
                .map(Answer::PutBucketEncryption),
            Call::PutBucketLifecycle(it) => self
                .call_put_bucket_lifecycle(account, region, it)
                .map(Answer::PutBucketLifecycle),
            Call::PutBucketPolicy(it) => self
                .call_put_bucket_policy(account, region, &it)
                .map(Answer::PutBucketPolicy),
            Call::DeleteBucketPolicy(it) => self
                .call_delete_bucket_policy(account, region, &it)
                .map(Answer::DeleteBucketPolicy),
            Call::DeleteObjects(it) => self
                .call_delete_objects(account, region, &it)
                .map(Answer::DeleteObjects),
            Call::DeleteBucket(it) => self
                .call_delete_bucket(account, region, &it)
                .map(Answer::DeleteBucket),
            other => Err(CloudError::answered(
                "InvalidAction",
                400,
                format!("{} is not simulated", other.name()),
            )),
        }
    }
}
