"""XML of strangers: an element at a time, nothing declared in it is expanded, nothing outside it is opened.

expat opens no other file by itself; entities that a document declares (the "billion laughs", local files) are
refused before any is used. A reference to a DTD is harmless: nothing fetches it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NoReturn
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from onoma.errors import DataError

_MAX_DEPTH = 200
_PIECE = 1 << 18
_CUT = (
    expat.errors.codes[expat.errors.XML_ERROR_NO_ELEMENTS],
    expat.errors.codes[expat.errors.XML_ERROR_UNCLOSED_TOKEN],
    expat.errors.codes[expat.errors.XML_ERROR_UNCLOSED_CDATA_SECTION],
)


def read_elements(
    lines: Iterable[str], path: str, tag: str, *, root: str | None = None
) -> Iterator[tuple[int, Element]]:
    """Yield (line on which it begins, element) for each element of a name; only one is held at a time.

    Args:
        lines: of the document, without their ends.
        path: what errors call it.
        tag: of the elements, which do not lie in one another.
        root: the name that the outermost element must have.

    Raises:
        DataError: not well-formed, cut short, nested too deep, or it declares entities; codes ``xml-syntax``,
            ``truncated``, ``xml-nesting``, ``unsafe-xml``.
    """
    scanner = _Scanner(path, tag, root)
    # In pieces that are not small: expat reads an unfinished tag or comment anew with each.
    held: list[str] = []
    length = 0
    for line in lines:
        held.append(f"{line}\n")
        length += len(line) + 1
        if length >= _PIECE:
            scanner.feed("".join(held))
            held.clear()
            length = 0
            yield from scanner.take()
    scanner.feed("".join(held))
    scanner.feed("", last=True)
    yield from scanner.take()


def check_xml(text: str, path: str) -> str:
    """Return the outermost element's name; refuse XML that is unsafe (any DOCTYPE is) or not well-formed.

    For text that another library parses, which must get the same characters and no others.

    Raises:
        DataError: see `read_elements`.
    """
    scanner = _Scanner(path, None, None)
    scanner.feed(text)
    scanner.feed("", last=True)
    return scanner.outermost


class _Scanner:
    """Drives expat; builds elements of one name, and drops what is around them."""

    def __init__(self, path: str, tag: str | None, root: str | None) -> None:
        self.outermost = ""
        self._path, self._tag, self._root = path, tag, root
        self._depth = self._begun_at = self._line = 0
        self._builder: TreeBuilder | None = None
        self._done: list[tuple[int, Element]] = []
        self._fault: DataError | None = None
        # The text is decoded already: what the document says of its encoding no longer holds.
        self._parser = expat.ParserCreate(encoding="utf-8")
        self._parser.buffer_text = True
        if tag is None:
            self._parser.StartDoctypeDeclHandler = self._refuse
        self._parser.EntityDeclHandler = self._refuse
        self._parser.SkippedEntityHandler = self._unknown
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        if tag is not None:
            self._parser.CharacterDataHandler = self._data

    def feed(self, text: str, *, last: bool = False) -> None:
        """Parse a further piece."""
        try:
            self._parser.Parse(text.encode("utf-8", "surrogatepass"), last)
        except expat.ExpatError as error:
            cut = last and error.code in _CUT
            what = f"not XML: {expat.ErrorString(error.code)}"
            if cut:
                what = f"the file ends inside <{self.outermost}>: it is cut short; get it whole"
            code = "truncated" if cut else "xml-syntax"
            raise DataError(
                what, code=code, path=self._path, line=error.lineno, column=None if cut else error.offset + 1
            ) from None

    def take(self) -> Iterator[tuple[int, Element]]:
        """Yield the elements that are complete."""
        done, self._done = self._done, []
        yield from done

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if self._depth == 0:
            self.outermost = name
            if self._root is not None and name != self._root:
                self._fail(f"the outermost element is <{name}>, not <{self._root}>", "xml-syntax")
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            self._fail("nested too deep to be read", "xml-nesting")
        if self._builder is None and name == self._tag:
            self._builder, self._begun_at = TreeBuilder(), self._depth
            self._line = self._parser.CurrentLineNumber
        if self._builder is not None:
            self._builder.start(name, attributes)

    def _end(self, name: str) -> None:
        if self._builder is not None:
            self._builder.end(name)
            if self._depth == self._begun_at:
                self._done.append((self._line, self._builder.close()))
                self._builder = None
        self._depth -= 1

    def _data(self, data: str) -> None:
        if self._builder is not None:
            self._builder.data(data)

    def _refuse(self, name: str, *declared: object) -> None:
        what = (
            "the XML declares what it need not (<!DOCTYPE>, <!ENTITY>), which may hide an attack; take it out"
        )
        self._fail(what, "unsafe-xml", name)

    def _unknown(self, name: str, *_: object) -> None:
        self._fail(f"&{name}; is declared nowhere; write the character itself", "xml-syntax")

    def _fail(self, what: str, code: str, text: str | None = None) -> NoReturn:
        line = self._parser.CurrentLineNumber
        raise DataError(what, code=code, path=self._path, line=line, text=text)
