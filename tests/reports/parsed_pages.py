"""A page as a browser takes it: elements that must nest, attributes, texts."""

from __future__ import annotations

from html.parser import HTMLParser

VOID = {"meta", "br"}


class Parsed(HTMLParser):
    """Checks that elements nest; keeps elements, attributes, text, and the texts of marked documents.

    ``texts`` are without the labels in them; ``marks`` are the marks' own texts.
    """

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.stack: list[tuple[str, str]] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.texts: list[str] = []
        self.marks: list[str] = []
        self.text = self.style = self.script = ""
        self.deepest = 0
        self.feed(html)
        self.close()
        assert not self.stack, self.stack

    @property
    def ids(self) -> list[str | None]:
        return [value for name, value in self.attributes if name == "id"]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        css_class = dict(attrs).get("class") or ""
        if css_class == "marked":
            self.texts.append("")
        if tag == "mark":
            self.marks.append("")
        if tag not in VOID:
            self.stack.append((tag, css_class))
        self.deepest = max(self.deepest, sum(tag == "mark" for tag, _ in self.stack))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert any(opened == "svg" for opened, _ in self.stack), tag
        self.tags.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag: str) -> None:
        opened, _ = self.stack.pop()
        assert opened == tag, (opened, tag)

    def handle_data(self, data: str) -> None:
        element, classes = self.stack[-1][0] if self.stack else "", [name for _, name in self.stack]
        if element in ("style", "script"):
            setattr(self, element, getattr(self, element) + data)
            return
        self.text += data
        if "marked" in classes and "label" not in classes:
            self.texts[-1] += data
        if element == "mark":
            self.marks[-1] += data
