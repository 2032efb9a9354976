// Connects to every server of a list and says what became of the handshake: ID, tab, "ok" or the causes.
import java.io.*;
import java.net.*;
import java.nio.charset.StandardCharsets;
import java.nio.file.*;
import java.security.KeyStore;
import java.security.cert.*;
import javax.net.ssl.*;

public class Peer {
    public static void main(String[] args) throws Exception {
        for (String line : Files.readAllLines(Path.of(args[0]))) {
            String[] f = line.split("\t");
            System.out.println(f[0] + "\t" + attempt(f[1], Integer.parseInt(f[2]), Path.of(f[3])));
        }
    }

    static String attempt(String host, int port, Path roots) {
        try {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(null, null);
            int n = 0;
            try (InputStream in = Files.newInputStream(roots)) {
                for (Certificate c : CertificateFactory.getInstance("X.509").generateCertificates(in)) {
                    store.setCertificateEntry("root" + n++, c);
                }
            }
            TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
            trust.init(store);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, trust.getTrustManagers(), null);
            Socket plain = new Socket(InetAddress.getByName("127.0.0.1"), port);
            plain.setSoTimeout(8000);
            try (SSLSocket s = (SSLSocket) context.getSocketFactory().createSocket(plain, host, port, true)) {
                SSLParameters p = s.getSSLParameters();
                p.setEndpointIdentificationAlgorithm("HTTPS");
                s.setSSLParameters(p);
                s.startHandshake();
                return "ok";
            }
        } catch (Throwable t) {
            StringBuilder said = new StringBuilder();
            for (Throwable c = t; c != null; c = c.getCause()) {
                said.append(said.length() == 0 ? "" : " / ").append(c);
            }
            return said.toString().replaceAll("\\s+", " ");
        }
    }
}
