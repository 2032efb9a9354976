//! Languages: labels, words for values, dates, and sentences with the values of an event in them.

use super::super::super::fields::{Fields, Side, fields};
use super::super::super::{Event, When};

/// How a language writes dates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dates {
    /// `11/24/2026 9:12:33 AM`
    American,
    /// `2026-11-24 오전 9:12:33`
    Korean,
    /// `24.11.2026 09:12:33`
    German,
    /// `2026/11/24 9:12:33`
    Japanese,
}

impl Dates {
    /// Date and time of day.
    pub fn write(self, when: When) -> (String, String) {
        let (y, mo, d, h, mi, s) = when.civil();
        let twelve = if h % 12 == 0 { 12 } else { h % 12 };
        match self {
            Dates::American => {
                (format!("{mo}/{d}/{y}"), format!("{twelve}:{mi:02}:{s:02} {}", if h < 12 { "AM" } else { "PM" }))
            }
            Dates::Korean => (
                format!("{y}-{mo:02}-{d:02}"),
                format!("{} {twelve}:{mi:02}:{s:02}", if h < 12 { "오전" } else { "오후" }),
            ),
            Dates::German => (format!("{d:02}.{mo:02}.{y}"), format!("{h:02}:{mi:02}:{s:02}")),
            Dates::Japanese => (format!("{y}/{mo:02}/{d:02}"), format!("{h}:{mi:02}:{s:02}")),
        }
    }
}

/// A display language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tongue {
    /// Its short name.
    pub name: &'static str,
    /// How it writes dates.
    pub dates: Dates,
    /// Words for error, warning, information.
    pub levels: [&'static str; 3],
    /// The word for "none".
    pub none: &'static str,
    /// Words for server and client.
    pub sides: [&'static str; 2],
}

/// The languages that are written.
pub const TONGUES: [Tongue; 5] = [
    Tongue {
        name: "en",
        dates: Dates::American,
        levels: ["Error", "Warning", "Information"],
        none: "None",
        sides: ["server", "client"],
    },
    Tongue {
        name: "ko",
        dates: Dates::Korean,
        levels: ["오류", "경고", "정보"],
        none: "없음",
        sides: ["서버", "클라이언트"],
    },
    Tongue {
        name: "de",
        dates: Dates::German,
        levels: ["Fehler", "Warnung", "Informationen"],
        none: "Keine",
        sides: ["Server", "Client"],
    },
    Tongue {
        name: "ja",
        dates: Dates::Japanese,
        levels: ["エラー", "警告", "情報"],
        none: "なし",
        sides: ["サーバー", "クライアント"],
    },
    Tongue {
        name: "zh",
        dates: Dates::Japanese,
        levels: ["错误", "警告", "信息"],
        none: "无",
        sides: ["服务器", "客户端"],
    },
];

impl Tongue {
    /// The language of that name; English for one that is not written.
    pub fn of(name: &str) -> &'static Tongue {
        const ENGLISH: &Tongue = &TONGUES[0];
        TONGUES.iter().find(|t| t.name == name).unwrap_or(ENGLISH)
    }

    /// The word for a level.
    pub fn level(&self, level: Option<u8>) -> &'static str {
        match level {
            Some(1 | 2) => self.levels[0],
            Some(3) => self.levels[1],
            _ => self.levels[2],
        }
    }
}

/// Labels of every form, in the order in which the form has them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Labels {
    /// Type, source, category, id, date, time, user, computer, description.
    pub old: Vec<String>,
    /// Log, source, date, id, task, level, keywords, user, computer, description.
    pub viewer: Vec<String>,
    /// Log, source, date, id, task, level, opcode, keyword, user, user name, computer, description.
    pub wevtutil: Vec<String>,
    /// Level, date and time, source, id, task.
    pub columns: Vec<String>,
    /// Names of properties, in the order of PowerShell's objects; replaced one by one.
    pub properties: Vec<(&'static str, String)>,
}

/// Properties of PowerShell's objects that the writers use.
const PROPERTIES: [&str; 40] = [
    "Message",
    "Id",
    "Version",
    "Qualifiers",
    "Level",
    "Task",
    "Opcode",
    "Keywords",
    "RecordId",
    "ProviderName",
    "ProviderId",
    "LogName",
    "ProcessId",
    "ThreadId",
    "MachineName",
    "UserId",
    "TimeCreated",
    "ActivityId",
    "RelatedActivityId",
    "ContainerLog",
    "MatchedQueryIds",
    "Bookmark",
    "LevelDisplayName",
    "OpcodeDisplayName",
    "TaskDisplayName",
    "KeywordsDisplayNames",
    "Properties",
    "Index",
    "EntryType",
    "InstanceId",
    "Category",
    "CategoryNumber",
    "ReplacementStrings",
    "Source",
    "TimeGenerated",
    "TimeWritten",
    "UserName",
    "Time",
    "InstanceID",
    "EventID",
];

impl Labels {
    /// The labels of a language.
    pub fn of(name: &str) -> Labels {
        let (old, viewer): ([&str; 9], [&str; 10]) = match name {
            "ko" => (
                ["이벤트 유형", "이벤트 원본", "이벤트 범주", "이벤트 ID", "날짜", "시간", "사용자", "컴퓨터", "설명"],
                ["로그 이름", "원본", "날짜", "이벤트 ID", "작업 범주", "수준", "키워드", "사용자", "컴퓨터", "설명"],
            ),
            "de" => (
                [
                    "Ereignistyp",
                    "Ereignisquelle",
                    "Ereigniskategorie",
                    "Ereigniskennung",
                    "Datum",
                    "Zeit",
                    "Benutzer",
                    "Computer",
                    "Beschreibung",
                ],
                [
                    "Protokollname",
                    "Quelle",
                    "Datum",
                    "Ereignis-ID",
                    "Aufgabenkategorie",
                    "Ebene",
                    "Schlüsselwörter",
                    "Benutzer",
                    "Computer",
                    "Beschreibung",
                ],
            ),
            "ja" => (
                [
                    "イベントの種類",
                    "イベント ソース",
                    "イベント カテゴリ",
                    "イベント ID",
                    "日付",
                    "時刻",
                    "ユーザー",
                    "コンピュータ",
                    "説明",
                ],
                [
                    "ログの名前",
                    "ソース",
                    "日付",
                    "イベント ID",
                    "タスクのカテゴリ",
                    "レベル",
                    "キーワード",
                    "ユーザー",
                    "コンピューター",
                    "説明",
                ],
            ),
            "zh" => (
                ["事件类型", "事件来源", "事件种类", "事件 ID", "日期", "时间", "用户", "计算机", "描述"],
                ["日志名称", "来源", "日期", "事件 ID", "任务类别", "级别", "关键字", "用户", "计算机", "描述"],
            ),
            _ => (
                [
                    "Event Type",
                    "Event Source",
                    "Event Category",
                    "Event ID",
                    "Date",
                    "Time",
                    "User",
                    "Computer",
                    "Description",
                ],
                [
                    "Log Name",
                    "Source",
                    "Date",
                    "Event ID",
                    "Task Category",
                    "Level",
                    "Keywords",
                    "User",
                    "Computer",
                    "Description",
                ],
            ),
        };
        let strings = |all: &[&str]| all.iter().map(|l| (*l).to_owned()).collect::<Vec<_>>();
        let wevtutil = [
            viewer[0],
            viewer[1],
            viewer[2],
            viewer[3],
            "Task",
            viewer[5],
            "Opcode",
            "Keyword",
            viewer[7],
            "User Name",
            viewer[8],
            viewer[9],
        ];
        Labels {
            old: strings(&old),
            viewer: strings(&viewer),
            wevtutil: strings(&wevtutil),
            columns: strings(&[viewer[5], viewer[2], viewer[1], viewer[3], viewer[4]]),
            properties: PROPERTIES.iter().map(|p| (*p, (*p).to_owned())).collect(),
        }
    }

    /// Every label made anew.
    pub fn made(mut word: impl FnMut() -> String) -> Labels {
        let mut labels = Labels::of("en");
        let lists = [&mut labels.old, &mut labels.viewer, &mut labels.wevtutil, &mut labels.columns];
        lists.into_iter().flat_map(|l| l.iter_mut()).for_each(|l| *l = word());
        labels.properties.iter_mut().for_each(|(_, l)| *l = word());
        labels
    }

    pub(super) fn property(&self, name: &str) -> &str {
        self.properties.iter().find(|(n, _)| *n == name).map_or("", |(_, l)| l.as_str())
    }
}

fn code(value: Option<u32>) -> String {
    value.map_or(String::new(), |c| format!("0x{c:08X}"))
}

/// A message with the event's values, in the project's own words.
pub fn message(event: &Event, tongue: &Tongue) -> String {
    let f: Fields = fields(event);
    let side = match f.side {
        Side::Client => tongue.sides[1],
        _ => tongue.sides[0],
    };
    let number = |n: Option<u32>| n.map_or(String::new(), |n| n.to_string());
    let (code, state, alert) = (code(f.code), number(f.state), f.alert.map_or(String::new(), |a| a.to_string()));
    let protocol = f.protocol.clone().unwrap_or_default();
    let endpoint = f.endpoint.clone().unwrap_or_default();
    let remote = f.remote.clone().unwrap_or_default();
    let caller = f.process.as_ref().map_or(String::new(), |p| {
        let name = p.name.as_deref().unwrap_or_default().rsplit('\\').next().unwrap_or_default().to_owned();
        format!("{name} (PID: {})", number(p.id))
    });
    let told = |en: String, ko: String, de: String, ja: String, zh: String| match tongue.name {
        "ko" => ko,
        "de" => de,
        "ja" => ja,
        "zh" => zh,
        _ => en,
    };
    match event.id {
        36870 => told(
            format!(
                "The private key of the TLS {side} credential could not be opened. Code of the module: {code}. The internal state is {state}."
            ),
            format!(
                "TLS {side} 자격 증명의 개인 키를 여는 데 실패했습니다. 모듈이 돌려준 코드는 {code}입니다. 내부 상태는 {state}입니다."
            ),
            format!(
                "Der private Schlüssel der TLS-Anmeldeinformationen ({side}) war nicht zu öffnen. Code des Moduls: {code}. Interner Zustand: {state}."
            ),
            format!(
                "TLS {side}の資格情報の秘密キーを開けませんでした。モジュールのコードは {code} です。内部の状態は {state} です。"
            ),
            format!("无法打开 TLS {side}凭据的私钥。模块返回的代码是 {code}。内部状态是 {state}。"),
        ),
        36871 => told(
            format!(
                "A TLS {side} credential could not be made. The internal state is {state}. The caller is {caller}."
            ),
            format!(
                "TLS {side} 자격 증명을 만들지 못했습니다. 내부 상태는 {state}입니다. 호출한 프로세스는 {caller}입니다."
            ),
            format!(
                "Anmeldeinformationen für TLS ({side}) waren nicht zu erstellen. Interner Zustand: {state}. Aufrufer: {caller}."
            ),
            format!(
                "TLS {side}の資格情報を作成できませんでした。内部の状態は {state} です。呼び出し元は {caller} です。"
            ),
            format!("无法创建 TLS {side}凭据。内部状态是 {state}。调用进程是 {caller}。"),
        ),
        36874 => told(
            format!("A {protocol} request came in, and this machine takes none of the suites that it offers."),
            format!("{protocol} 요청이 왔지만 이 컴퓨터가 받는 암호 그룹이 하나도 없습니다."),
            format!("Eine {protocol}-Anforderung ging ein, deren Suites dieser Rechner sämtlich nicht annimmt."),
            format!("{protocol} の要求を受け取りましたが、共通の暗号スイートがひとつもありません。"),
            format!("收到 {protocol} 请求，但是此计算机不接受其中的任何密码套件。"),
        ),
        36887 => told(
            format!("The other end sent a fatal TLS alert. Its number is {alert}."),
            format!("상대편이 심각한 TLS 경고를 보냈습니다. 경고 번호는 {alert}입니다."),
            format!("Die Gegenseite hat eine schwere TLS-Warnung gesendet. Ihre Nummer: {alert}."),
            format!("相手から致命的な TLS アラートを受信しました。番号は {alert} です。"),
            format!("对方发送了严重的 TLS 警报。警报号码是 {alert}。"),
        ),
        36888 => told(
            format!(
                "A fatal TLS alert was made and sent to the other end. Its number is {alert}. The state of Schannel is {state}."
            ),
            format!(
                "심각한 TLS 경고를 만들어 상대편에 보냈습니다. 경고 번호는 {alert}입니다. 내부 상태는 {state}입니다."
            ),
            format!(
                "Eine schwere TLS-Warnung wurde erzeugt und gesendet. Ihre Nummer: {alert}. Zustand von Schannel: {state}."
            ),
            format!(
                "致命的な TLS アラートを生成して相手に送信しました。番号は {alert} です。内部の状態は {state} です。"
            ),
            format!("生成了严重的 TLS 警报并发送给对方。警报号码是 {alert}。内部状态是 {state}。"),
        ),
        36884 => told(
            format!("The certificate of the other end is not for the name {remote} that was asked for."),
            format!("상대편 인증서가 요청한 이름 {remote}에 맞지 않습니다. 연결을 거부했습니다."),
            format!("Das Zertifikat der Gegenseite gilt nicht für den verlangten Namen {remote}."),
            format!("相手の証明書は要求された名前 {remote} のものではありません。"),
            format!("对方的证书不适用于所请求的名称 {remote}，连接被拒绝。"),
        ),
        15021 | 15300..=15302 | 15005 => told(
            format!("The settings of TLS for the endpoint {endpoint} are concerned (number of the kind: see the id)."),
            format!("끝점 {endpoint} 에 대한 TLS 설정에 관한 이벤트입니다. 자세한 내용은 데이터를 보십시오."),
            format!("Es geht um die TLS-Einstellungen für den Endpunkt {endpoint} dieses Rechners."),
            format!("エンドポイント {endpoint} の TLS 設定に関するイベントです。"),
            format!("此事件与终结点 {endpoint} 的 TLS 设置有关，请查看数据。"),
        ),
        _ => told(
            "What happened stands in the details of this event.".to_owned(),
            "자세한 내용은 이 이벤트의 세부 정보를 보십시오.".to_owned(),
            "Was geschah, steht in den Einzelheiten dieses Ereignisses.".to_owned(),
            "詳細についてはこのイベントの詳細情報を参照してください。".to_owned(),
            "有关详细内容请参阅此事件的详细信息部分。".to_owned(),
        ),
    }
}
