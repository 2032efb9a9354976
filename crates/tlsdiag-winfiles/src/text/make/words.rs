//! The words of a tool in one language: labels, headings, states. Values never come from here.

/// Words for labels and states, and how they are set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words {
    /// Labels, used one after the other; a tool takes the same one for the same field. Fields beyond them are numbered.
    pub labels: Vec<String>,
    /// Enabled, LISTENING.
    pub on: String,
    /// Disabled, ESTABLISHED.
    pub off: String,
    /// Not Set.
    pub unset: String,
    /// Columns to which labels are padded.
    pub width: usize,
    /// What stands between label and value.
    pub separator: String,
}

impl Words {
    /// English.
    #[must_use]
    pub fn english() -> Self {
        Self::of(
            &[
                "Certificate bindings",
                "IP:port",
                "Certificate Hash",
                "Application ID",
                "Certificate Store Name",
                "Verify Client Certificate Revocation",
                "Verify Revocation Using Cached Client Certificate Only",
                "Usage Check",
                "Revocation Freshness Time",
                "URL Retrieval Timeout",
                "Ctl Identifier",
                "Ctl Store Name",
                "DS Mapper Usage",
                "Negotiate Client Certificate",
            ],
            ["Enabled", "Disabled", "Not Set"],
        )
    }

    /// Korean words, not copied from a real listing.
    #[must_use]
    pub fn korean() -> Self {
        Self::of(
            &[
                "인증서 바인딩",
                "IP:포트",
                "인증서 해시",
                "응용 프로그램 ID",
                "인증서 저장소 이름",
                "인증서 해지 확인",
                "캐시만 사용",
                "사용 확인",
                "새로 고침 시간",
                "검색 제한 시간",
            ],
            ["사용", "사용 안 함", "설정되지 않음"],
        )
    }

    /// German words.
    #[must_use]
    pub fn german() -> Self {
        Self::of(
            &[
                "Zertifikatbindungen",
                "IP:Port",
                "Zertifikathash",
                "Anwendungs-ID",
                "Zertifikatspeichername",
                "Sperrung überprüfen",
                "Nur zwischengespeichert",
                "Verwendung prüfen",
            ],
            ["Aktiviert", "Deaktiviert", "Nicht festgelegt"],
        )
    }

    /// Japanese words.
    #[must_use]
    pub fn japanese() -> Self {
        Self::of(
            &["証明書のバインド", "IP:ポート", "証明書ハッシュ", "アプリケーション ID", "証明書ストア名", "失効の確認"],
            ["有効", "無効", "未設定"],
        )
    }

    /// Any words: several scripts, blanks, colons inside, other widths and separators. The same seed gives the same words.
    #[must_use]
    pub fn random(seed: u64) -> Self {
        let mut random = Random(seed);
        let mut labels: Vec<String> = Vec::new();
        while labels.len() < 24 {
            let label = random.label();
            if !labels.contains(&label) {
                labels.push(label);
            }
        }
        let mut states: Vec<String> = Vec::new();
        while states.len() < 3 {
            let word = random.word();
            if !states.contains(&word) {
                states.push(word);
            }
        }
        let mut states = states.into_iter();
        let mut state = || states.next().unwrap_or_default();
        let separators = [": ", " : ", ":  ", "\u{a0}: ", "：", " ： "];
        Self {
            labels,
            on: state(),
            off: state(),
            unset: state(),
            width: random.below(48),
            separator: separators.get(random.below(separators.len())).copied().unwrap_or(": ").to_owned(),
        }
    }

    /// The label of a field.
    #[must_use]
    pub fn label(&self, field: usize) -> String {
        let at = field.checked_rem(self.labels.len()).unwrap_or(0);
        let label = self.labels.get(at).map_or("x", String::as_str);
        if field == at { label.to_owned() } else { format!("{label} {}", field.saturating_sub(at)) }
    }

    /// The same without characters that some code pages lack between label and value: full-width colons, no-break blanks.
    #[must_use]
    pub fn narrow(mut self) -> Self {
        for label in &mut self.labels {
            *label = label.replace('：', ":");
        }
        self.separator = self.separator.replace('：', ": ").replace('\u{a0}', " ");
        self
    }

    /// `label   : value`.
    #[must_use]
    pub fn line(&self, indent: usize, field: usize, value: &str) -> String {
        let label = self.label(field);
        let padding = self.width.saturating_sub(label.chars().count());
        format!("{}{label}{}{}{value}\r\n", " ".repeat(indent), " ".repeat(padding), self.separator)
    }

    fn of(labels: &[&str], [on, off, unset]: [&str; 3]) -> Self {
        Self {
            labels: labels.iter().map(|label| (*label).to_owned()).collect(),
            on: on.to_owned(),
            off: off.to_owned(),
            unset: unset.to_owned(),
            width: 28,
            separator: " : ".to_owned(),
        }
    }
}

/// Numbers that look random and are the same for the same seed (SplitMix64).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        let end = u64::try_from(end).unwrap_or(u64::MAX).max(1);
        usize::try_from(self.next() % end).unwrap_or(0)
    }

    /// One to nine letters of one script.
    fn word(&mut self) -> String {
        const SCRIPTS: &[&str] = &[
            "ghijklmnopqrstuvwxyzäöüßéèñç",
            "GHIJKLMNOPQRSTUVWXYZÄÖÜ",
            "가나다라마바사아자차카타파하인증서연결",
            "あいうえおかきくけこアイウエオカ",
            "证书绑定应用程序存储名称",
            "абвгдежзиклмнопрст",
            "αβγδεζηθικλμ",
            "ابتثجحخدذر",
            "กขคงจฉชซ",
        ];
        let script: Vec<char> = SCRIPTS.get(self.below(SCRIPTS.len())).unwrap_or(&"x").chars().collect();
        let length = 1 + self.below(9);
        (0..length).map(|_| script.get(self.below(script.len())).copied().unwrap_or('x')).collect()
    }

    /// One to four words, with blanks or marks between them, colons among them.
    fn label(&mut self) -> String {
        let mut out = self.word();
        for _ in 0..self.below(4) {
            let between = [" ", " ", " ", "-", "/", ":", " : ", "：", "'", " (", ". "];
            out.push_str(between.get(self.below(between.len())).unwrap_or(&" "));
            out.push_str(&self.word());
        }
        out
    }
}
