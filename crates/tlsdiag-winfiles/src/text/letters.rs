//! How plausible a text is as something that people and Windows write, in the script that a code page is for.
//!
//! A wrong page betrays itself: symbols and frames inside of words, capitals after small letters, characters that the right
//! language does not have. Every character beyond ASCII earns or loses points; the mean decides.

/// The scripts that code pages are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Script {
    Latin,
    Cyrillic,
    Greek,
    Korean,
    Japanese,
    SimplifiedChinese,
    TraditionalChinese,
    Thai,
    Hebrew,
    Arabic,
}

/// Languages of [`ALPHABETS`] that the ASCII part of a text speaks, as bits.
#[derive(Debug, Clone, Copy)]
pub(super) struct Hints(u32);

struct Alphabet {
    small: &'static str,
    words: &'static [&'static str],
}

/// Letters beyond ASCII of languages in Latin script, and words that stand in their output without such letters.
#[rustfmt::skip]
const ALPHABETS: &[Alphabet] = &[
    Alphabet { small: "äöüß", words: &["und", "der", "die", "lokale", "verbindungen", "adresse", "datei", "zertifikat", "zertifikathash", "nicht", "aussteller", "antragsteller"] },
    Alphabet { small: "éèêàçùûôîïëœâ", words: &["de", "du", "le", "la", "les", "adresse", "locale", "connexions", "certificat", "distante"] },
    Alphabet { small: "áéíóúñü", words: &["de", "la", "el", "local", "conexiones", "certificado", "estado", "activas", "remota"] },
    Alphabet { small: "ãõáéíóúâêôçà", words: &["de", "do", "da", "local", "certificado", "estado", "ativas", "externo"] },
    Alphabet { small: "àèéìòù", words: &["di", "del", "il", "indirizzo", "connessioni", "certificato", "stato"] },
    Alphabet { small: "åäöøæé", words: &["och", "og", "til", "lokal", "adress", "adresse", "aktiva"] },
    Alphabet { small: "ąćęłńóśźż", words: &["certyfikatu", "adres", "lokalny", "stan", "jest", "protok"] },
    Alphabet { small: "áčďéěíňóřšťúůýž", words: &["adresa", "stav", "typ"] },
    Alphabet { small: "áéíóöőúüű", words: &["helyi", "az", "protokoll"] },
    Alphabet { small: "ăâîșşțţ", words: &["adresa", "locala", "certificat", "stare"] },
    Alphabet { small: "çğıöşü", words: &["yerel", "adres", "durum", "ve"] },
    Alphabet { small: "čćđšž", words: &["lokalna", "adresa", "stanje"] },
    Alphabet { small: "ëïéèö", words: &["lokaal", "het", "een", "verbindingen"] },
];

/// Which languages the ASCII words of `octets` speak.
pub(super) fn hinted(octets: &[u8]) -> Hints {
    let mut bits = 0_u32;
    for word in octets.split(|o| !o.is_ascii_alphabetic()).filter(|w| (2..=16).contains(&w.len())) {
        for (at, alphabet) in ALPHABETS.iter().enumerate() {
            if alphabet.words.iter().any(|known| known.as_bytes().eq_ignore_ascii_case(word)) {
                bits |= 1_u32.checked_shl(u32::try_from(at).unwrap_or(u32::MAX)).unwrap_or(0);
            }
        }
    }
    Hints(bits)
}

/// Mean points per octet that a character beyond ASCII takes, in hundredths.
pub(super) fn plausibility(text: &str, script: Script, common: impl Fn(char) -> bool, hints: Hints) -> i64 {
    if script != Script::Latin {
        return mean(text, |c, before, after| other(c, before, after, script, &common));
    }
    let of = |(at, alphabet): (usize, &Alphabet)| {
        let bit = 1_u32.checked_shl(u32::try_from(at).unwrap_or(u32::MAX)).unwrap_or(0);
        mean(text, |c, before, after| (latin(c, before, after, alphabet.small), 1))
            + if hints.0 & bit == 0 { 0 } else { 60 }
    };
    ALPHABETS.iter().enumerate().map(of).max().unwrap_or(0)
}

fn mean(text: &str, points: impl Fn(char, char, char) -> (i64, i64)) -> i64 {
    let (mut sum, mut octets, mut before) = (0_i64, 0_i64, ' ');
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        if !c.is_ascii() {
            let (value, width) = points(c, before, rest.peek().copied().unwrap_or(' '));
            sum = sum.saturating_add(value.saturating_mul(width));
            octets = octets.saturating_add(width);
        }
        before = c;
    }
    sum.checked_div(octets).unwrap_or(0)
}

const RUINED: i64 = -1000;

fn latin(c: char, before: char, after: char, alphabet: &str) -> i64 {
    match c {
        char::REPLACEMENT_CHARACTER | '\u{80}'..='\u{9f}' => RUINED,
        '\u{a0}' if matches!(after, ':' | '=' | '»' | ';' | '!' | '?') || before == '«' || before.is_ascii_digit() => {
            200
        }
        '\u{a0}' => 20,
        '’' if before.is_alphabetic() && after.is_alphabetic() => 200,
        '«' | '»' | '“' | '”' | '„' | '–' | '—' | '’' | '‘' | '…' | '¿' | '¡'
            if !(before.is_alphabetic() && after.is_alphabetic()) =>
        {
            30
        }
        '°' | 'º' | 'ª' | '§' | '©' | '®' | '™' | '€' if !(before.is_alphabetic() && after.is_alphabetic()) => {
            20
        }
        _ if c.is_alphabetic() => {
            let lower = c.to_lowercase().next().unwrap_or(c);
            let known = if alphabet.contains(lower) { 300 } else { -100 };
            known + case(c, before, after)
        }
        '─'..='╬' => -400,
        _ => -300,
    }
}

/// Small letters follow letters; a capital stands at the head of a word or among capitals.
fn case(c: char, before: char, after: char) -> i64 {
    if c.is_lowercase() {
        match (before.is_uppercase(), after.is_uppercase()) {
            (_, true) => -200,
            (true, false) if after.is_alphabetic() => 0,
            _ => 50,
        }
    } else if before.is_lowercase() {
        -300
    } else if before.is_uppercase() && after.is_lowercase() {
        -100
    } else {
        0
    }
}

fn other(c: char, before: char, after: char, script: Script, common: &impl Fn(char) -> bool) -> (i64, i64) {
    let wide =
        matches!(script, Script::Korean | Script::Japanese | Script::SimplifiedChinese | Script::TraditionalChinese);
    let width = if wide && !('\u{ff61}'..='\u{ff9f}').contains(&c) { 2 } else { 1 };
    if c == char::REPLACEMENT_CHARACTER || ('\u{80}'..='\u{9f}').contains(&c) || ('\u{e000}'..='\u{f8ff}').contains(&c)
    {
        return (RUINED, width);
    }
    let points = match script {
        Script::Cyrillic => match c {
            'а'..='я' | 'А'..='Я' | 'ё' | 'Ё' => {
                let frequent = if "оеаинтсрвл".contains(c) { 60 } else { 0 };
                let alone = !before.is_alphabetic() && !after.is_alphabetic();
                let mixed = before.is_ascii_alphabetic() || after.is_ascii_alphabetic();
                200 + frequent + case(c, before, after) - if alone { 100 } else { 0 } - if mixed { 200 } else { 0 }
            }
            'і' | 'ї' | 'є' | 'ґ' | 'ў' | 'І' | 'Ї' | 'Є' | 'Ґ' | 'Ў' | 'ј' | 'љ' | 'њ' | 'ћ' | 'ђ' | 'џ' => {
                80 + case(c, before, after)
            }
            '«' | '»' | '№' | '—' | '–' | '\u{a0}' => 30,
            _ => -300,
        },
        Script::Greek => match c {
            'α'..='ω' | 'Α'..='Ω' | 'ά' | 'έ' | 'ή' | 'ί' | 'ό' | 'ύ' | 'ώ' | 'Ά' | 'Έ' | 'Ό' => {
                let mixed = before.is_ascii_alphabetic() || after.is_ascii_alphabetic();
                let alone = !before.is_alphabetic() && !after.is_alphabetic();
                220 + case(c, before, after) - if mixed || alone { 300 } else { 0 }
            }
            '«' | '»' | '\u{a0}' => 20,
            _ => -300,
        },
        Script::Korean => match c {
            '가'..='힣' if KOREAN.contains(c) => 330,
            '가'..='힣' if common(c) => 230,
            '\u{3000}'..='\u{303f}' | '\u{ff01}'..='\u{ff5e}' | '‘'..='”' | '·' | '…' => 100,
            '가'..='힣' => -150,
            _ => -120,
        },
        Script::Japanese => match c {
            'ぁ'..='ん' | 'ァ'..='ヶ' | 'ー' => 320,
            '\u{3000}'..='\u{303f}' | '\u{ff01}'..='\u{ff5e}' => 150,
            '\u{ff61}'..='\u{ff9f}' => -250,
            _ if common(c) => 200,
            _ => -120,
        },
        Script::SimplifiedChinese => match c {
            _ if SIMPLIFIED.contains(c) => 330,
            _ if common(c) => 220,
            '\u{3000}'..='\u{303f}' | '\u{ff01}'..='\u{ff5e}' | '‘'..='”' => 100,
            _ => -120,
        },
        Script::TraditionalChinese => match c {
            _ if TRADITIONAL.contains(c) => 330,
            '\u{3000}'..='\u{303f}' | '\u{ff01}'..='\u{ff5e}' | '‘'..='”' => 100,
            _ if common(c) => 220,
            _ => -120,
        },
        Script::Thai => {
            if ('\u{e01}'..='\u{e5b}').contains(&c) {
                letters_of_its_own(before, after)
            } else {
                -300
            }
        }
        Script::Hebrew => {
            if ('\u{5d0}'..='\u{5ea}').contains(&c) {
                letters_of_its_own(before, after)
            } else {
                -300
            }
        }
        Script::Arabic => {
            if ('\u{620}'..='\u{6d2}').contains(&c) {
                letters_of_its_own(before, after)
            } else {
                -300
            }
        }
        Script::Latin => 0,
    };
    (points, width)
}

/// Scripts without case are trusted only where their letters stand together.
fn letters_of_its_own(before: char, after: char) -> i64 {
    let mixed = before.is_ascii_alphabetic() || after.is_ascii_alphabetic();
    let alone = before.is_ascii() && after.is_ascii();
    210 - if mixed || alone { 400 } else { 0 }
}

// Characters that what Windows prints is mostly made of.
const KOREAN: &str = "이다는을의에지고가한기로사하시서도아자대나리어부정인해보그일과전들게주수장소것면조있구관련없않됩니습했된할만원제상태연결프토콜컬외활성응용램트워크파터스인증해시저름검색오류발생개체유형값작업명령실행완료확키공급요청설정웹버이벤날짜컴퓨설명분류날의모든포함중입출력열위치번호목록파드폴더볼륨권허용거액세계호그룹모드바이트";
const SIMPLIFIED: &str = "的一是不了在有和为这中大来上个国以到说们时要就出会可也你对生能而子那得于着下自之年过发后作里用道行所然家种事成方多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心本前开但因只从想实日军者意无力它与长把机十民第公此已工使情明性知全三又关点正业外将两高间由问很最重并物手应战向头文体政美相见被利什二等产或新己制身果加西斯月话合回特代内信表化老给世位次度门任常先海通教儿原东声提立及比员解水名真论处走义各入几口认条平系气题活尔更别打女变四神总何电数安少报才结反受目太量再感建务做接必场件计管期市直德资命山金指克许统区保至队形社便空决治展马科司五基眼书非则听白却界达光放强即像难且权思王象完设式色路记南品住告类求据程北边死张该交规万取拉格望觉术领共确传师观清今切院让识候带导争运址地部状态协议证书哈希储称加密连接监听端口用户错误服务器颁者密钥容器";
const TRADITIONAL: &str = "的一是不了在有和為這中大來上個國以到說們時要就出會可也你對生能而子那得於著下自之年過發後作裡用道行所然家種事成方多經麼去法學如都同現當沒動面起看定天分還進好小部其些主樣理心本前開但因只從想實日者意無力它與長把機十民第公此已工使情明性知全三又關點正業外將兩高間由問很最重並物手應向頭文體相見被利什二等產或新制身果加月話合回特代內信表化給世位次度門任常先通原東提立及比員解名真論處走義各入幾口認條平系氣題活更別打變四總何電數安少報結反受目太量再建務做接必場件計管期市直資命指許統區保至形社空決展科基書非則聽達光放強即權完設式色路記品告類求據程該交規取格術領共確傳觀切識導運址狀態協定證雜湊儲稱連線監聽埠使用錯誤服伺器憑簽發金鑰容";
