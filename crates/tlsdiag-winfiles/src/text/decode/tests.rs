//! Tests of the decoder: every encoding of the tools, and mixtures.
use super::*;

const KOREAN: &str = "활성 연결\r\n\r\n  프로토콜  로컬 주소              외부 주소              상태            PID\r\n  TCP    0.0.0.0:443  0.0.0.0:0  LISTENING  4\r\n";

fn le(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

fn be(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_be_bytes).collect()
}

#[test]
fn utf16_in_either_order_with_and_without_mark() {
    for text in ["    IP:port  : 0.0.0.0:443\r\n", KOREAN, "보안 채널 오류입니다\r\n"] {
        assert_eq!(decode(&le(text)).text, text);
        assert_eq!(decode(&be(text)).text, text);
        let marked = decode(&[vec![0xff, 0xfe], le(text)].concat());
        assert_eq!((marked.text.as_str(), marked.encoding, marked.replaced), (text, Encoding::Utf16Le, 0));
        let marked = decode(&[vec![0xfe, 0xff], be(text)].concat());
        assert_eq!((marked.text.as_str(), marked.encoding), (text, Encoding::Utf16Be));
        let mut odd = le(text);
        odd.push(b'x');
        let odd = decode(&odd);
        assert!(odd.text.starts_with(text));
        assert_eq!(odd.replaced, 1);
    }
}

#[test]
fn utf16_appended_to_octets_and_the_reverse() {
    let ansi = CodePage::numbered(949).unwrap().encode(KOREAN);
    let mixed = decode(&[ansi.clone(), le(KOREAN), ansi].concat());
    assert_eq!(mixed.text, KOREAN.repeat(3));
    assert_eq!((mixed.encoding, mixed.replaced), (Encoding::Mixed, 0));
    // an odd number of octets before, and a byte order mark in the middle
    let mixed =
        decode(&[b"odd\r\n".to_vec(), vec![0xff, 0xfe], le("    a : b\r\n"), b"netstat\r\n  x\r\n".to_vec()].concat());
    assert_eq!(mixed.text, "odd\r\n    a : b\r\nnetstat\r\n  x\r\n");
}

#[test]
fn characters_whose_low_octet_is_a_line_end() {
    for text in ["おしらせ上のサーバー\r\n  TCP  x\r\n", "名上上名上\r\nx\r\n", "ช\r\nab\r\n", "アイウエオ上\n上\n"]
    {
        assert_eq!(decode(&le(text)).text, text);
        assert_eq!(decode(&be(text)).text, text);
    }
}

#[test]
fn an_octet_too_many_in_utf16_costs_one_character() {
    let mixed = decode(&[le("first line\r\n"), le("sec"), vec![0x41], le("ond line\r\nthird\r\n")].concat());
    assert!(mixed.text.starts_with("first line\r\nsec"), "{:?}", mixed.text);
    assert!(mixed.text.ends_with("ond line\r\nthird\r\n"), "{:?}", mixed.text);
}

#[test]
fn a_lone_half_of_a_line_end_at_the_head() {
    let octets = [vec![0, b'\r'], le("abcdefghijklmnopqrstuvwxyz")].concat();
    assert!(decode(&octets).text.contains("xyz"));
}

#[test]
fn utf8_cut_inside_a_character_stays_utf8() {
    let text = KOREAN.as_bytes();
    let cut = decode(text.get(..text.len() - 60 - 1).unwrap());
    assert_eq!(cut.encoding, Encoding::Utf8);
    let ruined = decode("  TCP  ABH\u{fffd}REN\n".as_bytes());
    assert_eq!((ruined.encoding, ruined.replaced), (Encoding::Utf8, 1));
}

#[test]
fn lines_of_utf8_and_of_a_code_page_in_one_file() {
    let page = CodePage::numbered(949).unwrap();
    let mixed = decode(&[KOREAN.as_bytes().to_vec(), page.encode(KOREAN)].concat());
    assert_eq!((mixed.text, mixed.encoding, mixed.replaced), (KOREAN.repeat(2), Encoding::Mixed, 0));
}

/// Texts in the words of the tools, with every code page in which a Windows of that language writes them.
const SPOKEN: &[(&str, &[u16])] = &[
    (KOREAN, &[949]),
    ("활성 연결", &[949]),
    ("인증서 해시(sha1): x\r\n암호화 테스트를 통과했습니다.", &[949]),
    ("活动连接\r\n  协议  本地地址          外部地址        状态           PID", &[936]),
    ("无法获取所有权信息", &[936]),
    ("証明書ハッシュ(sha1): x\r\nアクティブな接続\r\n  プロトコル  ローカル アドレス", &[932]),
    ("使用中連線\r\n  協定   本機位址               外部位址               狀態            PID", &[950]),
    ("  TCP    0.0.0.0:135   0.0.0.0:0  ABHÖREN   1128", &[]),
    ("Aktive Verbindungen\r\n  Proto  Lokale Adresse  ABHÖREN 4\r\n Schlüsselcontainer = x", &[1252, 850]),
    ("  Proto  Lokale Adresse Remoteadresse\r\n  TCP    0.0.0.0:135   0.0.0.0:0  ABHÖREN   1128", &[]),
    ("Conteneur de clé : x\r\nÉmetteur\u{a0}: y\r\nAdresse locale  Adresse distante  État", &[1252, 850]),
    ("Conexiones activas\r\n  Proto  Dirección local   Dirección remota  Estado", &[1252, 850]),
    ("Conexões ativas\r\n  Proto  Endereço local   Endereço externo  Estado", &[1252, 850]),
    ("Активные подключения\r\n  Имя    Локальный адрес        Внешний адрес          Состояние", &[1251, 866]),
    ("Хеш сертификата(sha1): 00", &[1251, 866]),
    ("Aktivní připojení\r\n  Proto  Místní adresa   Cizí adresa   Stav", &[1250, 852]),
    ("Aktywne połączenia\r\n  Protokół  Adres lokalny   Obcy adres   Stan", &[1250, 852]),
    ("Etkin Bağlantılar\r\n  İl.Kr.  Yerel Adres   Yabancı Adres   Durum", &[1254, 857]),
    ("Ενεργές συνδέσεις\r\n  Πρωτ.  Τοπική διεύθυνση   Ξένη διεύθυνση   Κατάσταση", &[1253, 737]),
];

#[test]
fn code_pages_are_told_by_plausibility() {
    for (text, pages) in SPOKEN {
        for number in *pages {
            let octets = CodePage::numbered(*number).unwrap().encode(text);
            let read = decode(&octets);
            assert_eq!((read.text.as_str(), read.replaced), (*text, 0), "cp{number} read as {}", read.encoding);
        }
    }
}

#[test]
fn zeros_and_noise_take_linear_time() {
    assert_eq!(decode(&vec![0; 50 << 20]).text.len(), 50 << 20);
    let noise: Vec<u8> = (0..8_u32 << 20).map(|i| (i.wrapping_mul(2_654_435_761) >> 13).to_le_bytes()[0]).collect();
    assert!(!decode(&noise).text.is_empty());
    let pattern: Vec<u8> = [0, 0, b'a'].repeat(4 << 20);
    assert!(!decode(&pattern).text.is_empty());
}
