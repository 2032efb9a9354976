//! Protocol versions, from SSLv2 to TLS 1.3 with its drafts, and DTLS as it may be met.

use super::wire_number;
use std::borrow::Cow;

wire_number! {
    /// `ProtocolVersion` (RFC 8446 section 4.1.2; SSLv2: `version` of its CLIENT-HELLO). Ordered by number, which is the
    /// order of age for SSL and TLS proper.
    Version(u16, 4) {
        SSL2 = 0x0002 => "SSLv2",
        SSL3 = 0x0300 => "SSL 3.0",
        TLS1_0 = 0x0301 => "TLS 1.0",
        TLS1_1 = 0x0302 => "TLS 1.1",
        TLS1_2 = 0x0303 => "TLS 1.2",
        TLS1_3 = 0x0304 => "TLS 1.3",
        DTLS1_3 = 0xfefc => "DTLS 1.3",
        DTLS1_2 = 0xfefd => "DTLS 1.2",
        DTLS1_0 = 0xfeff => "DTLS 1.0",
    }
}

impl Version {
    /// The versions from SSL 3.0 to TLS 1.3, oldest first.
    pub const SSL3_TO_TLS1_3: [Self; 5] = [Self::SSL3, Self::TLS1_0, Self::TLS1_1, Self::TLS1_2, Self::TLS1_3];

    /// The name people use: `TLS 1.2`, `TLS 1.3 draft 28`, `GREASE`; `None` for an unknown number.
    pub fn name(self) -> Option<Cow<'static, str>> {
        if self.is_grease() {
            return Some(Cow::Borrowed("GREASE"));
        }
        if let Some(draft) = self.draft() {
            return Some(Cow::Owned(format!("TLS 1.3 draft {draft}")));
        }
        self.registered().map(Cow::Borrowed)
    }

    /// True for the values that RFC 8701 reserves.
    pub const fn is_grease(self) -> bool {
        super::is_grease(self.0)
    }

    /// The GREASE value that `seed` selects.
    pub const fn grease(seed: u8) -> Self {
        Self(super::grease(seed))
    }

    /// The number of the TLS 1.3 draft for `0x7fNN`.
    pub const fn draft(self) -> Option<u8> {
        let [high, low] = self.0.to_be_bytes();
        if high == 0x7f && low != 0 { Some(low) } else { None }
    }

    /// True for TLS 1.3 and its drafts: the handshake after ServerHello is encrypted.
    pub const fn is_tls1_3(self) -> bool {
        self.0 == Self::TLS1_3.0 || self.draft().is_some()
    }
}
