//! The HTTP client that every SDK client shares, and with it one pool of connections.

use std::ffi::OsString;

use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{self, TlsContext, TrustStore};
use aws_smithy_http_client::{Builder, Connector};
use aws_smithy_runtime_api::client::connector_metadata::ConnectorMetadata;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use flowcover_cloud::{CloudError, ErrorKind};

/// A client that goes through the proxy of the environment, if there is one.
///
/// The pool opens as many connections to a host as there are calls in flight, and keeps them.
pub(crate) fn proxied_client(tls: TlsContext) -> SharedHttpClient {
    client(tls, Some(ProxyConfig::from_env()))
}

/// A client that never uses a proxy: instance metadata and loopback.
pub(crate) fn direct_client(tls: TlsContext) -> SharedHttpClient {
    client(tls, None)
}

fn client(tls: TlsContext, proxy: Option<ProxyConfig>) -> SharedHttpClient {
    let is_proxied = proxy.is_some() && is_plain_http_proxied(|name| std::env::var_os(name));
    let secure = Builder::new().build_with_connector_fn(move |settings, components| {
        let mut connector = Connector::builder()
            .tls_provider(tls::Provider::Rustls(CryptoMode::Ring))
            .tls_context(tls.clone());
        if let Some(settings) = settings {
            connector = connector.connector_settings(settings.clone());
        }
        connector.set_sleep_impl(components.and_then(|components| components.sleep_impl()));
        if let Some(proxy) = proxy.clone() {
            connector = connector.proxy_config(proxy);
        }
        connector.build()
    });
    // The way to a proxy may take TLS, whatever the address behind it.
    let plain = if is_proxied {
        secure.clone()
    } else {
        Builder::new().build_http()
    };
    SharedHttpClient::new(OnFirstUse { plain, secure })
}

/// Whether addresses with `http:` have a proxy in the environment.
fn is_plain_http_proxied(variable: impl Fn(&str) -> Option<OsString>) -> bool {
    ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"]
        .into_iter()
        .filter_map(variable)
        .any(|value| !value.is_empty())
}

/// Makes its connectors when the first call needs them, and reads the trusted certificates when the first call needs TLS.
///
/// The SDK's own client makes one more, with every trusted certificate, for each SDK client that is made
/// with it, and throws it away: a client for each service, region and account takes thousands of them.
#[derive(Clone, Debug)]
struct OnFirstUse {
    plain: SharedHttpClient,
    secure: SharedHttpClient,
}

impl HttpClient for OnFirstUse {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(ByScheme {
            clients: self.clone(),
            settings: settings.clone(),
            components: components.clone(),
        })
    }

    fn connector_metadata(&self) -> Option<ConnectorMetadata> {
        self.secure.connector_metadata()
    }
}

/// Picks the connector by the address of a call. The clients keep their connectors, and those their connections.
#[derive(Debug)]
struct ByScheme {
    clients: OnFirstUse,
    settings: HttpConnectorSettings,
    components: RuntimeComponents,
}

impl HttpConnector for ByScheme {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let client = if request.uri().starts_with("http://") {
            &self.clients.plain
        } else {
            &self.clients.secure
        };
        let connector = client.http_connector(&self.settings, &self.components);
        connector.call(request)
    }
}

/// Trusted certificates: those of the system, or of the file that `AWS_CA_BUNDLE` names.
///
/// # Errors
///
/// [`ErrorKind::Credentials`] if the file cannot be read or holds no certificate.
pub(crate) fn tls_context(ca_bundle: Option<&str>) -> Result<TlsContext, CloudError> {
    let Some(path) = ca_bundle.filter(|path| !path.is_empty()) else {
        return Ok(TlsContext::default());
    };
    let refused = |why: String| {
        CloudError::new(
            ErrorKind::Credentials,
            "InvalidCaBundle",
            format!("cannot use AWS_CA_BUNDLE {path}: {why}"),
        )
    };
    let pem = std::fs::read(path).map_err(|error| refused(error.to_string()))?;
    // The SDK panics on a bundle without certificates.
    if !String::from_utf8_lossy(&pem).contains("-----BEGIN CERTIFICATE-----") {
        return Err(refused("no certificate in it".to_owned()));
    }
    TlsContext::builder()
        .with_trust_store(TrustStore::empty().with_pem_certificate(pem))
        .build()
        .map_err(|error| refused(error.to_string()))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use flowcover_cloud::{DescribeVpcs, ask};
    use tokio::io::AsyncReadExt;
    use tokio::net::TcpListener;

    use super::*;
    use crate::testing::{cloud_at, quick, scope};

    #[test]
    fn only_a_proxy_for_plain_http_counts() {
        for (name, value, is_proxied) in [
            ("HTTP_PROXY", "https://proxy.example", true),
            ("all_proxy", "proxy.example:3128", true),
            ("http_proxy", "", false),
            ("HTTPS_PROXY", "https://proxy.example", false),
        ] {
            let variable = |asked: &str| (asked == name).then(|| value.into());
            assert_eq!(is_plain_http_proxied(variable), is_proxied, "{name}");
        }
    }

    #[tokio::test]
    async fn only_addresses_with_tls_get_it() {
        // The first byte of a request by POST, and that of a TLS handshake record (RFC 8446, 5.1).
        for (scheme, first) in [("http", b'P'), ("https", 22)] {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let endpoint = format!("{scheme}://{}", listener.local_addr().unwrap());
            let server = tokio::spawn(async move {
                let (mut stream, _) = listener.accept().await.unwrap();
                stream.read_u8().await.unwrap()
            });
            let cloud = cloud_at(&endpoint, &quick());
            let called = ask(&cloud, &scope(), DescribeVpcs::default()).await;
            assert!(called.is_err(), "the connection ends before an answer");
            assert_eq!(server.await.unwrap(), first, "{scheme}");
        }
    }

    #[test]
    fn a_ca_bundle_that_cannot_be_used_is_named() {
        assert!(tls_context(None).is_ok());
        assert!(tls_context(Some("")).is_ok());
        let missing = tls_context(Some("/nowhere/ca.pem")).unwrap_err();
        assert!(
            missing.message.contains("/nowhere/ca.pem"),
            "{}",
            missing.message
        );
        let empty = tls_context(Some(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")));
        assert_eq!(empty.unwrap_err().code, "InvalidCaBundle");
    }
}
