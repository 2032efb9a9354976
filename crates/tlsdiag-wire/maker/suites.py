#!/usr/bin/env python3
"""Writes src/registry/suite_table.rs: every TLS cipher suite by the RFC that defines it.

The numbers and names are facts of the IANA registry "TLS Cipher Suites"; they are put together here from the regular
blocks in which the RFCs assign them, so that a block can be checked against its RFC. The properties (key exchange,
authentication, cipher, mode, key size, hash) follow from the name. Run from the crate's folder:

    python3 maker/suites.py > src/registry/suite_table.rs
"""
import re

suites = {}


def put(code, name):
    assert code not in suites, hex(code)
    suites[code] = "TLS_" + name


def run(start, names):
    for i, name in enumerate(names.split()):
        if name != "-":
            put(start + i, name)


def grid(start, exchanges, ciphers):
    """One code per exchange and cipher, exchanges outermost."""
    code = start
    for exchange in exchanges.split():
        for cipher in ciphers.split():
            put(code, f"{exchange}_WITH_{cipher}")
            code += 1


# RFC 2246 / RFC 4346 / RFC 5246
run(0x0000, """NULL_WITH_NULL_NULL RSA_WITH_NULL_MD5 RSA_WITH_NULL_SHA RSA_EXPORT_WITH_RC4_40_MD5 RSA_WITH_RC4_128_MD5
    RSA_WITH_RC4_128_SHA RSA_EXPORT_WITH_RC2_CBC_40_MD5 RSA_WITH_IDEA_CBC_SHA RSA_EXPORT_WITH_DES40_CBC_SHA
    RSA_WITH_DES_CBC_SHA RSA_WITH_3DES_EDE_CBC_SHA""")
code = 0x000B
for exchange in "DH_DSS DH_RSA DHE_DSS DHE_RSA".split():
    run(code, f"{exchange}_EXPORT_WITH_DES40_CBC_SHA {exchange}_WITH_DES_CBC_SHA {exchange}_WITH_3DES_EDE_CBC_SHA")
    code += 3
run(0x0017, """DH_anon_EXPORT_WITH_RC4_40_MD5 DH_anon_WITH_RC4_128_MD5 DH_anon_EXPORT_WITH_DES40_CBC_SHA
    DH_anon_WITH_DES_CBC_SHA DH_anon_WITH_3DES_EDE_CBC_SHA""")
# SSL 3.0 (RFC 6101): Fortezza; 0x001E was given to Kerberos later
run(0x001C, "FORTEZZA_KEA_WITH_NULL_SHA FORTEZZA_KEA_WITH_FORTEZZA_CBC_SHA")
# RFC 2712
run(0x001E, """KRB5_WITH_DES_CBC_SHA KRB5_WITH_3DES_EDE_CBC_SHA KRB5_WITH_RC4_128_SHA KRB5_WITH_IDEA_CBC_SHA
    KRB5_WITH_DES_CBC_MD5 KRB5_WITH_3DES_EDE_CBC_MD5 KRB5_WITH_RC4_128_MD5 KRB5_WITH_IDEA_CBC_MD5
    KRB5_EXPORT_WITH_DES_CBC_40_SHA KRB5_EXPORT_WITH_RC2_CBC_40_SHA KRB5_EXPORT_WITH_RC4_40_SHA
    KRB5_EXPORT_WITH_DES_CBC_40_MD5 KRB5_EXPORT_WITH_RC2_CBC_40_MD5 KRB5_EXPORT_WITH_RC4_40_MD5""")
run(0x002C, "PSK_WITH_NULL_SHA DHE_PSK_WITH_NULL_SHA RSA_PSK_WITH_NULL_SHA")  # RFC 4785
SIX = "RSA DH_DSS DH_RSA DHE_DSS DHE_RSA DH_anon"
grid(0x002F, SIX, "AES_128_CBC_SHA")  # RFC 3268
grid(0x0035, SIX, "AES_256_CBC_SHA")
run(0x003B, "RSA_WITH_NULL_SHA256 RSA_WITH_AES_128_CBC_SHA256 RSA_WITH_AES_256_CBC_SHA256")  # RFC 5246
grid(0x003E, "DH_DSS DH_RSA DHE_DSS", "AES_128_CBC_SHA256")
grid(0x0041, SIX, "CAMELLIA_128_CBC_SHA")  # RFC 5932
# draft-ietf-tls-56-bit-ciphersuites, never registered but met on old servers
run(0x0060, """RSA_EXPORT1024_WITH_RC4_56_MD5 RSA_EXPORT1024_WITH_RC2_CBC_56_MD5 RSA_EXPORT1024_WITH_DES_CBC_SHA
    DHE_DSS_EXPORT1024_WITH_DES_CBC_SHA RSA_EXPORT1024_WITH_RC4_56_SHA DHE_DSS_EXPORT1024_WITH_RC4_56_SHA
    DHE_DSS_WITH_RC4_128_SHA""")
put(0x0067, "DHE_RSA_WITH_AES_128_CBC_SHA256")
grid(0x0068, "DH_DSS DH_RSA DHE_DSS DHE_RSA", "AES_256_CBC_SHA256")
grid(0x006C, "DH_anon", "AES_128_CBC_SHA256 AES_256_CBC_SHA256")
run(0x0080, "GOSTR341094_WITH_28147_CNT_IMIT GOSTR341001_WITH_28147_CNT_IMIT")  # draft-chudov-cryptopro-cptls
run(0x0082, "GOSTR341094_WITH_NULL_GOSTR3411 GOSTR341001_WITH_NULL_GOSTR3411")
grid(0x0084, SIX, "CAMELLIA_256_CBC_SHA")
grid(0x008A, "PSK DHE_PSK RSA_PSK", "RC4_128_SHA 3DES_EDE_CBC_SHA AES_128_CBC_SHA AES_256_CBC_SHA")  # RFC 4279
grid(0x0096, SIX, "SEED_CBC_SHA")  # RFC 4162
GCM = "AES_128_GCM_SHA256 AES_256_GCM_SHA384"
grid(0x009C, "RSA DHE_RSA DH_RSA DHE_DSS DH_DSS DH_anon", GCM)  # RFC 5288
grid(0x00A8, "PSK DHE_PSK RSA_PSK", GCM)  # RFC 5487
grid(0x00AE, "PSK DHE_PSK RSA_PSK", "AES_128_CBC_SHA256 AES_256_CBC_SHA384 NULL_SHA256 NULL_SHA384")
grid(0x00BA, SIX, "CAMELLIA_128_CBC_SHA256")  # RFC 5932
grid(0x00C0, SIX, "CAMELLIA_256_CBC_SHA256")
run(0x00C6, "SM4_GCM_SM3 SM4_CCM_SM3")  # RFC 8998
put(0x00FF, "EMPTY_RENEGOTIATION_INFO_SCSV")  # RFC 5746
run(0x1301, """AES_128_GCM_SHA256 AES_256_GCM_SHA384 CHACHA20_POLY1305_SHA256 AES_128_CCM_SHA256
    AES_128_CCM_8_SHA256 AEGIS_256_SHA512 AEGIS_128L_SHA256""")  # RFC 8446, draft-irtf-cfrg-aegis-aead
put(0x5600, "FALLBACK_SCSV")  # RFC 7507
ECC = "ECDH_ECDSA ECDHE_ECDSA ECDH_RSA ECDHE_RSA"
grid(0xC001, ECC + " ECDH_anon", "NULL_SHA RC4_128_SHA 3DES_EDE_CBC_SHA AES_128_CBC_SHA AES_256_CBC_SHA")  # RFC 8422
code = 0xC01A  # RFC 5054
for cipher in "3DES_EDE_CBC_SHA AES_128_CBC_SHA AES_256_CBC_SHA".split():
    grid(code, "SRP_SHA SRP_SHA_RSA SRP_SHA_DSS", cipher)
    code += 3
ECC_NEW = "ECDHE_ECDSA ECDH_ECDSA ECDHE_RSA ECDH_RSA"
grid(0xC023, ECC_NEW, "AES_128_CBC_SHA256 AES_256_CBC_SHA384")  # RFC 5289
grid(0xC02B, ECC_NEW, GCM)
grid(0xC033, "ECDHE_PSK", """RC4_128_SHA 3DES_EDE_CBC_SHA AES_128_CBC_SHA AES_256_CBC_SHA AES_128_CBC_SHA256
    AES_256_CBC_SHA384 NULL_SHA NULL_SHA256 NULL_SHA384""")  # RFC 5489
ARIA_CBC = "ARIA_128_CBC_SHA256 ARIA_256_CBC_SHA384"
ARIA_GCM = "ARIA_128_GCM_SHA256 ARIA_256_GCM_SHA384"
grid(0xC03C, SIX + " " + ECC_NEW, ARIA_CBC)  # RFC 6209
grid(0xC050, "RSA DHE_RSA DH_RSA DHE_DSS DH_DSS DH_anon " + ECC_NEW, ARIA_GCM)
grid(0xC064, "PSK DHE_PSK RSA_PSK", ARIA_CBC)
grid(0xC06A, "PSK DHE_PSK RSA_PSK", ARIA_GCM)
grid(0xC070, "ECDHE_PSK", ARIA_CBC)
CAM_CBC = "CAMELLIA_128_CBC_SHA256 CAMELLIA_256_CBC_SHA384"
CAM_GCM = "CAMELLIA_128_GCM_SHA256 CAMELLIA_256_GCM_SHA384"
grid(0xC072, ECC_NEW, CAM_CBC)  # RFC 6367
grid(0xC07A, "RSA DHE_RSA DH_RSA DHE_DSS DH_DSS DH_anon " + ECC_NEW, CAM_GCM)
grid(0xC08E, "PSK DHE_PSK RSA_PSK", CAM_GCM)
grid(0xC094, "PSK DHE_PSK RSA_PSK ECDHE_PSK", CAM_CBC)
grid(0xC09C, "RSA DHE_RSA", "AES_128_CCM AES_256_CCM")  # RFC 6655
grid(0xC0A0, "RSA DHE_RSA", "AES_128_CCM_8 AES_256_CCM_8")
grid(0xC0A4, "PSK DHE_PSK", "AES_128_CCM AES_256_CCM")
grid(0xC0A8, "PSK PSK_DHE", "AES_128_CCM_8 AES_256_CCM_8")  # the RFC turned the name of the second round
grid(0xC0AC, "ECDHE_ECDSA", "AES_128_CCM AES_256_CCM AES_128_CCM_8 AES_256_CCM_8")  # RFC 7251
grid(0xC0B0, "ECCPWD", GCM + " AES_128_CCM_SHA256 AES_256_CCM_SHA384")  # RFC 8492
run(0xC0B4, "SHA256_SHA256 SHA384_SHA384")  # RFC 9150
grid(0xC100, "GOSTR341112_256", "KUZNYECHIK_CTR_OMAC MAGMA_CTR_OMAC 28147_CNT_IMIT")  # RFC 9189
grid(0xC103, "GOSTR341112_256", "KUZNYECHIK_MGM_L MAGMA_MGM_L KUZNYECHIK_MGM_S MAGMA_MGM_S")  # RFC 9367
# draft-agl-tls-chacha20poly1305: other nonces than RFC 7905; the registry leaves the codes open
grid(0xCC13, "ECDHE_RSA ECDHE_ECDSA DHE_RSA", "CHACHA20_POLY1305_SHA256_OLD")
grid(0xCCA8, "ECDHE_RSA ECDHE_ECDSA DHE_RSA PSK ECDHE_PSK DHE_PSK RSA_PSK", "CHACHA20_POLY1305_SHA256")  # RFC 7905
grid(0xD001, "ECDHE_PSK", GCM + " AES_128_CCM_8_SHA256")  # RFC 8442
put(0xD005, "ECDHE_PSK_WITH_AES_128_CCM_SHA256")
put(0xFF85, "GOSTR341112_256_WITH_28147_CNT_IMIT_DRAFT")  # before RFC 9189
put(0xFEFE, "RSA_FIPS_WITH_DES_CBC_SHA")  # NSS, before TLS
put(0xFEFF, "RSA_FIPS_WITH_3DES_EDE_CBC_SHA")

EXCHANGE = {
    "NULL": ("Null", "Null"), "RSA": ("Rsa", "Rsa"), "RSA_EXPORT": ("RsaExport", "Rsa"),
    "RSA_EXPORT1024": ("RsaExport", "Rsa"), "RSA_FIPS": ("Rsa", "Rsa"), "FORTEZZA_KEA": ("Fortezza", "Dss"),
    "DH_DSS": ("Dh", "Dss"), "DH_RSA": ("Dh", "Rsa"), "DHE_DSS": ("Dhe", "Dss"), "DHE_RSA": ("Dhe", "Rsa"),
    "DH_DSS_EXPORT": ("DhExport", "Dss"), "DH_RSA_EXPORT": ("DhExport", "Rsa"),
    "DHE_DSS_EXPORT": ("DheExport", "Dss"), "DHE_RSA_EXPORT": ("DheExport", "Rsa"),
    "DHE_DSS_EXPORT1024": ("DheExport", "Dss"), "DH_anon": ("Dhe", "Anonymous"),
    "DH_anon_EXPORT": ("DheExport", "Anonymous"), "KRB5": ("Kerberos", "Kerberos"),
    "KRB5_EXPORT": ("KerberosExport", "Kerberos"), "PSK": ("Psk", "Psk"), "DHE_PSK": ("DhePsk", "Psk"),
    "PSK_DHE": ("DhePsk", "Psk"), "RSA_PSK": ("RsaPsk", "Rsa"), "ECDHE_PSK": ("EcdhePsk", "Psk"),
    "ECDH_ECDSA": ("Ecdh", "Ecdsa"), "ECDH_RSA": ("Ecdh", "Rsa"), "ECDHE_ECDSA": ("Ecdhe", "Ecdsa"),
    "ECDHE_RSA": ("Ecdhe", "Rsa"), "ECDH_anon": ("Ecdhe", "Anonymous"), "SRP_SHA": ("Srp", "Srp"),
    "SRP_SHA_RSA": ("Srp", "Rsa"), "SRP_SHA_DSS": ("Srp", "Dss"), "ECCPWD": ("EccPwd", "Psk"),
    "GOSTR341094": ("Gost", "Gost"), "GOSTR341001": ("Gost", "Gost"), "GOSTR341112_256": ("Gost", "Gost"),
}
CIPHER = [  # prefix, cipher, mode, key bits
    ("NULL", "Null", "None", 0), ("RC4_128", "Rc4", "Stream", 128), ("RC4_56", "Rc4", "Stream", 56),
    ("RC4_40", "Rc4", "Stream", 40), ("RC2_CBC_56", "Rc2", "Cbc", 56), ("RC2_CBC_40", "Rc2", "Cbc", 40),
    ("IDEA_CBC", "Idea", "Cbc", 128), ("DES40_CBC", "Des", "Cbc", 40), ("DES_CBC_40", "Des", "Cbc", 40),
    ("DES_CBC", "Des", "Cbc", 56), ("3DES_EDE_CBC", "TripleDes", "Cbc", 168), ("SEED_CBC", "Seed", "Cbc", 128),
    ("FORTEZZA_CBC", "Fortezza", "Cbc", 80), ("CHACHA20_POLY1305", "ChaCha20", "Poly1305", 256),
    ("SM4_GCM", "Sm4", "Gcm", 128), ("SM4_CCM", "Sm4", "Ccm", 128), ("AEGIS_256", "Aegis", "Aegis", 256),
    ("AEGIS_128L", "Aegis", "Aegis", 128), ("28147_CNT", "Gost28147", "Counter", 256),
    ("KUZNYECHIK_CTR", "Kuznyechik", "Counter", 256), ("KUZNYECHIK_MGM", "Kuznyechik", "Mgm", 256),
    ("MAGMA_CTR", "Magma", "Counter", 256), ("MAGMA_MGM", "Magma", "Mgm", 256),
]
for family, cipher in (("AES", "Aes"), ("CAMELLIA", "Camellia"), ("ARIA", "Aria")):
    for bits in (128, 256):
        for text, mode in (("CCM_8", "Ccm8"), ("CCM", "Ccm"), ("GCM", "Gcm"), ("CBC", "Cbc")):
            CIPHER.append((f"{family}_{bits}_{text}", cipher, mode, bits))


def row(code, name):
    body = name.removeprefix("TLS_")
    if body.endswith("_SCSV"):
        return ("Signalling", "Null", "Null", "None", 0, "None")
    match = re.fullmatch(r"(.+?)_WITH_(.+)", body)
    if match:
        exchange, auth = EXCHANGE[match[1]]
        rest = match[2]
    else:
        exchange, auth, rest = "Tls13", "Any", body
    if rest in ("SHA256_SHA256", "SHA384_SHA384"):
        return (exchange, auth, "Null", "None", 0, rest.split("_")[0].capitalize())
    for prefix, cipher, mode, bits in CIPHER:
        if rest == prefix or rest.startswith(prefix + "_"):
            tail = rest[len(prefix):].strip("_").removesuffix("_OLD").removesuffix("_DRAFT")
            break
    else:
        raise SystemExit(name)
    names = {"": "Sha256" if mode in ("Ccm", "Ccm8") else "None", "NULL": "None", "MD5": "Md5", "SHA": "Sha1",
             "SHA256": "Sha256", "SHA384": "Sha384", "SHA512": "Sha512", "SM3": "Sm3", "GOSTR3411": "Gost",
             "IMIT": "Gost", "OMAC": "Gost", "L": "Gost", "S": "Gost"}
    return (exchange, auth, cipher, mode, bits, names[tail])


print("// @generated by maker/suites.py")
print("//! Every cipher suite that has a name, in the order of its number (IANA \"TLS Cipher Suites\" and older drafts).")
print()
print("use super::suite::{Authentication as A, Cipher as C, KeyExchange as K, Mac as H, Mode as M, SuiteInfo, info};")
print()
print("/// Sorted by code.")
print("#[rustfmt::skip]")
print("pub(super) static SUITES: &[SuiteInfo] = &[")
for code in sorted(suites):
    k, a, c, m, bits, h = row(code, suites[code])
    print(f'    info(0x{code:04x}, "{suites[code]}", K::{k}, A::{a}, C::{c}, M::{m}, {bits}, H::{h}),')
print("];")
