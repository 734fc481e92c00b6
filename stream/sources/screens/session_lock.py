"""Ask the system whether the desktop of a display is locked."""

from __future__ import annotations

import logging
import re
import time
from typing import Any

log = logging.getLogger(__name__)

_EVERY = 2.0
"""Seconds between two questions."""

_LONGEST = 0.5
"""Seconds that one answer may take."""


class SessionLock:
    """Know whether a display's session is locked, as systemd's logind tells it over D-Bus.

    Most desktops tell logind when they lock. Where there is no logind, or where this process belongs to
    another session than the display's, nothing counts as locked.

    Args:
        display: the display's name.
    """

    def __init__(self, display: str) -> None:
        self._display = re.sub(r"\.\d+$", "", display)
        self._connection: Any = None
        self._due = time.monotonic()
        self._is_locked = False
        try:
            from jeepney.io.blocking import open_dbus_connection

            self._connection = open_dbus_connection("SYSTEM")
        except (
            OSError,
            ValueError,
            RuntimeError,
            ImportError,
        ) as error:  # jeepney is for Linux only
            self._give_up(error)

    def is_locked(self) -> bool:
        """Return whether the session is locked; asks every two seconds."""
        if self._connection and time.monotonic() >= self._due:
            self._due = time.monotonic() + _EVERY
            self._is_locked = self._ask()
        return self._is_locked

    def close(self) -> None:
        """Close the connection."""
        if self._connection:
            self._connection.close()
            self._connection = None

    def _ask(self) -> bool:
        from jeepney import DBusAddress, DBusErrorResponse, Properties
        from jeepney.wrappers import unwrap_msg

        session = DBusAddress(
            "/org/freedesktop/login1/session/auto", "org.freedesktop.login1", "org.freedesktop.login1.Session"
        )
        try:
            answer = self._connection.send_and_get_reply(Properties(session).get_all(), timeout=_LONGEST)
            facts = {name: value for name, (_, value) in unwrap_msg(answer)[0].items()}
        except (OSError, ValueError, RuntimeError, DBusErrorResponse) as error:
            self._give_up(error)
            return False
        return facts.get("Display") == self._display and bool(facts.get("LockedHint"))

    def _give_up(self, error: Exception) -> None:
        log.debug("Whether the screen is locked is not known here: %s", error)
        self.close()
