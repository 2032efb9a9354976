//! Korean particles: which form follows a value depends on whether the word, as it is spoken, ends in a consonant.

/// The form of `particle` (은/는, 이/가, 을/를, 과/와, 으로/로, 이라/라) that follows `value`. Unknown particles: nothing.
pub(crate) fn particle(particle: &str, value: &str) -> &'static str {
    let end = final_sound(value);
    let closed = end != Final::Open;
    match particle {
        "은" | "는" => pick(closed, "은", "는"),
        "이" | "가" => pick(closed, "이", "가"),
        "을" | "를" => pick(closed, "을", "를"),
        "과" | "와" => pick(closed, "과", "와"),
        "으로" | "로" => pick(end == Final::Closed, "으로", "로"),
        "이라" | "라" => pick(closed, "이라", "라"),
        _ => "",
    }
}

fn pick(closed: bool, a: &'static str, b: &'static str) -> &'static str {
    if closed { a } else { b }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Final {
    Open,
    /// ends in ㄹ: takes 로, not 으로
    Rieul,
    Closed,
}

fn final_sound(value: &str) -> Final {
    // brackets, quotes and full stops are not spoken
    let spoken = value.trim_end_matches(|c: char| !c.is_alphanumeric());
    let Some(last) = spoken.chars().next_back() else { return Final::Open };
    match last {
        '가'..='힣' => match (u32::from(last) - 0xac00) % 28 {
            0 => Final::Open,
            8 => Final::Rieul,
            _ => Final::Closed,
        },
        // 영·십·백·천·만, 삼, 육 / 일, 칠, 팔 / 이, 사, 오, 구
        '0' | '3' | '6' => Final::Closed,
        '1' | '7' | '8' => Final::Rieul,
        '0'..='9' => Final::Open,
        c if c.is_ascii_alphabetic() => {
            let before = spoken.chars().rev().nth(1);
            let spelled = c.is_ascii_uppercase() || !before.is_some_and(|b| b.is_ascii_alphabetic());
            match (c.to_ascii_lowercase(), spelled) {
                ('l', _) => Final::Rieul,                             // 엘, -ㄹ
                ('r', true) => Final::Rieul,                          // 알
                ('m' | 'n', _) => Final::Closed,                      // 엠, 엔
                ('g', false) if before == Some('n') => Final::Closed, // -ㅇ
                ('e', false) if before == Some('l') => Final::Rieul,  // example: -플

                _ => Final::Open,
            }
        }
        _ => Final::Open,
    }
}

#[cfg(test)]
mod tests {
    use super::particle;

    #[test]
    fn digits_letters_and_syllables_as_they_are_spoken() {
        for (p, v, want) in [
            ("을", "443", "을"),
            ("을", "80", "을"),
            ("을", "22", "를"),
            ("으로", "8", "로"),
            ("으로", "443", "으로"),
            ("이", "서버", "가"),
            ("이", "인증서 목록", "이"),
            ("으로", "지문", "으로"),
            ("으로", "파일", "로"),
            ("은", "TLS 1.3", "은"),
            ("은", "URL", "은"),
            ("을", "HTTP.sys", "를"),
            ("이", "nginx (443)", "이"),
            ("과", "PEM", "과"),
            ("이", "server", "가"),
            ("이", "SSLR", "이"),
            ("을", "shop.example", "을"),
            ("?", "x", ""),
        ] {
            assert_eq!(particle(p, v), want, "{v} + {p}");
        }
    }
}
