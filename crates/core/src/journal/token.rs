//! Client tokens: what makes a repeated `CreateFlowLogs` return what the first one made.

use sha2::{Digest as _, Sha256};

/// The client token of a `CreateFlowLogs`: 64 ASCII characters, the longest that EC2 takes. The same run, step and resources
/// have the same token, so a call whose answer was lost can be made again; what is asked for fewer resources, after some
/// were refused, is another call.
#[must_use]
pub fn client_token(run: &str, step: &str, resource_ids: &[String]) -> String {
    let mut digest = Sha256::new();
    let texts = [run, step].into_iter();
    for text in texts.chain(resource_ids.iter().map(String::as_str)) {
        digest.update(text.len().to_be_bytes());
        digest.update(text);
    }
    digest
        .finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::client_token;

    #[test]
    fn tokens_differ_by_run_step_and_resources_and_fit_the_api() {
        let ids = |ids: &[&str]| ids.iter().map(|&id| id.to_owned()).collect::<Vec<_>>();
        let token = client_token("r", "s", &ids(&["vpc-1", "vpc-2"]));
        assert_eq!(token.len(), 64);
        assert!(token.bytes().all(|byte| byte.is_ascii_alphanumeric()));
        assert_eq!(token, client_token("r", "s", &ids(&["vpc-1", "vpc-2"])));
        for other in [
            client_token("q", "s", &ids(&["vpc-1", "vpc-2"])),
            client_token("r", "t", &ids(&["vpc-1", "vpc-2"])),
            client_token("r", "s", &ids(&["vpc-1"])),
            client_token("r", "s", &ids(&["vpc-1vpc-2"])),
            client_token("rs", "", &ids(&["vpc-1", "vpc-2"])),
        ] {
            assert_ne!(token, other);
        }
    }
}
