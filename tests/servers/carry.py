"""Carries standard input and output to and from a port of this machine: an ssh that is told no ports goes through it."""

import os
import socket
import sys
import threading


def carry(port: int) -> None:
    """Until both ends are closed."""
    with socket.create_connection(("127.0.0.1", port)) as connection:

        def send() -> None:
            while sent := os.read(0, 65536):
                connection.sendall(sent)
            connection.shutdown(socket.SHUT_WR)

        threading.Thread(target=send, daemon=True).start()
        while came := connection.recv(65536):
            while came:
                came = came[os.write(1, came) :]


if __name__ == "__main__":
    carry(int(sys.argv[1]))
