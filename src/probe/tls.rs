//! TLS handshakes that show the certificate whether or not it is accepted.
//!
//! One verifier wraps every policy and notes what the server showed before it judges. So "expired 3d ago" needs no
//! second handshake, and a check that verifies nothing still knows its dates. Sessions are never resumed: each
//! probe sees what a new user sees.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, Once, PoisonError};
use std::time::Duration;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::time_provider::TimeProvider;
use rustls::{
    AlertDescription, CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore,
    SignatureScheme,
};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::certificate;
use super::fault::Fault;
use crate::clock::Clock;
use crate::config::HealthCheck;
use crate::sample::{Certificate, Stage};

/// How one check judges certificates and proves itself: its files, read once.
#[derive(Clone, Debug)]
pub(super) struct Identity {
    policy: Policy,
    client: Option<Arc<SingleCertAndKey>>,
}

#[derive(Clone, Debug)]
enum Policy {
    /// Chain, dates and name, against a set of roots.
    Chain(Arc<dyn ServerCertVerifier>),
    /// Exactly the certificate with this SHA-256, whatever it says.
    Exactly(String),
    /// Anything.
    Anything,
}

/// What every handshake shares.
#[derive(Debug)]
pub(super) struct Tls {
    provider: Arc<CryptoProvider>,
    warm: Once,
    /// The host's own roots, once they could be read.
    system: Mutex<Option<Arc<dyn ServerCertVerifier>>>,
}

impl Tls {
    pub(super) fn new() -> Tls {
        Tls { provider: Arc::new(aws_lc_rs::default_provider()), warm: Once::new(), system: Mutex::new(None) }
    }

    /// Pays the crypto library's one-off costs (its random source: 80 ms and more) before the first latency would.
    fn warm_up(&self) {
        for group in &self.provider.kx_groups {
            // Whether it works is for the first handshake to say.
            if let Ok(ours) = group.start()
                && let Ok(theirs) = group.start_and_complete(ours.pub_key())
            {
                let _ = ours.complete(&theirs.pub_key);
            }
        }
    }

    /// Reads what `check` needs from files, and warms up; blocks.
    pub(super) fn identity(&self, check: &HealthCheck) -> Result<Identity, Fault> {
        self.warm.call_once(|| self.warm_up());
        let policy = match (&check.pin_sha256, &check.ca) {
            (Some(pin), _) => Policy::Exactly(pin.to_ascii_lowercase()),
            _ if !check.verify => Policy::Anything,
            (None, Some(bundle)) => Policy::Chain(self.roots_in(bundle)?),
            (None, None) => Policy::Chain(self.system_roots()?),
        };
        let client = match (&check.cert, &check.key) {
            (Some(cert), key) => Some(self.client(cert, key.as_ref().unwrap_or(cert))?),
            _ => None,
        };
        Ok(Identity { policy, client })
    }

    /// Chain, dates and name against `ca`, or against the host's own roots; blocks.
    pub(super) fn trusting(&self, ca: Option<&PathBuf>) -> Result<Identity, Fault> {
        self.warm.call_once(|| self.warm_up());
        let roots = ca.map_or_else(|| self.system_roots(), |bundle| self.roots_in(bundle))?;
        Ok(Identity { policy: Policy::Chain(roots), client: None })
    }

    fn system_roots(&self) -> Result<Arc<dyn ServerCertVerifier>, Fault> {
        let mut system = self.system.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(roots) = &*system {
            return Ok(Arc::clone(roots));
        }
        let roots = rustls_platform_verifier::Verifier::new(Arc::clone(&self.provider)).map_err(|_| {
            Fault::Broken(
                "this host has no CA certificates to verify with: install ca-certificates, or give the check a ca or pin_sha256"
                    .to_owned(),
            )
        })?;
        let roots: Arc<dyn ServerCertVerifier> = Arc::new(roots);
        *system = Some(Arc::clone(&roots));
        Ok(roots)
    }

    fn roots_in(&self, bundle: &PathBuf) -> Result<Arc<dyn ServerCertVerifier>, Fault> {
        let unusable =
            |why: String| Fault::Broken(format!("cannot use the CA bundle {}: {why}", bundle.display()));
        let mut roots = RootCertStore::empty();
        for one in CertificateDer::pem_file_iter(bundle).map_err(|error| unusable(pem_words(&error)))? {
            let one = one.map_err(|error| unusable(pem_words(&error)))?;
            roots.add(one).map_err(|error| unusable(error.to_string()))?;
        }
        if roots.is_empty() {
            return Err(unusable("it holds no certificate in PEM".to_owned()));
        }
        let verifier =
            WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&self.provider))
                .build()
                .map_err(|error| unusable(error.to_string()))?;
        Ok(verifier)
    }

    fn client(&self, cert: &PathBuf, key: &PathBuf) -> Result<Arc<SingleCertAndKey>, Fault> {
        let unusable = |what: &str, path: &PathBuf, why: String| {
            Fault::Broken(format!("cannot use the client {what} {}: {why}", path.display()))
        };
        let chain = CertificateDer::pem_file_iter(cert)
            .and_then(Iterator::collect::<Result<Vec<_>, _>>)
            .map_err(|error| unusable("certificate", cert, pem_words(&error)))?;
        if chain.is_empty() {
            return Err(unusable("certificate", cert, "it holds no certificate in PEM".to_owned()));
        }
        let der =
            PrivateKeyDer::from_pem_file(key).map_err(|error| unusable("key", key, pem_words(&error)))?;
        let certified = CertifiedKey::from_der(chain, der, &self.provider)
            .map_err(|error| unusable("key", key, error.to_string()))?;
        Ok(Arc::new(SingleCertAndKey::from(certified)))
    }

    /// Shakes hands over `stream`; the certificate is what was shown, in success and refusal alike.
    pub(super) async fn handshake<S: AsyncRead + AsyncWrite + Unpin>(
        &self,
        identity: &Identity,
        name: ServerName<'static>,
        alpn: &[&[u8]],
        stream: S,
        clock: &Arc<dyn Clock>,
        peer: &str,
    ) -> (Option<Certificate>, Result<TlsStream<S>, Fault>) {
        let witness = Arc::new(Witness {
            policy: identity.policy.clone(),
            provider: Arc::clone(&self.provider),
            shown: Mutex::new(None),
        });
        let builder =
            ClientConfig::builder_with_details(Arc::clone(&self.provider), Arc::new(Wall(Arc::clone(clock))))
                .with_safe_default_protocol_versions();
        let builder = match builder {
            Ok(builder) => builder
                .dangerous()
                .with_custom_certificate_verifier(Arc::clone(&witness) as Arc<dyn ServerCertVerifier>),
            Err(error) => return (None, Err(Fault::Broken(format!("cannot set up TLS: {error}")))),
        };
        let mut config = match &identity.client {
            Some(client) => builder.with_client_cert_resolver(Arc::clone(client) as _),
            None => builder.with_no_client_auth(),
        };
        config.alpn_protocols = alpn.iter().map(|protocol| protocol.to_vec()).collect();
        config.resumption = rustls::client::Resumption::disabled();
        let result = TlsConnector::from(Arc::new(config)).connect(name.clone(), stream).await;
        let shown = witness.shown.lock().unwrap_or_else(PoisonError::into_inner).take();
        let shown = shown.and_then(|der| certificate::read(&der));
        let result =
            result.map_err(|error| match error.get_ref().and_then(|inner| inner.downcast_ref::<Error>()) {
                Some(error) => refused(error, shown.as_ref(), &name, clock, peer),
                None => Fault::broken_off(&error, Stage::Tls, peer),
            });
        (shown, result)
    }
}

fn refused(
    error: &Error,
    shown: Option<&Certificate>,
    name: &ServerName<'_>,
    clock: &Arc<dyn Clock>,
    peer: &str,
) -> Fault {
    let (word, why) = match error {
        Error::InvalidCertificate(error) => certificate::refusal(error, shown, name, clock.now().wall),
        Error::InvalidMessage(_) => ("no TLS", format!("{peer} does not speak TLS")),
        _ => ("tls", alert(error, name, peer)),
    };
    Fault::refusal(Stage::Tls, word, why)
}

/// The sentence for a handshake that failed for another reason than the certificate.
pub(super) fn alert(error: &Error, name: &ServerName<'_>, peer: &str) -> String {
    match error {
        Error::AlertReceived(AlertDescription::CertificateRequired) => {
            format!("{peer} asks for a client certificate (set cert and key)")
        }
        Error::AlertReceived(AlertDescription::UnrecognisedName) => {
            format!("{peer} knows no host named {}", name.to_str())
        }
        Error::AlertReceived(AlertDescription::ProtocolVersion) => {
            format!("{peer} speaks no version of TLS from 1.2 on")
        }
        Error::AlertReceived(description) => format!("{peer} refused the TLS handshake: {description:?}"),
        error => format!("TLS handshake with {peer} failed: {error}"),
    }
}

fn pem_words(error: &rustls::pki_types::pem::Error) -> String {
    use rustls::pki_types::pem::Error as Pem;
    match error {
        Pem::Io(error) => super::fault::plain(error),
        Pem::NoItemsFound => "it holds nothing of that kind in PEM".to_owned(),
        error => error.to_string(),
    }
}

/// Judges by policy, and keeps what it saw.
#[derive(Debug)]
struct Witness {
    policy: Policy,
    provider: Arc<CryptoProvider>,
    shown: Mutex<Option<CertificateDer<'static>>>,
}

impl ServerCertVerifier for Witness {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        *self.shown.lock().unwrap_or_else(PoisonError::into_inner) = Some(end_entity.clone().into_owned());
        match &self.policy {
            Policy::Chain(roots) => {
                roots.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
            }
            Policy::Exactly(pin) if *pin == certificate::sha256(end_entity) => {
                Ok(ServerCertVerified::assertion())
            }
            Policy::Exactly(_) => {
                Err(Error::InvalidCertificate(CertificateError::ApplicationVerificationFailure))
            }
            Policy::Anything => Ok(ServerCertVerified::assertion()),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        match self.policy {
            Policy::Anything => Ok(HandshakeSignatureValid::assertion()),
            _ => rustls::crypto::verify_tls12_signature(
                message,
                cert,
                dss,
                &self.provider.signature_verification_algorithms,
            ),
        }
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        match self.policy {
            Policy::Anything => Ok(HandshakeSignatureValid::assertion()),
            _ => rustls::crypto::verify_tls13_signature(
                message,
                cert,
                dss,
                &self.provider.signature_verification_algorithms,
            ),
        }
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

/// Certificates are judged by the same clock as everything else.
struct Wall(Arc<dyn Clock>);

impl std::fmt::Debug for Wall {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Wall")
    }
}

impl TimeProvider for Wall {
    fn current_time(&self) -> Option<UnixTime> {
        let seconds = u64::try_from(self.0.now().wall.timestamp()).ok()?;
        Some(UnixTime::since_unix_epoch(Duration::from_secs(seconds)))
    }
}
