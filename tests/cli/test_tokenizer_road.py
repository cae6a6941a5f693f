"""A model has its own tokeniser: from the option to the bundle, and back to raw text."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from pydantic import ValidationError

import onoma
from onoma.cli.main import main
from onoma.errors import BundleError
from onoma.runtime.bundle import load_bundle, save_bundle
from onoma.runtime.manifest import ModelSettings
from onoma.tokenize import get_tokenizer
from onoma.training.folder import stored_config

_NO = object()
NAMES = ["张伟", "王芳", "李娜", "刘洋", "陈静", "杨磊", "赵敏", "黄勇"]
SMALL = ["hidden_dim=24", "word_dim=16", "batch_size=4", "learning_rate=0.02", "threads=1", "word_dropout=0"]


def write_chinese(path: Path, names: list[str]) -> Path:
    """Products end within what has no space: only characters can say where."""
    lines = []
    for place, name in enumerate(names):
        text = f"{name}买了iPhone{place % 10}给妈妈。{name}很高兴！"
        spans = [(0, 2, "PER"), (4, 10, "PROD"), (15, 17, "PER")]
        entities = [{"start": start, "end": end, "label": label} for start, end, label in spans]
        lines.append(json.dumps({"id": str(place), "text": text, "entities": entities}, ensure_ascii=False))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("chinese")
    write_chinese(folder / "train.jsonl", [*NAMES, *NAMES[::-1]])
    write_chinese(folder / "dev.jsonl", NAMES[:6])
    return folder


def train(data: Path, run: Path, *options: str) -> int:
    small = [part for setting in SMALL for part in ("--set", setting)]
    names = ["--model", "bilstm-crf", "--data", str(data), "--out", str(run)]
    return main(["train", *names, "--epochs", "8", "--quiet", *small, *options])


@pytest.fixture(scope="module")
def run(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs") / "characters"
    assert train(data, folder, "--tokenizer", "characters") == 0
    return folder


def test_run_and_bundle_name_it_with_its_version(run: Path) -> None:
    assert 'tokenizer = "characters@1"' in (run / "config.toml").read_text(encoding="utf-8")
    assert load_bundle(run / "bundle").config.tokenizer == "characters@1"
    ledger = json.loads((run / "ledger.json").read_text(encoding="utf-8"))
    assert all(counts["kept"] == counts["read"] > 0 for counts in ledger["tagging"].values())


def test_raw_text_is_cut_as_in_training(run: Path, tmp_path: Path, capsys) -> None:
    text = "赵敏买了iPhone7给妈妈。"
    (tmp_path / "text.txt").write_text(text + "\n", encoding="utf-8")
    assert main(["predict", str(run), str(tmp_path / "text.txt"), "--to", "jsonl"]) == 0
    tagged = json.loads(capsys.readouterr().out)
    assert tagged["tokens"] == [[place, place + 1] for place in range(len(text))]
    assert [(one["start"], one["end"]) for one in tagged["entities"]] == [(0, 2), (4, 10)]
    tagger = onoma.load(run)
    assert tagger.tokenizer is get_tokenizer("characters")
    assert (
        tagger(text).tokens
        == next(tagger.pipe([text])).tokens
        == get_tokenizer("characters@1").document(tagger.tag([text])[0]).tokens
    )


def test_evaluation_cuts_by_the_model_s(run: Path, data: Path, capsys) -> None:
    assert main(["evaluate", str(run / "bundle"), str(data / "dev.jsonl"), "--json"]) == 0
    scores = json.loads(capsys.readouterr().out)
    own = json.loads((run / "metrics.json").read_text(encoding="utf-8"))["dev"]
    assert scores["entity"] == own["entity"]
    assert scores["entity"]["f1"] > 0.9


def test_suspects_are_looked_for_on_the_model_s_tokens(run: Path, tmp_path: Path, capsys) -> None:
    other = write_chinese(tmp_path / "other.jsonl", NAMES[2:4])
    assert main(["inspect", str(other), "--suspects", str(run), "--json"]) in (0, 1)
    assert "iPhone0" not in capsys.readouterr().out


def test_an_exported_model_cuts_as_its_origin(run: Path, tmp_path: Path) -> None:
    pytest.importorskip("onnx")
    assert main(["export", str(run), str(tmp_path / "exported")]) == 0
    text = "黄勇买了iPhone2给妈妈。好！"
    exported = onoma.load(tmp_path / "exported")
    assert exported.tokenizer.id == "characters@1"
    assert exported(text).tokens == onoma.load(run)(text).tokens


def test_what_a_bundle_asks_for_and_is_not_here_is_one_line(run: Path, tmp_path: Path, capsys) -> None:
    bundle = load_bundle(run / "bundle")
    for asked, message in {
        "onoma@99": "'onoma@99' is newer than 'onoma@1' here; upgrade Onoma: pip install -U onoma",
        "onoma@0": "no longer kept",
        "thai-words@1": "unknown tokenizer 'thai-words'",
    }.items():
        place = tmp_path / asked.partition("@")[0] / asked
        with pytest.raises(ValidationError, match=message):
            ModelSettings(**bundle.config.as_dict() | {"tokenizer": asked})
        save_bundle(place, bundle)
        _change(place, asked)
        assert main(["predict", str(place), "-"]) == 2
        said = capsys.readouterr().err
        assert message in said
        assert said.count("\n") == 1


@pytest.mark.parametrize(
    "value", [None, 1, True, "", "onoma", "onoma@", "onoma@1.0", "@1", ["onoma@1"], "a" * 101 + "@1"]
)
def test_what_is_no_name_with_a_version_is_refused(run: Path, tmp_path: Path, value: object) -> None:
    save_bundle(tmp_path / "bundle", load_bundle(run / "bundle"))
    _change(tmp_path / "bundle", value)
    with pytest.raises(BundleError, match=r"config\.json: 'tokenizer'") as caught:
        onoma.load(tmp_path / "bundle")
    assert "\n" not in str(caught.value)


def _change(bundle: Path, tokenizer: object = _NO) -> None:
    """Write another tokeniser into a bundle, or none, as before there were any."""
    config = json.loads((bundle / "config.json").read_text(encoding="utf-8"))
    config.pop("tokenizer")
    data = json.dumps(config | ({} if tokenizer is _NO else {"tokenizer": tokenizer})).encode()
    (bundle / "config.json").write_bytes(data)
    manifest = json.loads((bundle / "manifest.json").read_text(encoding="utf-8"))
    manifest["files"]["config.json"] = {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    manifest["schema"] = 1 if tokenizer is _NO else manifest["schema"]
    (bundle / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")


def test_a_bundle_from_before_cuts_as_it_always_did(run: Path, tmp_path: Path) -> None:
    save_bundle(tmp_path / "old", load_bundle(run / "bundle"))
    _change(tmp_path / "old")
    tagger = onoma.load(tmp_path / "old")
    assert tagger.tokenizer is get_tokenizer("onoma@1")
    assert tagger("买了iPhone7。").words == ["买", "了", "iPhone7", "。"]


def test_a_run_from_before_is_read_and_resumed_with_the_tokeniser_it_had(data: Path, tmp_path: Path) -> None:
    assert train(data, tmp_path / "run", "--set", "epochs=1") == 0
    config = tmp_path / "run" / "config.toml"
    text = config.read_text(encoding="utf-8")
    assert 'tokenizer = "onoma@1"\n' in text
    config.write_text(text.replace('tokenizer = "onoma@1"\n', ""), encoding="utf-8")
    stored = stored_config(tmp_path / "run")
    assert stored is not None
    assert stored.data.tokenizer == "onoma@1"
    assert main(["train", "--resume", "--out", str(tmp_path / "run"), "--quiet"]) == 0
    assert main(["train", "--resume", "--out", str(tmp_path / "run"), "--tokenizer", "characters"]) == 2


def test_a_name_that_is_none_is_refused_before_anything_is_made(data: Path, tmp_path: Path, capsys) -> None:
    assert train(data, tmp_path / "run", "--tokenizer", "caracters") == 2
    assert capsys.readouterr().err == (
        "onoma: error: unknown tokenizer 'caracters'; did you mean 'characters'? "
        "(others come with the package that has them)\n"
    )
    assert not (tmp_path / "run").exists()


def test_starting_from_a_model_with_another_tokeniser_is_told(
    run: Path, data: Path, tmp_path: Path, capsys
) -> None:
    assert train(data, tmp_path / "run", "--init-from", str(run), "--epochs", "1") == 0
    said = capsys.readouterr().err
    assert "had its text cut by the tokenizer characters@1, this one by onoma@1" in said
