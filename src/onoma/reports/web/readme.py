"""What stands beside the page: how to serve it."""

from __future__ import annotations

_WITH_RUNTIME = """\
`ort/` holds onnxruntime-web (MIT licence, https://github.com/microsoft/onnxruntime); its WebAssembly is
compressed."""
_WITHOUT_RUNTIME = """\
`ort/` is empty: the page needs onnxruntime-web there, which is not shipped with Onoma. Export again with
`--runtime`, or, in bash:

    npm install onnxruntime-web
    dist=node_modules/onnxruntime-web/dist
    cp $dist/ort.wasm.min.mjs $dist/ort-wasm-simd-threaded.mjs ort/
    gzip -9 -c $dist/ort-wasm-simd-threaded.wasm > ort/ort-wasm-simd-threaded.wasm.gz"""

_README = """# {name}, in a browser

Put this folder on any server of files, and open `index.html` there; to look at it here:

    python -m http.server --bind 127.0.0.1

A browser loads neither modules nor WebAssembly from a file (`file://`). What visitors type stays on the page:
it asks its own server for the files of this folder when it is opened, and for nothing after that.

{runtime}

`onoma.js` is a module of its own, for your own pages:

    import * as ort from "./ort/ort.wasm.min.mjs";
    import {{ fetchBytes, load }} from "./onoma.js";
    ort.env.wasm.numThreads = 1;
    ort.env.wasm.wasmBinary = (await fetchBytes("ort/ort-wasm-simd-threaded.wasm")).buffer;
    const tagger = await load("model", ort);
    await tagger.tag("Marie Curie lived in Paris."); // [{{start, end, label, text, score}}]

`start` and `end` count code points, as in Python: `Array.from(text).slice(start, end).join("")`.
"""


def web_readme(name: str, *, given: bool) -> str:
    """Return the text of ``README.md``.

    Args:
        name: of the model.
        given: onnxruntime-web is in the folder.
    """
    shown = " ".join(name.split())
    return _README.format(name=shown, runtime=_WITH_RUNTIME if given else _WITHOUT_RUNTIME)
