"""All kinds of pages in a headless browser: pictures at every size to be looked at, and what axe-core finds.

    python benchmarks/pages.py OUT [--axe axe.min.js]

Pictures are of a phone (390 points), 1280 and 1920 wide, dark, and as printed. axe-core (MPL-2.0) is no part
of Onoma: `npm pack axe-core` fetches it, and `package/axe.min.js` is the file. Exit code 1 where it finds
something serious, or a page is wider than its window or asks for anything.
"""

from __future__ import annotations

import argparse
import base64
import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

TESTS = Path(__file__).resolve().parents[1] / "tests"
sys.path += [str(TESTS), str(TESTS / "reports"), str(TESTS / "service")]

from page_samples import sample_pages  # noqa: E402

from devtools import Browser, browser, find_browser  # noqa: E402

VIEWS: dict[str, dict[str, Any]] = {
    "phone": {"width": 390, "scheme": "light", "media": "screen"},
    "1280": {"width": 1280, "scheme": "light", "media": "screen"},
    "1920": {"width": 1920, "scheme": "light", "media": "screen"},
    "dark": {"width": 1280, "scheme": "dark", "media": "screen"},
    "print": {"width": 800, "scheme": "light", "media": "print"},
}
_HIGHEST = 6000
_SERIOUS = {"serious", "critical"}


def look(tab: Browser, view: dict[str, Any]) -> bytes:
    """Return a picture of the page that is open."""
    width, phone = view["width"], view["width"] < 600
    tab.call("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=phone)
    features = [{"name": "prefers-color-scheme", "value": view["scheme"]}]
    tab.call("Emulation.setEmulatedMedia", media=view["media"], features=features)
    height = min(_HIGHEST, int(tab.value("document.documentElement.scrollHeight")))
    clip = {"x": 0, "y": 0, "width": width, "height": height, "scale": 1}
    shot = tab.call("Page.captureScreenshot", format="png", captureBeyondViewport=True, clip=clip)
    return base64.b64decode(shot["data"])


def check(tab: Browser, axe: str) -> list[str]:
    """Return what axe-core finds that is serious."""
    tab.call("Page.setBypassCSP", enabled=True)
    tab.value(f"{axe}\n;0")
    run = "axe.run(document, {resultTypes: ['violations']}).then((found) => JSON.stringify(found.violations))"
    found = tab.value(run)
    return [
        f"{one['id']} ({one['impact']}): {len(one['nodes'])} times, {one['nodes'][0]['html'][:120]}"
        for one in json.loads(found)
        if one["impact"] in _SERIOUS
    ]


def faults(tab: Browser, axe: str | None, pictures: Path, name: str) -> Iterator[str]:
    """Take all pictures of the page that is open, and yield what is wrong with it."""
    for view_name, view in VIEWS.items():
        picture = look(tab, view)
        (pictures / f"{name}-{view_name}.png").write_bytes(picture)
        wide = tab.value("document.documentElement.scrollWidth - innerWidth")
        if view["media"] == "screen" and wide > 0:
            yield f"{view_name}: {wide} points wider than its window"
        if axe is not None and view_name in ("phone", "1280", "dark"):
            yield from (f"{view_name}: {one}" for one in check(tab, axe))
    yield from (f"asks for {address}" for address in tab.requests() if not address.startswith("file:"))


def main() -> int:
    """Make the pages, look at them, say what is wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--axe", type=Path, help="axe.min.js")
    arguments = parser.parse_args()
    program = find_browser()
    if program is None:
        print("no Chromium or Chrome is installed", file=sys.stderr)
        return 2
    arguments.out.mkdir(parents=True, exist_ok=True)
    axe = arguments.axe.read_text(encoding="utf-8") if arguments.axe else None
    failed = False
    with tempfile.TemporaryDirectory() as folder:
        pages = sample_pages(Path(folder))
        for name, page in pages.items():
            with browser(program, Path(folder) / f"profile-{name}") as tab:
                tab.open(page)
                wrong = list(faults(tab, axe, arguments.out, name))
            failed |= bool(wrong)
            print(f"{name}: {'; '.join(wrong) or 'nothing wrong'}", flush=True)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
