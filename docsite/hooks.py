"""What mkdocs asks while it builds: pages that are made, and GitHub's Markdown as mkdocs reads it."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from docsite.front import runtime, with_model, write_model  # noqa: E402 - found by the line above
from docsite.reference import pages  # noqa: E402

_TAKEN_IN = {"CONTRIBUTING.md": "contributing.md", "CHANGELOG.md": "changelog.md"}
"""Files outside of docs/ that are pages, and their places."""
_SEARCH = "assets/javascripts/iframe-worker.js"
"""What searches pages that are opened as files; the theme would load it from elsewhere (mkdocs.yml)."""
_ELSEWHERE = re.compile(
    r"<(?:script|img|iframe)\b[^>]*\ssrc=[\"']?(?:https?:)?//[^>]*|<link[^>]*\bstylesheet[^>]*//"
)
_LIST_ITEM = re.compile(r"(?:- |\d+\. )")


def on_files(files: Any, config: Any) -> Any:
    """Add the pages that are not in docs/."""
    for name, place in _TAKEN_IN.items():
        text = (ROOT / name).read_text(encoding="utf-8").replace("](docs/", "](")
        files.append(File.generated(config, place, content=text))
    for place, text in (*pages().items(), (_SEARCH, _search_script())):
        files.append(File.generated(config, place, content=text))
    return files


def _search_script() -> str:
    brought = ROOT / "docsite" / "node_modules" / "iframe-worker" / "shim" / "index.js"
    if not brought.is_file():
        return "// npm has not brought iframe-worker: pages that are opened as files cannot be searched.\n"
    return f"// iframe-worker, MIT licence, Martin Donath.\n{brought.read_text(encoding='utf-8')}"


def on_page_markdown(markdown: str, page: Any, config: Any, files: Any) -> str:
    """Put an empty line before lists that follow a paragraph, and lead links out of docs/ to the pages."""
    markdown = with_model(markdown, given=bool(runtime()))
    lines: list[str] = []
    fenced = False
    for line in markdown.split("\n"):
        fenced ^= line.startswith("```")
        before = lines[-1] if lines else ""
        if not fenced and _LIST_ITEM.match(line) and before[:1].strip() and not _LIST_ITEM.match(before):
            lines.append("")
        lines.append(line)
    text = "\n".join(lines)
    for name, place in _TAKEN_IN.items():
        text = re.sub(rf"\]\((?:\.\./)+{re.escape(name)}", f"]({'../' * page.url.count('/')}{place}", text)
    return text


def on_post_page(output: str, page: Any, config: Any) -> None:
    """Refuse a page that would load anything from elsewhere."""
    if found := _ELSEWHERE.search(output):
        raise PluginError(f"{page.url}: would load from elsewhere: {found[0][:200]}")


def on_post_build(config: Any) -> None:
    """Put the model into the site, for its front page."""
    if files := runtime():
        print(f"the front page has the model: {write_model(Path(config.site_dir), files) / 1e6:.2f} MB")
    else:
        print("the front page has no model: npm has not brought onnxruntime-web (docsite/package.json)")
