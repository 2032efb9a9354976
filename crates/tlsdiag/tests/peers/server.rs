//! Real servers in the foreground, each with a configuration of the test's own, ended by their process ids.
use std::{
    fs,
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

/// A running server; dropping it ends it.
pub(crate) struct Server {
    child: Child,
    pub(crate) port: u16,
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

/// A port that is free now.
pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn start(mut command: Command, port: u16, dir: &Path) -> Server {
    let log = dir.join("log");
    let file = fs::File::create(&log).unwrap();
    command.stdin(Stdio::piped()).stdout(file.try_clone().unwrap()).stderr(file);
    let child = command.spawn().unwrap_or_else(|e| panic!("{command:?}: {e}"));
    let mut server = Server { child, port, log };
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

/// nginx with the lines of one `server` block; `PORT` and `DIR` are put in.
pub(crate) fn nginx(dir: &Path, block: &str) -> Server {
    let port = free_port();
    let d = dir.display().to_string();
    let block = block.replace("PORT", &port.to_string()).replace("DIR", &d);
    fs::create_dir_all(dir.join("html")).unwrap();
    fs::write(dir.join("html/index.html"), "hello\n").unwrap();
    let conf = format!(
        "daemon off;\nmaster_process on;\nworker_processes 1;\npid {d}/nginx.pid;\nerror_log {d}/error.log;\nevents {{ worker_connections 64; }}\n\
         http {{ access_log off; client_body_temp_path {d}/b; proxy_temp_path {d}/p; fastcgi_temp_path {d}/f; uwsgi_temp_path {d}/u; scgi_temp_path {d}/s;\n\
         root {d}/html;\nserver {{\n{block}\n}}\n}}\n"
    );
    fs::write(dir.join("nginx.conf"), conf).unwrap();
    open_to_all(dir);
    let mut c = Command::new("nginx");
    c.args(["-p", &d, "-e", "stderr", "-c", "nginx.conf"]);
    start(c, port, dir)
}

/// Apache with the lines of one virtual host.
pub(crate) fn apache(dir: &Path, block: &str) -> Server {
    let port = free_port();
    let d = dir.display().to_string();
    let block = block.replace("PORT", &port.to_string()).replace("DIR", &d);
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

/// HAProxy with one bind line; answers 200 itself.
pub(crate) fn haproxy(dir: &Path, bind: &str) -> Server {
    let port = free_port();
    let d = dir.display().to_string();
    let bind = bind.replace("DIR", &d);
    let conf = format!(
        "global\n  maxconn 64\n  tune.ssl.default-dh-param 2048\ndefaults\n  mode http\n  timeout connect 2s\n  timeout client 5s\n  timeout server 5s\n\
         frontend f\n  bind 127.0.0.1:{port} {bind}\n  http-request return status 200 content-type text/plain string hello\n"
    );
    fs::write(dir.join("haproxy.cfg"), conf).unwrap();
    let mut c = Command::new("haproxy");
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

/// For a test that wants a connection of its own.
#[allow(dead_code)]
pub(crate) fn connect(port: u16) -> TcpStream {
    TcpStream::connect(("127.0.0.1", port)).unwrap()
}
