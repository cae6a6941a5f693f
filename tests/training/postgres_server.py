"""A PostgreSQL server of a test's own: a socket in a folder, a password, no network."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

PASSWORD = "s3cret/@word"


def find_postgres() -> Path | None:
    """Return the folder of ``initdb`` and ``pg_ctl``, None where there is none."""
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    found = shutil.which("initdb")
    places = [*installed[::-1], *([Path(found).resolve().parent] if found else [])]
    return next(
        (place for place in places if (place / "initdb").exists() and (place / "pg_ctl").exists()), None
    )


@contextmanager
def postgres(binaries: Path) -> Iterator[str]:
    """Run a server and yield the URL of its database, with the password."""
    # Not pytest's folder: PostgreSQL refuses to run as root, and another user may not look in there.
    folder = Path(tempfile.mkdtemp(prefix="onoma-pg-"))
    user: dict[str, Any] = {}
    try:
        if os.geteuid() == 0:
            known = {entry.pw_name: entry for entry in pwd.getpwall()}
            owner = known.get("postgres") or known["nobody"]
            os.chown(folder, owner.pw_uid, owner.pw_gid)
            user = {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []}

        def call(*command: object) -> None:
            done = subprocess.run(
                [str(part) for part in command],
                cwd=folder,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.STDOUT,
                check=False,
                timeout=60,
                **user,
            )
            assert done.returncode == 0, (command, log.read_text() if log.exists() else "")

        log, secret, cluster = folder / "log", folder / "password", folder / "data"
        secret.write_text(PASSWORD + "\n", encoding="utf-8")
        secret.chmod(0o644)
        options = (
            "--auth=scram-sha-256",
            f"--pwfile={secret}",
            "--username=onoma",
            "--no-sync",
            "-E",
            "UTF8",
        )
        call(binaries / "initdb", "-D", cluster, *options)
        listen = f"-c listen_addresses='' -c unix_socket_directories={folder} -c fsync=off"
        call(binaries / "pg_ctl", "start", "-w", "-D", cluster, "-l", log, "-o", listen)
        try:
            quoted = PASSWORD.replace("/", "%2F").replace("@", "%40")
            yield f"postgresql+psycopg://onoma:{quoted}@/postgres?host={folder}"
        finally:
            call(binaries / "pg_ctl", "stop", "-D", cluster, "-m", "immediate")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
