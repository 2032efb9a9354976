#!/usr/bin/env python3
"""Fills corpus/<target>/ with seeds made from the fixtures of the crates. Run from this folder: python3 seed.py"""
import pathlib

HERE = pathlib.Path(__file__).parent
RECORDED = sorted((HERE / "../crates/tlsdiag-wire/tests/fixtures").glob("*.hex"))

GREETINGS = {
    "http": b"HTTP/1.1 400 Bad Request\r\nServer: Microsoft-HTTPAPI/2.0\r\n\r\n<h2>Bad Request - Invalid Verb</h2>",
    "smtp": b"220-mx.example ESMTP\r\n220 ready\r\n",
    "ftp": b"220 FTP ready\r\n",
    "ssh": b"welcome\r\nSSH-2.0-OpenSSH\r\n",
    "mysql": b"\x4a\0\0\0\x0a8.0.36\0",
    "postgres": b"E\0\0\0\x8cSFATAL\0C0A000\0",
    "ldap": b"\x30\x24\x02\x01\x00\x78\x1f\x0a\x01\x02",
    "rdp": b"\x03\x00\x00\x0b\x06\xd0\0\0\x12\x34\0",
    "http2": b"\0\0\x0c\x04\0\0\0\0\0\0\x03",
    "xmpp": b"<?xml version='1.0'?><stream:stream",
    "redis": b"-ERR unknown command\r\n",
    "imap": b"* OK ready\r\n",
    "proxy": b"PROXY TCP4 192.0.2.1 192.0.2.2 5 443\r\n",
}


def save(target, name, data):
    folder = HERE / "corpus" / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data)


def turns(path):
    for line in path.read_text().splitlines():
        if not line.startswith("#"):
            who, text = line.split()
            yield who, bytes.fromhex(text)


def wire():
    for path in RECORDED:
        said = list(turns(path))
        flight = b"".join(data for who, data in said if who == "server")
        save("records", path.stem, b"\x40" + flight)
        save("server_flight", path.stem, b"\x40" + flight)
        hello = said[0][1]
        save("client_hello", path.stem, hello[9:])  # record and message header off
    save("server_flight", "sslv2-error", b"\x01\x80\x03\x00\x00\x01")
    save("server_flight", "certificate-16m", b"\x05" + bytes.fromhex("16030300040bffffff"))
    for name, data in GREETINGS.items():
        save("sniff", name, data)
        save("server_flight", name, b"\x03" + data)


wire()
