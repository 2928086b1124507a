//! Why somebody was not let in: one word for counting, one sentence for the log.

/// Why somebody was not let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// Neither a token nor a client certificate that counts.
    NothingShown,
    /// More than one `Authorization`.
    SeveralHeaders,
    /// `Authorization` is no bearer token.
    NotBearer,
    /// The token is longer than is read.
    TooLong,
    /// It is no signed JWT, or a claim is of the wrong kind.
    Malformed,
    /// A header or claim stands twice.
    Duplicate,
    /// A header or claim that must stand is missing.
    Missing,
    /// The header demands what we do not do (`crit`), or says that it is a token of another kind.
    Demanding,
    /// No client has this issuer.
    Issuer,
    /// No client of this issuer lists this key set address.
    Jku,
    /// No client of this issuer takes this tenant.
    Tenant,
    /// The algorithm is not one of the client's.
    Algorithm,
    /// The client has no key of this id that fits the algorithm.
    Key,
    /// The client's keys could not be had, or are too old.
    KeysUnknown,
    /// The signature is not that of the key.
    Signature,
    /// The audience is another.
    Audience,
    /// It has run out.
    Expired,
    /// It is not yet valid, or issued in the future.
    Early,
    /// It lives too long.
    Life,
    /// It was shown before.
    Replayed,
    /// So many tokens are remembered that this one could not be.
    MemoryFull,
    /// The certificate is that of another client.
    Certificate,
}

impl Reason {
    /// Every reason, in the order declared.
    pub const ALL: [Reason; 22] = [
        Reason::NothingShown,
        Reason::SeveralHeaders,
        Reason::NotBearer,
        Reason::TooLong,
        Reason::Malformed,
        Reason::Duplicate,
        Reason::Missing,
        Reason::Demanding,
        Reason::Issuer,
        Reason::Jku,
        Reason::Tenant,
        Reason::Algorithm,
        Reason::Key,
        Reason::KeysUnknown,
        Reason::Signature,
        Reason::Audience,
        Reason::Expired,
        Reason::Early,
        Reason::Life,
        Reason::Replayed,
        Reason::MemoryFull,
        Reason::Certificate,
    ];

    /// One word, for counting.
    pub fn word(self) -> &'static str {
        match self {
            Reason::NothingShown => "nothing-shown",
            Reason::SeveralHeaders => "several-headers",
            Reason::NotBearer => "not-bearer",
            Reason::TooLong => "too-long",
            Reason::Malformed => "malformed",
            Reason::Duplicate => "duplicate",
            Reason::Missing => "missing",
            Reason::Demanding => "demanding",
            Reason::Issuer => "issuer",
            Reason::Jku => "jku",
            Reason::Tenant => "tenant",
            Reason::Algorithm => "algorithm",
            Reason::Key => "key",
            Reason::KeysUnknown => "keys-unknown",
            Reason::Signature => "signature",
            Reason::Audience => "audience",
            Reason::Expired => "expired",
            Reason::Early => "early",
            Reason::Life => "life",
            Reason::Replayed => "replayed",
            Reason::MemoryFull => "memory-full",
            Reason::Certificate => "certificate",
        }
    }

    /// What an operator reads in the log.
    pub fn sentence(self) -> &'static str {
        match self {
            Reason::NothingShown => "no token was shown",
            Reason::SeveralHeaders => "there was more than one Authorization header",
            Reason::NotBearer => "the Authorization header is no bearer token",
            Reason::TooLong => "the token is longer than the limit",
            Reason::Malformed => "the token is no signed JWT, or a claim is of the wrong kind",
            Reason::Duplicate => "a header or claim of the token stands twice",
            Reason::Missing => "the token lacks alg, kid, iss, aud, exp, iat or jti",
            Reason::Demanding => "the token demands extensions, or says that it is of another kind",
            Reason::Issuer => "no registered client has this issuer",
            Reason::Jku => "no client of this issuer lists this jku",
            Reason::Tenant => "no client of this issuer takes this tenant",
            Reason::Algorithm => "the algorithm is not one that the client's profile allows",
            Reason::Key => "the client has no key of this kid that fits the algorithm",
            Reason::KeysUnknown => "the client's keys could not be had, or are too old to be used",
            Reason::Signature => "the signature is wrong",
            Reason::Audience => "the audience is another; set server.public_url, or the client's audiences",
            Reason::Expired => "the token has expired; is a clock off?",
            Reason::Early => "the token is not yet valid; is a clock off?",
            Reason::Life => "the token lives longer than the limit",
            Reason::Replayed => "the token was shown before",
            Reason::MemoryFull => "too many living tokens of this issuer are remembered; raise trust.remembered_max",
            Reason::Certificate => "the client certificate is not the one of the token's client",
        }
    }
}
