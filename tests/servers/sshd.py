"""An sshd on loopback, with keys and a home directory of its own: who logs in changes nothing outside of it."""

from __future__ import annotations

import getpass
import socket
import subprocess
import sys
from pathlib import Path

from tests.servers.process import ServerProcess, program


class SshServer(ServerProcess):
    """Lets the user of this process in, by a key that it makes; sessions have `home` for their home."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.user = getpass.getuser()
        self.home = folder / "home"
        self.home.mkdir()
        self.key = folder / "key"
        for key in (self.key, folder / "host_key"):
            subprocess.run([program("ssh-keygen"), "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
        (folder / "authorized_keys").write_text((folder / "key.pub").read_text())
        settings = {
            "ListenAddress": f"127.0.0.1:{self.port}",
            "HostKey": folder / "host_key",
            "AuthorizedKeysFile": folder / "authorized_keys",
            "PidFile": "none",
            "PasswordAuthentication": "no",
            "PermitRootLogin": "prohibit-password",
            "UsePAM": "no",
            "StrictModes": "no",  # the folder of a test lies in /tmp
            "PrintMotd": "no",
            "SetEnv": f"HOME={self.home}",
        }
        (folder / "config").write_text("".join(f"{name} {value}\n" for name, value in settings.items()))

    def command(self) -> list[str]:
        Path("/run/sshd").mkdir(exist_ok=True)  # Debian's sshd wants it
        return [program("sshd"), "-D", "-e", "-f", str(self.folder / "config")]

    def answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as connection:
                return connection.recv(4) == b"SSH-"
        except OSError:
            return False

    @property
    def proxy_command(self) -> str:
        """Leads an ssh that knows no ports here."""
        return f"{sys.executable} {Path(__file__).with_name('carry.py')} {self.port}"
