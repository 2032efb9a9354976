//! The numbers of TLS and their names, as the IANA registries print them; numbers without a name are kept as they are.

mod alert;
mod extension_type;
mod group;
mod signature_scheme;
mod suite;
mod suite_table;
mod types;
mod version;

pub use alert::{AlertDescription, AlertLevel};
pub use extension_type::ExtensionType;
pub use group::Group;
pub use signature_scheme::SignatureScheme;
pub use suite::{Authentication, Cipher, CipherSuite, KeyExchange, Mac, Mode, SuiteInfo};
pub use types::{
    CertificateCompression, ClientCertificateType, CompressionMethod, ContentType, HandshakeType, PskKeyExchangeMode,
};
pub use version::Version;

/// True for the sixteen two-byte values that RFC 8701 reserves so that peers learn to ignore the unknown.
pub const fn is_grease(number: u16) -> bool {
    let [high, low] = number.to_be_bytes();
    high == low && low & 0x0f == 0x0a
}

/// The GREASE value that `seed` selects (RFC 8701).
pub const fn grease(seed: u8) -> u16 {
    let byte = (seed & 0xf0) | 0x0a;
    u16::from_be_bytes([byte, byte])
}

/// A newtype over a wire number with named constants. `Display` prints the name or `Type(0x1234)`.
macro_rules! wire_number {
    ($(#[$meta:meta])* $name:ident($repr:ty, $width:literal) { $($(#[$cmeta:meta])* $konst:ident = $value:literal => $text:literal,)* }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub $repr);

        impl $name {
            $(
                #[doc = concat!("`", $text, "` (", stringify!($value), ").")]
                $(#[$cmeta])*
                pub const $konst: Self = Self($value);
            )*

            /// Every value that has a constant here, in the order of the registry.
            pub const NAMED: &'static [Self] = &[$(Self::$konst),*];

            fn registered(self) -> Option<&'static str> {
                match self.0 {
                    $($value => Some($text),)*
                    _ => None,
                }
            }
        }

        impl From<$repr> for $name {
            fn from(number: $repr) -> Self {
                Self(number)
            }
        }

        impl From<$name> for $repr {
            fn from(value: $name) -> Self {
                value.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                match self.name() {
                    Some(name) => f.pad(&name),
                    None => f.pad(&format!(concat!(stringify!($name), "(0x{:0", stringify!($width), "x})"), self.0)),
                }
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                std::fmt::Display::fmt(self, f)
            }
        }
    };
}

/// The name of a number whose registry knows no GREASE.
macro_rules! plain_name {
    ($name:ident) => {
        impl $name {
            /// The registered name, or `None` for a number nobody has registered.
            pub fn name(self) -> Option<std::borrow::Cow<'static, str>> {
                self.registered().map(std::borrow::Cow::Borrowed)
            }
        }
    };
}

/// The name of a number whose registry reserves the GREASE values.
macro_rules! greased_name {
    ($name:ident) => {
        impl $name {
            /// The registered name, `GREASE` for the values of RFC 8701, or `None` for a number nobody has registered.
            pub fn name(self) -> Option<std::borrow::Cow<'static, str>> {
                if self.is_grease() {
                    return Some(std::borrow::Cow::Borrowed("GREASE"));
                }
                self.registered().map(std::borrow::Cow::Borrowed)
            }

            /// True for the values that RFC 8701 reserves.
            pub const fn is_grease(self) -> bool {
                super::is_grease(self.0)
            }

            /// The GREASE value that `seed` selects.
            pub const fn grease(seed: u8) -> Self {
                Self(super::grease(seed))
            }
        }
    };
}

use {greased_name, plain_name, wire_number};
