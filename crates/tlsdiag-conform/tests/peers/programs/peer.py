# Connects to every server of a list and says what became of the handshake: ID, tab, "ok" or number and message.
import socket, ssl, sys

for line in open(sys.argv[1]):
    case, host, port, roots = line.rstrip("\n").split("\t")
    try:
        context = ssl.create_default_context(cafile=roots)
        with socket.create_connection(("127.0.0.1", int(port)), timeout=8) as plain:
            with context.wrap_socket(plain, server_hostname=host):
                said = "ok"
    except ssl.SSLCertVerificationError as e:
        said = f"V{e.verify_code} {e.verify_message}"
    except Exception as e:
        said = f"{type(e).__name__} {e}"
    print(case + "\t" + " ".join(said.split()))
