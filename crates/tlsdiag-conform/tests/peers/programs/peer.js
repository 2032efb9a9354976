// Connects to every server of a list and says what became of the handshake: ID, tab, "ok" or code and message.
const tls = require("tls"), fs = require("fs"), net = require("net");
const lines = fs.readFileSync(process.argv[2], "utf8").split("\n").filter((l) => l);
function attempt([id, host, port, roots]) {
  return new Promise((done) => {
    const name = net.isIP(host) ? {} : { servername: host };
    const s = tls.connect({ host: "127.0.0.1", port: Number(port), ca: fs.readFileSync(roots), ...name });
    const say = (what) => { console.log(id + "\t" + what); s.destroy(); done(); };
    s.setTimeout(8000, () => say("timed out"));
    s.once("secureConnect", () => say("ok"));
    s.once("error", (e) => say(`${e.code} ${e.message}`.replace(/\s+/g, " ")));
  });
}
(async () => { for (const l of lines) await attempt(l.split("\t")); })();
