//! What is asked of a client: a chain as a server sends it, the anchors the client has, a name, a time.

use crate::anchors::AnchorSet;
use crate::verify::Verifier;

/// A chain as it comes, and everything a client would judge it by.
#[derive(Clone, Copy)]
pub struct Question<'a> {
    /// DER of every certificate in the order sent; the leaf is the first.
    pub chain: &'a [&'a [u8]],
    /// Whom the client trusts.
    pub anchors: &'a AnchorSet,
    /// Name or address the client wants to reach; `None` leaves names out.
    pub host: Option<&'a str>,
    /// When, in unix seconds.
    pub time: i64,
    /// Who checks signatures.
    pub verifier: &'a dyn Verifier,
    /// Facts of the connection and the surroundings.
    pub tls: Tls<'a>,
}

/// What else a verdict can depend on.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tls<'a> {
    /// The server stapled a valid OCSP response.
    pub stapled: bool,
    /// Certificates had by following caIssuers URLs; `None` where nobody tried, so that clients which fetch get
    /// [`Verdict::Unknown`](super::Verdict::Unknown) when it matters.
    pub fetched: Option<&'a [&'a [u8]]>,
    /// Revocation lists that the program handed to the verifier (DER). Only OpenSSL and rustls profiles look at them, and
    /// only where there are any.
    pub crls: &'a [&'a [u8]],
    /// The anchor is a public root in the client's own program (browsers judge those more strictly). Only the
    /// profiles that speak of public roots look at it.
    pub public_root: bool,
}

/// Deviations of a program from its library's plain use, as flags and options set them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// X509_V_FLAG_X509_STRICT (OpenSSL).
    pub strict: Option<bool>,
    /// X509_V_FLAG_PARTIAL_CHAIN (OpenSSL).
    pub partial_chain: Option<bool>,
    /// Verification without a handshake: neither what the client offers nor the leaf's use in a key exchange counts.
    pub without_tls: bool,
    /// Without a purpose: extended key usage and the leaf's key usage are not looked at (OpenSSL without
    /// X509_VERIFY_PARAM_set_purpose).
    pub without_purpose: bool,
    /// Greatest number of intermediates, where the caller sets one.
    pub max_depth: Option<usize>,
    /// certtool --verify of GnuTLS instead of its session check: the list is sorted, the purpose is asked for.
    pub certtool: bool,
    /// Only the algorithms that the rustls harness of x509-limbo lists.
    pub few_algorithms: bool,
}
