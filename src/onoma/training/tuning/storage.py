"""Where a study is kept: a SQLite file in its folder, or a database that several machines share."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from onoma.errors import ConfigError, MissingExtraError, OnomaError, excerpt
from onoma.training.environment import hide_passwords

if TYPE_CHECKING:
    from optuna import Study
    from optuna.storages import RDBStorage
    from optuna.trial import FrozenTrial

STUDY_DATABASE = "study.db"
_BEAT_SECONDS, _SILENT_SECONDS = 30, 120
"""In a shared database each process says so often that it lives, and is given up after so long a silence."""
_ATTEMPTS = 5

OnSilence = Callable[["Study", "FrozenTrial"], None]
"""Is told of a trial whose process was given up."""


def import_optuna() -> Any:
    """Return the library, without its own log.

    Raises:
        MissingExtraError: it is not installed.
    """
    try:
        import optuna
    except ModuleNotFoundError as error:
        raise MissingExtraError("optuna", "tune") from error
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    return optuna


def open_storage(url: str | None, folder: Path, on_silence: OnSilence) -> RDBStorage:
    """Open the database, made when absent.

    Args:
        url: as SQLAlchemy writes it; None for the SQLite file in ``folder``. ``postgres://`` and
            ``postgresql://`` mean the driver psycopg.
        folder: of the study.
        on_silence: is told of a trial whose process was given up, in a database given by URL.

    Raises:
        ConfigError: the database cannot be used; no password is in the message.
        MissingExtraError: the driver of the database is not installed.
    """
    optuna = import_optuna()
    if url is None:
        return _connect(f"sqlite:///{folder.resolve() / STUDY_DATABASE}", str(folder / STUDY_DATABASE))
    for prefix in ("postgres://", "postgresql://"):
        if url.startswith(prefix):
            url = f"postgresql+psycopg://{url.removeprefix(prefix)}"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        return _connect(
            url,
            f"--storage {excerpt(hide_passwords(url))}",
            heartbeat_interval=_BEAT_SECONDS,
            grace_period=_SILENT_SECONDS,
            heartbeat_stale_trial_callback=on_silence,
        )


def _connect(url: str, place: str, **options: Any) -> RDBStorage:
    from optuna.storages import RDBStorage
    from sqlalchemy.exc import IntegrityError, ProgrammingError, SQLAlchemyError

    for attempt in range(_ATTEMPTS):
        try:
            return RDBStorage(url, **options)
        except ImportError as error:
            extra = ("psycopg", "tune") if "psycopg" in url else ("a driver for this database", "tune")
            raise MissingExtraError(*extra) from error
        except (IntegrityError, ProgrammingError) as error:
            # Two processes that make the tables at once disturb each other, and then they are there.
            if attempt + 1 == _ATTEMPTS:
                raise database_error(place, error) from None
        except (SQLAlchemyError, RuntimeError, ValueError, OSError) as error:
            raise database_error(place, error) from None
    raise AssertionError("the last attempt returns or raises")


def database_error(place: str, error: Exception) -> OnomaError:
    """Return what went wrong with a database as one line without passwords."""
    reason = str(getattr(error, "orig", None) or error).strip().split("\n")[0]
    return ConfigError(f"{place}: the database cannot be used: {excerpt(hide_passwords(reason), 200)}")
