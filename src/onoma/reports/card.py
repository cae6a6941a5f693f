"""Model cards: what a model is, what it learned from, what was measured, and what it is bad at.

A card says what the run and the bundle hold, and what the user adds. What is not known is left out, or said
to be unknown. Folders of the machine that trained are not named.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import onoma
from onoma.comparison.runs import LoadedRun, load_run
from onoma.errors import ConfigError
from onoma.reports.card_data import data_section
from onoma.reports.card_scores import entity_task, scores_section, weaknesses_section
from onoma.reports.markdown import code, code_block, plain, yaml
from onoma.reports.scores import RATES, number, percent
from onoma.runtime.bundle import Bundle, bundle_size, load_bundle
from onoma.runtime.hub import PREFIX
from onoma.runtime.manifest import ModelSettings
from onoma.runtime.parts import parts_of_config

_SENTENCES = {"en": "John lives in New York.", "ru": "Иван Петров живёт в Москве."}


@dataclass(frozen=True, slots=True)
class CardDetails:
    """What only the user can say of a model.

    Args:
        name: of the model, ``OWNER/NAME`` or NAME.
        languages: of its texts, as codes such as ``en``.
        license: of the model, as the Hub names it, such as ``apache-2.0``.
        dataset: name of the data.
        data_statement: Markdown about the data: where it is from, who labelled it how, its licence.
        shipped: whether it comes with Onoma, under its name.
    """

    name: str
    languages: tuple[str, ...] = ()
    license: str | None = None
    dataset: str | None = None
    data_statement: str | None = None
    shipped: bool = False

    def __post_init__(self) -> None:
        if not self.name.strip() or not self.name.isprintable():
            raise ConfigError(f"'{self.name!a}' cannot be the name of a model")


def model_card(run: Path | None, bundle: Path, details: CardDetails) -> str:
    """Return the card of a model: Markdown with YAML in front, as the Hugging Face Hub reads it.

    Args:
        run: the finished run that it comes from; without, the card has no scores and says so.
        bundle: the model's files: the run's own or what was exported from it.
        details: what the user says of it.

    Raises:
        ModelError: the run is damaged or not finished.
        BundleError: the bundle is damaged.
    """
    model = load_bundle(bundle)
    settings = model.config
    loaded = load_run(run) if run is not None else None
    sections = [
        f"---\n{yaml(_front_matter(model, settings, loaded, details))}\n---",
        f"# {plain(details.name)}",
        "\n".join(_description(model, settings, loaded, details, bundle_size(bundle))),
        f"## Use\n\n{_usage(model, settings, details)}",
        f"## Training data\n\n{data_section(loaded, details.data_statement)}",
        f"## Scores\n\n{scores_section(loaded, settings, exported=model.graph is not None)}",
    ]
    if model.proof:
        sections.append(f"## Export\n\n{_export(model.proof)}")
    if loaded is not None:
        sections.append(f"## Known weaknesses\n\n{weaknesses_section(loaded, settings)}")
    return "\n\n".join(sections) + "\n"


def _front_matter(
    model: Bundle, settings: ModelSettings, run: LoadedRun | None, details: CardDetails
) -> dict[str, object]:
    front: dict[str, object] = {"library_name": "onoma", "pipeline_tag": "token-classification"}
    if details.languages:
        front["language"] = list(details.languages)
    if details.license:
        front["license"] = details.license
    front["tags"] = ["named-entity-recognition", "ner", settings.model]
    exported = ", before the export" if model.graph is not None else ""
    results = [] if run is None else list(_results(run, details.dataset, exported))
    if results and entity_task(settings) is not None:
        front["model-index"] = [{"name": details.name, "results": results}]
    return front


def _results(run: LoadedRun, dataset: str | None, remark: str) -> Iterator[dict[str, object]]:
    for split in ("test", "dev"):
        path = run.config.get("data", {}).get(split)
        name = dataset or (Path(str(path)).parent.name if path else "") or "unknown"
        metrics = [
            {"type": part, "value": round(value, 4), "name": f"entity {part}, exact, micro{remark}"}
            for part in RATES
            if (value := number(run.metrics, f"{split}.entity.{part}")) is not None
        ]
        if metrics:
            yield {
                "task": {"type": "token-classification", "name": "Named entity recognition"},
                "dataset": {"name": name, "type": name, "split": split},
                "metrics": metrics,
            }


def _description(
    model: Bundle, settings: ModelSettings, run: LoadedRun | None, details: CardDetails, size: int
) -> Iterator[str]:
    made_by = str(run.environment.get("onoma", "")) if run is not None else ""
    made_by = f"Onoma {plain(made_by)}" if made_by else "Onoma"
    task = entity_task(settings)
    if task is not None:
        nested = ", also entities within entities" if task.nested else ""
        yield f"Finds named entities in text, with places and probabilities{nested}. Made with {made_by}."
    else:
        yield f"Labels documents. Made with {made_by}."
    yield ""
    options = settings.options
    parts = [] if task is None else [f"head {code(str(options['head']) if task.name == 'tags' else 'span')}"]
    parts += [f"on {code(str(options['base']))}"] if options.get("base") else []
    parts += [f"tags {code(settings.scheme)}"]
    parameters = number(run.metrics, "parameters") if run is not None else None
    parts += [f"{parameters:,.0f} parameters"] if parameters is not None else []
    yield f"- Model: {code(settings.model)}, {', '.join(parts)}"
    precision = model.proof.get("precision")
    kind = "safetensors" if model.graph is None else "ONNX" + (f", {plain(precision)}" if precision else "")
    yield f"- Files: {kind}, {size / 1e6:.1f} MB"
    for key, what in (("encoder", "Pretrained encoder"), ("vectors", "Word vectors")):
        if options.get(key):
            yield f"- {what}: {code(str(options[key]))}"
    tokenizer, _, version = settings.tokenizer.partition("@")
    yield f"- Tokenizer of raw text: {code(tokenizer)}, version {version}"
    if task is not None:
        yield f"- Entity labels ({len(settings.labels)}): {_listing(settings.labels)}"
    if settings.document_labels:
        count = len(settings.document_labels)
        yield f"- Document labels ({count}): {_listing(settings.document_labels)}"
    yield f"- Language: {_listing(details.languages) or 'not stated'}"
    yield f"- License: {code(details.license) if details.license else 'not stated'}"


def _listing(names: list[str] | tuple[str, ...]) -> str:
    return ", ".join(map(code, names))


def _usage(model: Bundle, settings: ModelSettings, details: CardDetails) -> str:
    options = settings.options
    name = f"{PREFIX}{details.name if '/' in details.name else 'OWNER/' + details.name}"
    name = details.name if details.shipped else name
    extras = [] if details.shipped else ["hub"]
    if model.graph is None:
        extras += ["train", *parts_of_config(settings, Path("config.json")).rung.extras]
    elif options.get("units") == "pieces" or options.get("encoder"):
        extras.append("pieces")
    package = f"'onoma[{','.join(extras)}]'" if extras else "onoma"
    needed = "No PyTorch is needed." if model.graph is not None else "PyTorch comes with the extra `train`."
    sentence = next((_SENTENCES[code] for code in details.languages if code in _SENTENCES), _SENTENCES["en"])
    python = (
        f'import onoma\n\ntagger = onoma.load("{name}")\ndocument = tagger("{sentence}")\n'
        "[(e.text, e.label, e.start, e.end, e.score) for e in document.entities]"
    )
    if entity_task(settings) is None:
        python = python[: python.rindex("\n") + 1] + "document.labels"
    shell = f"pip install {package}\nonoma predict {name} letters.txt"
    origin = "" if details.shipped else f"A downloaded folder is named in place of `{PREFIX}...`. "
    return (
        f"{code_block(shell)}\n\n"
        f"{needed} In Python:\n\n{code_block(python)}\n\n"
        f"{origin}The files are plain data without code, and Onoma {onoma.__version__} or newer checks each "
        "before it is used."
    )


def _export(proof: Mapping[str, Any]) -> str:
    lines = ["The exported model was compared with its origin before it was written:", ""]
    count, agreeing = number(proof, "num_tokens"), number(proof, "tags_agreeing")
    if count is not None and agreeing is not None:
        lines.append(f"- {agreeing:.4%} of {count:,.0f} tags agree ({plain(proof.get('source', ''))})")
    labels = number(proof, "documents_agreeing")
    if labels is not None:
        lines.append(f"- {labels:.4%} of the documents have the same labels")
    f1 = proof.get("dev_f1")
    if isinstance(f1, list) and len(f1) == 2:
        before, after = (number({"f1": one}, "f1") for one in f1)
        lines.append(f"- F1 on dev: {percent(before, 'unknown')} before, {percent(after, 'unknown')} after")
    before, after = (number(proof, f"{name}.latency_p50_ms") for name in ("origin", "exported"))
    if before is not None and after is not None:
        lines.append(
            f"- One sentence takes {after:.2f} ms, its origin {before:.2f} ms (median, one thread, on the "
            "machine that exported)"
        )
    return "\n".join(lines)
