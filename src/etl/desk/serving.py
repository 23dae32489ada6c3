"""Running the desk: where it listens, and who may come in."""

from __future__ import annotations

import ipaddress
import secrets
from pathlib import Path

import uvicorn

from etl.datasets import current_run
from etl.desk.app import LOOPBACK, desk

__all__ = ["address_of", "serve"]


def address_of(host: str, port: int) -> tuple[str, str | None, tuple[str, ...]]:
    """Where to open the desk, the token that it asks for, and the names that it answers to.

    On loopback only this machine comes in, and no token is needed; anywhere else one is made.
    """
    if _is_loopback(host):
        return f"http://{_bracketed(host)}:{port}/", None, LOOPBACK
    token = secrets.token_urlsafe(24)
    return f"http://{_bracketed(host)}:{port}/?token={token}", token, (*LOOPBACK, host.lower())


def serve(output: Path, host: str, port: int) -> None:
    """Serve an output folder until interrupted.

    Raises:
        OutputError: the folder holds no run.
    """
    current_run(output)
    address, token, hosts = address_of(host, port)
    print(f"desk {address}", flush=True)  # noqa: T201  # the one line that a person needs
    uvicorn.run(desk(output, hosts, token), host=host, port=port, log_level="warning", server_header=False)


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
