"""OpenLDAP's slapd for tests: a small company whose people are made up, in the clear, with STARTTLS and over TLS.

`with own(SLAPD) as server` starts one (a tenth of a second); `At(server)` says where it is reached. Whoever asks must sign in as FIRSTLINE.
"""

from __future__ import annotations

import asyncio
import signal
import subprocess
from pathlib import Path

from tests.servers.kinds import Kind, free_port
from tests.servers.private import Server

BASE = "ou=people,dc=example,dc=org"
FIRSTLINE, PASSWORD = "cn=firstline,dc=example,dc=org", "let me look"
REFERRED = f"ou=elsewhere,{BASE}"
NAME = "directory.example.org"  # of the certificate, beside localhost

CONFIG = """
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
attributetype ( 1.2.840.113556.1.4.8 NAME 'userAccountControl' EQUALITY integerMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.27 SINGLE-VALUE )
attributetype ( 1.2.840.113556.1.4.221 NAME 'sAMAccountName' EQUALITY caseIgnoreMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 SINGLE-VALUE )
objectclass ( 1.2.840.113556.1.5.9.99 NAME 'likeActiveDirectory' SUP top AUXILIARY MAY ( userAccountControl $ sAMAccountName ) )
modulepath /usr/lib/ldap
moduleload back_mdb
pidfile {folder}/slapd.pid
TLSCertificateFile {folder}/cert.pem
TLSCertificateKeyFile {folder}/key.pem
database mdb
suffix "dc=example,dc=org"
rootdn "cn=admin,dc=example,dc=org"
directory {folder}/db
maxsize 10485760
access to attrs=userPassword by anonymous auth by * none
access to * by dn.exact="{reader}" read by * none
"""
PEOPLE = """
dn: dc=example,dc=org
objectClass: dcObject
objectClass: organization
o: Example
dc: example

dn: {reader}
objectClass: organizationalRole
objectClass: simpleSecurityObject
cn: firstline
userPassword: {password}

dn: ou=people,dc=example,dc=org
objectClass: organizationalUnit
ou: people

dn: uid=ana,ou=people,dc=example,dc=org
objectClass: inetOrgPerson
objectClass: likeActiveDirectory
uid: ana
cn: Ana Núñez
sn: Núñez
displayName: Ana Núñez
mail: ana@example.org
telephoneNumber: +34 600 111 222
departmentNumber: Engineering
title: Ingeniera
l: Málaga
manager: uid=zoe,ou=people,dc=example,dc=org
employeeType: board
sAMAccountName: ana.n
userAccountControl: 512

dn: uid=zoe,ou=people,dc=example,dc=org
objectClass: inetOrgPerson
uid: zoe
cn: Zoë Şahin
sn: Şahin
mail: zoe@example.org
mail: zoe.sahin@example.org
departmentNumber: Engineering

dn: uid=bare,ou=people,dc=example,dc=org
objectClass: inetOrgPerson
uid: bare
cn: bare
sn: bare
mail: bare@example.org

dn: uid=twin1,ou=people,dc=example,dc=org
objectClass: inetOrgPerson
uid: twin1
cn: Tim One
sn: One
mail: twins@example.org
departmentNumber: Sales

dn: uid=twin2,ou=people,dc=example,dc=org
objectClass: inetOrgPerson
uid: twin2
cn: Tom Two
sn: Two
mail: twins@example.org

dn: uid=gone,ou=people,dc=example,dc=org
objectClass: inetOrgPerson
objectClass: likeActiveDirectory
uid: gone
cn: Gus Gone
sn: Gone
mail: gus@example.org
departmentNumber: Sales
userAccountControl: 514

dn: uid=left,ou=people,dc=example,dc=org
objectClass: inetOrgPerson
uid: left
cn: Lea Left
sn: Left
mail: lea@example.org
employeeType: left

dn: uid=evil,ou=people,dc=example,dc=org
objectClass: inetOrgPerson
uid: evil
cn: evil
sn: evil
displayName:: {evil}
mail: evil@example.org
title: {long}

dn: uid=huge,ou=people,dc=example,dc=org
objectClass: inetOrgPerson
uid: huge
cn: huge
sn: huge
mail: huge@example.org
title: {huge}

dn: ou=elsewhere,ou=people,dc=example,dc=org
objectClass: referral
objectClass: extensibleObject
ou: elsewhere
ref: ldap://127.0.0.1:{elsewhere}/ou=elsewhere,dc=example,dc=org
"""
EVIL = "<script>alert(1)</script>\n\x00\x1b[31mEve\u202e & <b>Co</b>"


class Slapd(Kind):
    """The server, with its people in it."""

    name = "OpenLDAP"
    variable = "TEST_SLAPD"
    usual = ()
    program = "slapd"
    ends_on = signal.SIGTERM
    is_private = True
    cure = "`slapd` is not installed: `apt-get install slapd`"

    def layout(self, folder: Path) -> list[str]:
        """A certificate for localhost and NAME, and the people."""
        from base64 import b64encode

        (folder / "db").mkdir()
        names = f"subjectAltName=DNS:localhost,DNS:{NAME}"
        certificate = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=ours"]
        subprocess.run([*certificate, "-addext", names, "-keyout", folder / "key.pem", "-out", folder / "cert.pem"], check=True, capture_output=True)
        (folder / "slapd.conf").write_text(CONFIG.format(folder=folder, reader=FIRSTLINE), encoding="utf-8")
        evil, long, huge = b64encode(EVIL.encode()).decode(), "x" * 5000, "y" * 1_500_000
        people = PEOPLE.format(reader=FIRSTLINE, password=PASSWORD, evil=evil, long=long, huge=huge, elsewhere=_kept_port(folder / "referral-port"))
        (folder / "people.ldif").write_text(people, encoding="utf-8")
        return [str(Path(self.installed).with_name("slapadd")), "-q", "-f", str(folder / "slapd.conf"), "-l", str(folder / "people.ldif")]

    def command(self, folder: Path, port: int) -> list[str]:
        """In the foreground; TLS has a port of its own."""
        tls = _kept_port(folder / "tls-port")
        return [self.installed, "-d", "0", "-f", str(folder / "slapd.conf"), "-h", f"ldap://127.0.0.1:{port} ldaps://127.0.0.1:{tls}"]

    def url(self, port: int) -> str:
        """In the clear."""
        return f"ldap://127.0.0.1:{port}"

    async def visit(self, url: str) -> None:
        """It takes a connection once it has read its data."""
        _, writer = await asyncio.open_connection("127.0.0.1", int(url.rpartition(":")[2]))
        writer.close()


def _kept_port(file: Path) -> int:
    """A free port, the same one each time."""
    if not file.exists():
        file.write_text(str(free_port()))
    return int(file.read_text())


class At:
    """Where a server is reached, and by what it proves itself. referral_port: where whoever follows REFERRED would come."""

    def __init__(self, server: Server) -> None:
        self.url = server.url
        self.port = int(server.url.rpartition(":")[2])
        folder = server.folder / "data"
        self.ca_file = str(folder / "cert.pem")
        self.referral_port = int((folder / "referral-port").read_text())
        self.key_file = str(folder / "key.pem")
        self.tls_port = int((folder / "tls-port").read_text())

    def env(self, **other: str) -> dict[str, str]:
        """The variables of a desk that asks it."""
        return {"DIRECTORY_URL": self.url, "DIRECTORY_USER": FIRSTLINE, "DIRECTORY_PASSWORD": PASSWORD, **other}
