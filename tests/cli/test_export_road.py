"""From training to a model that runs where PyTorch is not, through the command line."""

import json
import subprocess
import sys
from pathlib import Path

import onnx
import pytest
from onnx import numpy_helper

from onoma.cli.main import main
from onoma.exports import exporting
from onoma.resources import bundled_corpora

TEXT = "Marie Curie was born in Warsaw and worked in Paris."
WITHOUT_TORCH = """
import sys

BLOCKED = "torch onnx transformers matplotlib jinja2 tensorboard gensim optuna scipy pandas spacy".split()

class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in BLOCKED:
            raise ImportError(f"{name} is blocked")

sys.meta_path.insert(0, Blocker())
import onoma
from onoma.cli.main import main

model, data, text = sys.argv[1:]
print(len(onoma.load(model)("Marie Curie lived in Paris.").tokens))
assert main(["predict", model, text]) == 0
assert main(["evaluate", model, data, "--json"]) == 0
assert "torch" not in sys.modules
"""


@pytest.fixture(scope="module")
def exported(trained: Path, onoma, tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("exported") / "bundle"
    done = onoma("export", trained, out, "--json")
    assert done.returncode == 0, done.stderr
    proof = json.loads(done.stdout)
    assert proof["passed"]
    assert proof["tags_agreeing"] == 1
    assert proof["num_sentences"] >= 1000
    assert proof["dev_f1"][0] == proof["dev_f1"][1] > 0
    assert proof.items() >= json.loads((out / "proof.json").read_text()).items()
    return out


def test_it_predicts_the_same(trained, exported, onoma) -> None:
    test = bundled_corpora()["en"] / "test.jsonl"
    theirs, ours = (onoma("predict", model, test, "--to", "jsonl") for model in (trained, exported))
    assert ours.returncode == 0, ours.stderr
    read = [[json.loads(line) for line in done.stdout.splitlines()] for done in (theirs, ours)]
    for left, right in zip(*read, strict=True):
        places = [
            [(one["start"], one["end"], one["label"]) for one in row["entities"]] for row in (left, right)
        ]
        assert places[0] == places[1]
    assert any(row["entities"] for row in read[1])


def test_it_runs_where_torch_is_not(exported, tmp_path) -> None:
    (tmp_path / "text.txt").write_text(TEXT, encoding="utf-8")
    test = bundled_corpora()["en"] / "test.jsonl"
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_TORCH, exported, test, tmp_path / "text.txt"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1])["entity"]["f1"] > 0


def test_int8_is_smaller_and_near(trained, tmp_path, capsys) -> None:
    assert main(["export", str(trained), str(tmp_path / "small"), "--precision", "int8", "--json"]) == 0
    proof = json.loads(capsys.readouterr().out)
    assert proof["size_bytes"][1] < 0.35 * proof["size_bytes"][0]
    assert proof["tags_agreeing"] >= 0.99
    assert main(["export", str(tmp_path / "small"), str(tmp_path / "again")]) == 2
    assert "is exported already" in capsys.readouterr().err


def test_what_fails_its_proof_is_not_written(trained, tmp_path, capsys, monkeypatch) -> None:
    whole = exporting.network_graph

    def damaged(network, precision, bounds):
        model = onnx.load_from_string(whole(network, precision, bounds))
        largest = max(model.graph.initializer, key=lambda weight: len(weight.raw_data))
        array = numpy_helper.to_array(largest).copy()
        array[: len(array) // 2] *= -1
        largest.CopyFrom(numpy_helper.from_array(array, largest.name))
        return model.SerializeToString()

    monkeypatch.setattr(exporting, "network_graph", damaged)
    assert main(["export", str(trained), str(tmp_path / "out"), "--json"]) == 1
    shown = capsys.readouterr()
    assert "of the tags agree, 100% are needed" in shown.err
    assert not json.loads(shown.out)["passed"]
    assert list(tmp_path.iterdir()) == []


def test_wrong_use_is_a_line(trained, tmp_path, capsys) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("dear")
    assert main(["export", str(trained), str(tmp_path / "mine")]) == 2
    assert "holds something other than a bundle" in capsys.readouterr().err
    assert main(["export", str(tmp_path / "nothing"), str(tmp_path / "out")]) == 2
    assert "no such run or bundle" in capsys.readouterr().err
