//! A certificate for `localhost` by an authority of one's own, made at run time.

use rcgen::{
    BasicConstraints, Certificate, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair,
};

pub(crate) struct Issued {
    /// The certificate of the authority, as systems keep those that they trust.
    pub(crate) authority: String,
    pub(crate) certificate: Certificate,
    pub(crate) key: KeyPair,
}

pub(crate) fn issue() -> Issued {
    let mut of_authority = CertificateParams::new(Vec::new()).unwrap();
    // OpenSSL takes a certificate for self-signed whose subject is its issuer.
    let name = &mut of_authority.distinguished_name;
    name.push(DnType::CommonName, "authority of a test");
    of_authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let issuer = CertifiedIssuer::self_signed(of_authority, KeyPair::generate().unwrap());
    let issuer = issuer.unwrap();
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(vec!["localhost".to_owned()])
        .unwrap()
        .signed_by(&key, &issuer)
        .unwrap();
    Issued {
        authority: issuer.pem(),
        certificate,
        key,
    }
}
