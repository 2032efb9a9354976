//! One line on stderr while something takes long: nothing in the first 300 ms, on a terminal only, rewritten in place.
use std::{
    io::{IsTerminal, Write},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};
use tlsdiag_model::facts::Opening;
use tlsdiag_model::{Ask, Lang, Say, say};

/// The line; taken away when dropped.
pub(crate) struct Progress {
    doing: Arc<Mutex<String>>,
    done: Arc<AtomicBool>,
    painter: Option<JoinHandle<()>>,
    lang: Lang,
}

impl Progress {
    /// Starts watching the clock.
    pub(crate) fn start(lang: Lang, quiet: bool) -> Progress {
        let doing = Arc::new(Mutex::new(String::new()));
        let done = Arc::new(AtomicBool::new(false));
        let painter = (!quiet && std::io::stderr().is_terminal()).then(|| {
            let (doing, done) = (doing.clone(), done.clone());
            std::thread::spawn(move || paint(&doing, &done))
        });
        Progress { doing, done, painter, lang }
    }
    /// What is being done now.
    pub(crate) fn doing(&self, asks: &[Ask]) {
        let text = words(asks).render(self.lang);
        *self.doing.lock().unwrap_or_else(PoisonError::into_inner) = text;
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.done.store(true, Ordering::SeqCst);
        if let Some(p) = self.painter.take() {
            let _ = p.join();
        }
    }
}

fn paint(doing: &Mutex<String>, done: &AtomicBool) {
    let start = Instant::now();
    let mut shown = false;
    while !done.load(Ordering::SeqCst) {
        std::thread::sleep(Duration::from_millis(50));
        let elapsed = start.elapsed();
        if elapsed >= Duration::from_millis(300) {
            let text = doing.lock().unwrap_or_else(PoisonError::into_inner).clone();
            let _ = write!(std::io::stderr(), "\r\x1b[K{text} ({} s)", elapsed.as_secs());
            shown = true;
        }
    }
    if shown {
        let _ = write!(std::io::stderr(), "\r\x1b[K");
    }
}

/// What an ask is doing, in a few words.
fn words(asks: &[Ask]) -> Say {
    match asks.first() {
        None => {
            say!("looking at the name, the address and the first handshake", "이름, 주소, 첫 핸드셰이크를 확인하는 중")
        }
        Some(Ask::Wait(_)) => {
            say!("the server is silent; waiting until that counts", "서버가 응답하지 않아 기다리는 중")
        }
        Some(Ask::Again { .. } | Ask::FullAgain { .. } | Ask::Connect { .. }) => {
            say!("trying the same once more", "같은 시도를 한 번 더 하는 중")
        }
        Some(Ask::Full(_) | Ask::Handshake(_)) => say!("completing a handshake", "핸드셰이크를 끝까지 진행하는 중"),
        Some(Ask::Talk { opening: Opening::Listened, .. }) => {
            say!("listening for a greeting", "먼저 오는 말이 있는지 듣는 중")
        }
        Some(Ask::Talk { .. }) => say!("asking by plain http", "일반 http로 묻는 중"),
        Some(Ask::Fetch { .. }) => say!("fetching an issuer's certificate", "발급자 인증서를 받는 중"),
        Some(Ask::Revocation { .. }) => say!("asking whether the certificate is revoked", "인증서 해지 여부를 묻는 중"),
        Some(Ask::Trial { .. } | Ask::Table { .. } | Ask::Under { .. }) => {
            say!("trying a hello with one thing changed", "한 가지를 바꾼 ClientHello를 시험하는 중")
        }
    }
}
