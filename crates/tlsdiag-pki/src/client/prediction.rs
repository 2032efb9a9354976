//! What a client will say, in kinds that can be compared between clients and in the client's own words.

/// The answer for one client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prediction {
    /// Whether it goes on.
    pub verdict: Verdict,
    /// What kind of fault it reports; `None` where it accepts or nothing is known.
    pub error: Option<ErrorKind>,
    /// The message as this client words it; empty where it accepts, or where its words are not known.
    pub text: String,
    /// What the verdict rests on.
    pub basis: Basis,
    /// Position of the certificate that is refused, in the chain as sent; `None` for an anchor or no certificate.
    pub at: Option<usize>,
    /// The rule that decided, in plain words.
    pub because: String,
}

/// Whether a client goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// It accepts the chain.
    Accepts,
    /// It ends the connection or refuses the chain.
    Refuses,
    /// The rules known of this client do not decide it.
    Unknown,
}

/// What the rules of a profile rest on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Basis {
    /// The client itself was run.
    Measured,
    /// Its documents or source were read, it was not run: likely at best.
    Documented,
}

/// What kind of fault a client reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// A certificate is past its notAfter.
    Expired,
    /// A certificate is before its notBefore.
    NotYetValid,
    /// The name or address is not in the certificate.
    Name,
    /// No path to an anchor.
    UnknownIssuer,
    /// A self-signed certificate that is not trusted.
    SelfSigned,
    /// A signature does not fit.
    Signature,
    /// A signature algorithm, hash or key algorithm is refused or unknown.
    Algorithm,
    /// A key is too small, too large or on a refused curve.
    WeakKey,
    /// Extended key usage.
    ExtendedKeyUsage,
    /// Key usage.
    KeyUsage,
    /// An issuer is not a CA, or a CA stands where a leaf should.
    NotACa,
    /// pathLenConstraint, or a path that is too long.
    PathLength,
    /// Name constraints.
    NameConstraints,
    /// A critical extension that is not understood.
    CriticalExtension,
    /// The encoding or the profile of a certificate.
    Malformed,
    /// Certificate policies.
    Policy,
    /// A stapled answer is demanded and missing.
    Staple,
    /// The handshake ends before the certificate counts.
    Handshake,
    /// A word for everything: the client does not tell.
    General,
}
