"""Make text from data harmless to show: no raw escape, control or direction override gets through."""

from __future__ import annotations

import re

# Controls but tab and newline (terminals obey ESC, CSI, BEL, CR, BS...), line and paragraph separators,
# embeddings, overrides and isolates of text direction (they can reorder what stands around them),
# deprecated format characters, BOM, interlinear annotation, and what no XML or no encoding can carry:
# U+FFFE, U+FFFF, lone surrogates. Joiners stay: scripts need them.
_UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff"
    "\ud800-\udfff]"
)


def visible(text: str, *, one_line: bool = False) -> str:
    """Return ``text`` with each unsafe character written out, as in ``\\x1b`` or ``\\u202e``.

    Args:
        text: anything read from data.
        one_line: write out tab and newline too, for names and table cells.
    """
    shown = _UNSAFE.sub(_written_out, text.replace("\r\n", "\n"))
    return shown.replace("\n", "\\n").replace("\t", "\\t") if one_line else shown


def _written_out(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
