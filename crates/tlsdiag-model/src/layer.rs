//! The ladder: the eight rungs that a connection climbs, always in this order.
use crate::say::Tpl;
use serde::{Deserialize, Serialize};

/// One rung of the ladder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Layer {
    /// The name leads to an address.
    Name,
    /// The address answers on the port.
    Reach,
    /// The right process listens and speaks TLS.
    Listen,
    /// The listener is configured with the right certificate.
    Bind,
    /// The certificate's private key can be used.
    Key,
    /// Version, suite, group and extensions are agreed.
    Negotiate,
    /// The certificate convinces the client.
    Trust,
    /// HTTP answers inside.
    Http,
}

impl Layer {
    /// All rungs in order.
    pub const ALL: [Layer; 8] = [
        Layer::Name,
        Layer::Reach,
        Layer::Listen,
        Layer::Bind,
        Layer::Key,
        Layer::Negotiate,
        Layer::Trust,
        Layer::Http,
    ];

    /// The word for the rung on screen.
    pub fn word(self) -> Tpl {
        match self {
            Layer::Name => Tpl { en: "name", ko: "이름" },
            Layer::Reach => Tpl { en: "reach", ko: "연결" },
            Layer::Listen => Tpl { en: "listener", ko: "수신기" },
            Layer::Bind => Tpl { en: "binding", ko: "바인딩" },
            Layer::Key => Tpl { en: "key", ko: "개인 키" },
            Layer::Negotiate => Tpl { en: "handshake", ko: "핸드셰이크" },
            Layer::Trust => Tpl { en: "trust", ko: "신뢰" },
            Layer::Http => Tpl { en: "http", ko: "http" },
        }
    }

    /// The stable word in JSON.
    pub fn slug(self) -> &'static str {
        self.word().en
    }
}
