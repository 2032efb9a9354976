//! Real servers in the foreground, each with a configuration of the test's own, ended by their process ids.
use std::{
    fs,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicU16, Ordering},
    time::{Duration, Instant},
};

/// A running server; dropping it ends it.
pub(crate) struct Server {
    child: Child,
    pub(crate) port: u16,
    /// nginx's other port; 0 elsewhere.
    pub(crate) second: u16,
    log: PathBuf,
}

impl Drop for Server {
    fn drop(&mut self) {
        // nginx and Apache have workers: the master ends them when it is asked to end
        let pid = self.child.id().to_string();
        let _ = Command::new("kill").args(["-TERM", &pid]).status();
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_secs(3) {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A port that is free now, and that nobody else of this run takes: below those that the system deals out to clients, and
/// from a part of its own for each process.
pub(crate) fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let part = u16::try_from(std::process::id() % 200).unwrap_or(0);
    for _ in 0..PART {
        let port = 12_000 + part * PART + NEXT.fetch_add(1, Ordering::Relaxed) % PART;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() && TcpListener::bind(("0.0.0.0", port)).is_ok() {
            return port;
        }
    }
    panic!("no free port in a whole part");
}

/// Ports of one process.
const PART: u16 = 100;

fn start(mut command: Command, port: u16, dir: &Path) -> Server {
    let log = dir.join("log");
    let file = fs::File::create(&log).unwrap();
    command.stdin(Stdio::piped()).stdout(file.try_clone().unwrap()).stderr(file);
    let child = command.spawn().unwrap_or_else(|e| panic!("{command:?}: {e}"));
    let mut server = Server { child, port, second: 0, log };
    let begun = Instant::now();
    // not by connecting: single-threaded servers would take that for a visitor
    while !listens(port) {
        let ended = !matches!(server.child.try_wait(), Ok(None));
        assert!(!ended && begun.elapsed() < Duration::from_secs(20), "{command:?}: {}", server.said());
        std::thread::sleep(Duration::from_millis(20));
    }
    server
}

impl Server {
    pub(crate) fn said(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }
}

/// Whether the kernel lists a listener on the port.
fn listens(port: u16) -> bool {
    let hex = format!(":{port:04X}");
    ["/proc/net/tcp", "/proc/net/tcp6"].iter().any(|f| {
        fs::read_to_string(f).unwrap_or_default().lines().any(|l| {
            let mut w = l.split_whitespace().skip(1);
            w.next().is_some_and(|local| local.ends_with(&hex)) && w.nth(1) == Some("0A")
        })
    })
}

/// nginx with the lines of one `server` block; `PORT` is put in, and where there is more than one block
/// `SECOND` is another port.
pub(crate) fn nginx(dir: &Path, block: &str) -> Server {
    let (port, second) = (free_port(), free_port());
    let d = dir.display().to_string();
    let put = |s: &str| s.replace("PORT", &port.to_string()).replace("SECOND", &second.to_string());
    let block = put(block);
    fs::create_dir_all(dir.join("html")).unwrap();
    fs::write(dir.join("html/index.html"), "hello\n").unwrap();
    let conf = format!(
        "daemon off;\nmaster_process on;\nworker_processes 1;\npid {d}/nginx.pid;\nerror_log {d}/error.log;\nevents {{ worker_connections 64; }}\n\
         http {{ access_log off; client_body_temp_path {d}/b; proxy_temp_path {d}/p; fastcgi_temp_path {d}/f; uwsgi_temp_path {d}/u; scgi_temp_path {d}/s;\n\
         root {d}/html; ssl_protocols TLSv1.2 TLSv1.3;\nserver {{\n{block}\n}}\n}}\n"
    );
    fs::write(dir.join("nginx.conf"), conf).unwrap();
    open_to_all(dir);
    let mut c = Command::new("nginx");
    c.args(["-p", &d, "-e", "stderr", "-c", "nginx.conf"]);
    let mut server = start(c, port, dir);
    server.second = second;
    server
}

/// Apache with the lines of one virtual host.
pub(crate) fn apache(dir: &Path, block: &str) -> Server {
    let port = free_port();
    let d = dir.display().to_string();
    fs::create_dir_all(dir.join("html")).unwrap();
    fs::write(dir.join("html/index.html"), "hello\n").unwrap();
    let modules = "/usr/lib/apache2/modules";
    let conf = format!(
        "ServerRoot {d}\nServerName localhost\nPidFile {d}/apache.pid\nErrorLog {d}/error.log\nListen 127.0.0.1:{port}\nMutex file:{d} default\n\
         LoadModule mpm_event_module {modules}/mod_mpm_event.so\nLoadModule authz_core_module {modules}/mod_authz_core.so\n\
         LoadModule dir_module {modules}/mod_dir.so\nLoadModule alias_module {modules}/mod_alias.so\n\
         LoadModule socache_shmcb_module {modules}/mod_socache_shmcb.so\nLoadModule ssl_module {modules}/mod_ssl.so\n\
         User www-data\nGroup www-data\nDocumentRoot {d}/html\nDirectoryIndex index.html\n<Directory {d}/html>\nRequire all granted\n</Directory>\n\
         <VirtualHost 127.0.0.1:{port}>\n{block}\n</VirtualHost>\n"
    );
    fs::write(dir.join("apache.conf"), conf).unwrap();
    open_to_all(dir);
    let mut c = Command::new("apache2");
    c.args(["-DFOREGROUND", "-f", &format!("{d}/apache.conf")]);
    start(c, port, dir)
}

/// HAProxy with one bind line, the length of its own Diffie-Hellman prime, and how it answers.
pub(crate) fn haproxy(dir: &Path, bind: &str, dh: u16, answer: &str) -> Server {
    let port = free_port();
    let d = dir.display().to_string();
    let conf = format!(
        "global\n  maxconn 64\n  tune.ssl.default-dh-param {dh}\ndefaults\n  mode http\n  timeout connect 2s\n  timeout client 5s\n  timeout server 5s\n\
         frontend f\n  bind 127.0.0.1:{port} {bind}\n  {answer}\n"
    );
    fs::write(dir.join("haproxy.cfg"), conf).unwrap();
    // short primes are beyond what the system's settings allow
    let lax = dir.join("openssl.cnf");
    let all = "openssl_conf = a\n[a]\nssl_conf = b\n[b]\nsystem_default = c\n[c]\nCipherString = DEFAULT@SECLEVEL=0\n";
    fs::write(&lax, all).unwrap();
    let mut c = Command::new("haproxy");
    if dh < 2048 {
        c.env("OPENSSL_CONF", lax);
    }
    c.args(["-db", "-f", &format!("{d}/haproxy.cfg")]);
    start(c, port, dir)
}

/// `openssl s_server`, which serves one at a time.
pub(crate) fn openssl(dir: &Path, args: &[&str]) -> Server {
    let port = free_port();
    let mut c = Command::new("openssl");
    c.args(["s_server", "-accept", &format!("127.0.0.1:{port}"), "-www", "-quiet"]).args(args);
    start(c, port, dir)
}

/// `gnutls-serv`.
pub(crate) fn gnutls(dir: &Path, args: &[&str]) -> Server {
    let port = free_port();
    let mut c = Command::new("gnutls-serv");
    c.args(["--http", "--port", &port.to_string()]).args(args);
    start(c, port, dir)
}

/// Workers run as another user; keys are read by the master.
fn open_to_all(dir: &Path) {
    use std::os::unix::fs::PermissionsExt;
    let open = |p: &Path| fs::set_permissions(p, fs::Permissions::from_mode(0o755)).unwrap();
    open(dir);
    if let Some(up) = dir.parent() {
        open(up);
    }
    open(&dir.join("html"));
}
