//! That somebody looked is a fact of its own: what was looked at, how far, and why not further.
use crate::{Arg, Tpl};
use crate::{Host, Kind, Origin, Say, Span, say};
use serde::{Deserialize, Serialize};

/// Why something could not be seen whole. Typed, so that it can be said in two languages and lead to a remedy.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// Needs an administrator.
    NeedsElevation,
    /// The file or stream ends in the middle.
    CutOff {
        /// Offset in bytes.
        at: u64,
    },
    /// More than the cap.
    OverCap {
        /// Observations kept.
        kept: u64,
        /// Observations dropped.
        dropped: u64,
    },
    /// No answer in time.
    TimedOut {
        /// After this many milliseconds.
        after_ms: u32,
    },
    /// Damaged at an offset.
    DamagedAt {
        /// Offset in bytes.
        at: u64,
    },
    /// Written by a newer version than this one.
    NewerThanWe {
        /// The kind and version that is not known here.
        kind: String,
    },
    /// No network: switched off by `--offline`, or there is none.
    Offline,
    /// Left out, as the budget of connections was spent.
    OverBudget,
    /// The address is not one that may be asked on a certificate's word (scheme, private address, port).
    AddressRefused,
    /// Our own TLS client cannot complete what the server chose.
    ClientCannot,
    /// The user broke off.
    Interrupted,
    /// The system said no; its words.
    Said(String),
}

impl Why {
    /// In words.
    pub fn say(&self) -> Say {
        match self {
            Why::NeedsElevation => say!("needs an administrator", "관리자 권한이 필요합니다"),
            Why::CutOff { at } => say!("cut off at byte {at}", "{at}바이트에서 잘렸습니다", at = Arg::Num(*at)),
            Why::OverCap { kept, dropped } => say!(
                "too many: {kept} kept, {dropped} left out",
                "너무 많습니다: {kept}개 보관, {dropped}개 제외",
                kept = Arg::Num(*kept),
                dropped = Arg::Num(*dropped)
            ),
            Why::TimedOut { after_ms } => {
                say!("no answer within {ms} ms", "{ms}ms 안에 응답이 없습니다", ms = Arg::Num(u64::from(*after_ms)))
            }
            Why::DamagedAt { at } => say!("damaged at byte {at}", "{at}바이트에서 손상되었습니다", at = Arg::Num(*at)),
            Why::NewerThanWe { kind } => say!(
                "written by a newer version ({kind})",
                "더 새로운 버전이 기록했습니다({kind})",
                kind = Arg::Quote(kind.clone())
            ),
            Why::Offline => say!("no network was used", "네트워크를 쓰지 않았습니다"),
            Why::OverBudget => say!("the budget of connections was spent", "연결 한도를 다 썼습니다"),
            Why::AddressRefused => say!(
                "its address is not one to be asked on a certificate's word",
                "인증서가 가리키는 주소로는 요청하지 않습니다"
            ),
            Why::ClientCannot => say!(
                "our own client cannot complete what the server chose",
                "서버가 고른 방식을 이 프로그램의 클라이언트가 끝까지 진행할 수 없습니다"
            ),
            Why::Interrupted => say!("interrupted", "중단되었습니다"),
            Why::Said(what) => say!("{what}", "{what}", what = Arg::Quote(what.clone())),
        }
    }
}

/// How far a look went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cover {
    /// Everything of this kind was seen: what is not among the rows is not there.
    Complete,
    /// Some was seen.
    Partial(Why),
    /// Nothing was seen, as we may not.
    Denied(Why),
    /// Nothing was seen, as it went wrong.
    Failed(Why),
}

/// A look: evidence for what is absent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Survey {
    /// What was looked at.
    pub kind: Kind,
    /// On which machine.
    pub host: Host,
    /// How far.
    pub cover: Cover,
    /// When.
    pub span: Span,
    /// By what means.
    pub origin: Origin,
}

impl Cover {
    /// The reason, where the look was not whole.
    pub fn why(&self) -> Option<&Why> {
        match self {
            Cover::Complete => None,
            Cover::Partial(w) | Cover::Denied(w) | Cover::Failed(w) => Some(w),
        }
    }
    /// One word for the cover.
    pub fn word(&self) -> Tpl {
        match self {
            Cover::Complete => Tpl { en: "complete", ko: "전부" },
            Cover::Partial(_) => Tpl { en: "partial", ko: "일부" },
            Cover::Denied(_) => Tpl { en: "denied", ko: "거부됨" },
            Cover::Failed(_) => Tpl { en: "failed", ko: "실패" },
        }
    }
}
