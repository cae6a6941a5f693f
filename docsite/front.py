"""The model on the front page: what `onoma export --to web` writes, where onnxruntime-web is at hand.

npm brings it (`docsite/package.json`); ``ONOMA_WEB_RUNTIME`` names another folder. Without it the site is
built all the same, and its front page says so.
"""

from __future__ import annotations

import os
from pathlib import Path

from onoma.reports.web.folder import find_runtime, write_web_folder
from onoma.resources import shipped_models
from onoma.runtime.bundle import load_bundle

MARK = "<!-- the model en, to be tried -->"
"""Where it stands on the page; read elsewhere than here, the page has nothing there."""
LARGEST = 10_000_000
"""Bytes that a visitor may be asked to load."""

_FOLDER = "try"
_MODEL = "en"
_HERE = Path(__file__).parent

_FRAME = f"""\
<iframe id="try" src="{_FOLDER}/index.html?embedded" title="Type a text, and see its names" \
style="display: block; width: 100%; height: 24rem; border: 0"></iframe>
<script>
document.getElementById("try").addEventListener("load", ({{ target }}) => {{
  const page = target.contentDocument?.documentElement; // none where the site is opened as files
  if (!page) return;
  new ResizeObserver(() => (target.style.height = `${{page.offsetHeight}}px`)).observe(page);
  const site = document.body; // the theme's switch between light and dark writes it there
  const follow = () => (page.dataset.scheme = site.dataset.mdColorScheme === "slate" ? "dark" : "light");
  new MutationObserver(follow).observe(site, {{ attributeFilter: ["data-md-color-scheme"] }});
  follow();
}});
</script>

This is the model `{_MODEL}`, in your browser: [how, and how to do it with yours](browser.md).
"""
_WITHOUT = f"""\
This copy of the site was built without onnxruntime-web, so that the model `{_MODEL}` cannot be tried here.
[A model in a web page](browser.md) tells how to put it, or one of yours, on a page of your own, in three
commands.
"""


def runtime() -> tuple[Path, ...]:
    """Return the files of onnxruntime-web; none where npm did not bring it.

    Raises:
        ModelError: the environment names a folder that does not hold them.
    """
    if given := os.environ.get("ONOMA_WEB_RUNTIME"):
        return find_runtime(Path(given))
    return find_runtime(_HERE) if (_HERE / "node_modules").is_dir() else ()


def with_model(markdown: str, *, given: bool) -> str:
    """Return the front page with the model in its place, or with what to do where it is not given."""
    return markdown.replace(MARK, _FRAME if given else _WITHOUT)


def write_model(site: Path, files: tuple[Path, ...]) -> int:
    """Write the model's folder into the site, and return its bytes.

    Raises:
        ValueError: it is larger than anyone should have to load.
    """
    sizes = write_web_folder(site / _FOLDER, load_bundle(shipped_models()[_MODEL]), _MODEL, files)
    total = sum(sizes.values())
    if total > LARGEST:
        raise ValueError(f"the model's page has {total / 1e6:.2f} MB; {LARGEST / 1e6:.0f} are the most")
    return total
