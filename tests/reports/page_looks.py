"""What a page in a browser has to be on any screen: read, reached, as wide as its window."""

from __future__ import annotations

import json
import os
from pathlib import Path

from devtools import Browser

_MODULES = Path(__file__).parents[2] / "docsite" / "node_modules"
_AXE = Path(os.environ.get("ONOMA_AXE", _MODULES / "axe-core" / "axe.min.js"))
"""Where it is there, axe-core looks, too; `npm ci --prefix docsite` brings it, and onnxruntime-web."""
RUNTIME = os.environ.get("ONOMA_WEB_RUNTIME") or (str(_MODULES.parent) if _MODULES.is_dir() else "")
"""Where npm put onnxruntime-web; empty where it did not."""

# The least contrast of a text with what lies behind it, after WCAG 2; and what has no name or no reach.
_LOOK = """
(() => {
  const parse = (color) => color.match(/[\\d.]+/g).map(Number);
  const lit = (part) => (part /= 255) <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  const light = ([r, g, b]) => 0.2126 * lit(r) + 0.7152 * lit(g) + 0.0722 * lit(b);
  const behind = (node) => {
    for (; node; node = node.parentElement) {
      const color = parse(getComputedStyle(node).backgroundColor);
      if (color.length < 4 || color[3] === 1) return color;
    }
    return [255, 255, 255];
  };
  let least = 21;
  const walker = document.createTreeWalker(document.querySelector("body"), NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || node.closest("svg, script, style")) continue;
    const [one, other] = [light(parse(getComputedStyle(node).color)), light(behind(node))];
    least = Math.min(least, (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05));
  }
  const scrolls = [...document.querySelectorAll("*")].filter((node) =>
    node.scrollWidth > node.clientWidth + 1 && ["auto", "scroll"].includes(getComputedStyle(node).overflowX));
  const named = (node) => node.ariaLabel || node.labels?.length || node.textContent.trim();
  return JSON.stringify({
    least,
    unreachable: scrolls.filter((node) => node.tabIndex < 0).length,
    nameless: [...document.querySelectorAll("button, input, select, textarea, a, [role=img], [role=region]")]
      .filter((node) => !named(node)).length,
    lang: document.documentElement.lang,
    title: document.title,
    wider: document.documentElement.scrollWidth - innerWidth,
    broken: [...document.querySelectorAll("mark")].filter((mark) => mark.getClientRects().length > 1).length,
  });
})()
"""


def check_looks(tab: Browser) -> None:
    """Check the page that is open on a phone and on wide screens, in light and dark."""
    for width, scheme in ((390, "light"), (390, "dark"), (1280, "dark"), (1920, "light")):
        phone = width == 390
        tab.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=phone
        )
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        tab.call("Emulation.setEmulatedMedia", features=features)
        seen = json.loads(tab.value(_LOOK))
        assert seen["least"] >= 4.5, (width, scheme)
        assert {key: seen[key] for key in ("unreachable", "nameless", "broken")} == {
            "unreachable": 0,
            "nameless": 0,
            "broken": 0,
        }, (width, scheme)
        assert seen["wider"] <= 0
        assert seen["lang"] == "en"
        assert seen["title"]
    if _AXE.is_file():
        tab.call("Page.setBypassCSP", enabled=True)
        tab.value(f"{_AXE.read_text(encoding='utf-8')}\n;0")
        found = tab.value("axe.run().then((found) => JSON.stringify(found.violations))")
        assert [one["id"] for one in json.loads(found) if one["impact"] in ("serious", "critical")] == []
