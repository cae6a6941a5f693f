"""``onoma score`` from end to end: anyone's predictions beside gold."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from nervaluate import Evaluator
from seqeval.metrics.v1 import precision_recall_fscore_support
from seqeval.scheme import IOB2

import onoma
from onoma.cli.main import main
from onoma.errors import ConfigError
from onoma.metrics.spans import spans_from_tags
from onoma.tags import get_scheme

GOLD = str(Path(onoma.__file__).parent / "resources" / "corpora" / "en" / "test.jsonl")
MAP = [
    part
    for one in ("org=ORG", "per=PER", "geo=LOC", "gpe=LOC", "tim=", "art=MISC")
    for part in ("--map", one)
]


def run(capsys, *arguments: object) -> tuple[int, str, str]:
    code = main([str(argument) for argument in arguments])
    out, err = capsys.readouterr()
    assert "Traceback" not in err
    return code, out, err


def scores(capsys, *arguments: object) -> dict:
    code, out, err = run(capsys, "score", *arguments, "--json", "--quiet")
    assert code == 0, err
    return json.loads(out)


@pytest.fixture(scope="module")
def predicted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Predictions of the shipped model for the bundled test file."""
    folder = tmp_path_factory.mktemp("predicted")
    for name, options in (("all", []), ("sure", ["--min-score", "0.6"])):
        out = str(folder / f"{name}.jsonl")
        assert main(["predict", "en", GOLD, "--to", "jsonl", "--out", out, "--quiet", *options]) == 0
    return folder


def test_it_is_what_evaluate_says_to_the_digit(capsys, predicted: Path) -> None:
    code, out, _ = run(capsys, "evaluate", "en", GOLD, "--json", "--quiet", "--errors", 2, *MAP)
    assert code == 0
    found = scores(capsys, GOLD, predicted / "all.jsonl", "--errors", 2, *MAP)["predictions"]["all"]
    for name, value in json.loads(out).items():
        assert found[name] == value, name
    # Predictions of another format lose their scores, and nothing else.
    columns = predicted / "all.conll"
    assert run(capsys, "convert", predicted / "all.jsonl", columns, "--to", "conll")[0] == 0
    other = scores(capsys, GOLD, columns, *MAP)["predictions"]["all"]
    assert other["calibration"] == {"ece": None}
    assert {name: other[name] for name in ("entity", "partial", "token", "errors")} == {
        name: found[name] for name in ("entity", "partial", "token", "errors")
    }
    assert other["placed"]["respaced"] == other["documents"] if "documents" in other else True
    assert other["placed"]["matched_by"] == {"text without white space": 14}


def test_dropped_labels_are_not_missed(capsys, predicted: Path) -> None:
    dropped = [*MAP, "--map", "MISC=", "--map", "art="]
    found = scores(capsys, GOLD, predicted / "all.jsonl", *dropped)
    one = found["predictions"]["all"]
    assert one["gold_entities"] == sum(row["gold"] for row in one["entity"]["per_label"].values()) == 147
    code, out, _ = run(capsys, "evaluate", "en", GOLD, "--json", "--quiet", *dropped)
    assert (code, json.loads(out)["entity"]) == (0, one["entity"])


TAGGED = [
    ("Ann Lee left New York .", "B-PER I-PER O B-LOC I-LOC O", "B-PER I-PER O B-LOC O O"),
    ("Acme hired Bo .", "B-ORG O B-PER O", "B-PER O B-PER O"),
    ("Oslo slept .", "B-LOC O O", "O O O"),
    ("Nothing in Rome .", "O O B-LOC O", "B-ORG O B-LOC O"),
]


def test_scores_are_those_of_seqeval_and_nervaluate(capsys, tmp_path: Path) -> None:
    gold, guessed = ([row[place].split() for row in TAGGED] for place in (1, 2))
    for name, tags in (("gold", gold), ("pred", guessed)):
        sentences = zip(TAGGED, tags, strict=True)
        rows = [
            "".join(f"{word}\t{tag}\n" for word, tag in zip(row[0].split(), each, strict=True))
            for row, each in sentences
        ]
        (tmp_path / f"{name}.conll").write_text("\n".join(rows))
    found = scores(capsys, tmp_path / "gold.conll", tmp_path / "pred.conll")["predictions"]["pred"]
    entity = found["entity"]
    theirs = precision_recall_fscore_support(gold, guessed, average="micro", mode="strict", scheme=IOB2)
    assert (entity["precision"], entity["recall"], entity["f1"]) == pytest.approx(theirs[:3])
    judged = Evaluator(gold, guessed, tags=["PER", "LOC", "ORG"], loader="list").evaluate()["overall"]
    for reading, ours in (
        ("strict", "strict"),
        ("exact", "exact"),
        ("partial", "partial"),
        ("ent_type", "type"),
    ):
        assert found["partial"][ours]["f1"] == pytest.approx(judged[reading].f1), reading
    assert len(spans_from_tags(gold, get_scheme("BIO"))) == found["gold_entities"]


def test_one_file_may_be_both_by_its_columns(capsys, tmp_path: Path) -> None:
    both = tmp_path / "both.txt"
    both.write_text(
        "\n".join(
            "".join(f"{w} {g} {p}\n" for w, g, p in zip(*(one.split() for one in row), strict=True))
            for row in TAGGED
        )
    )
    found = scores(capsys, both, both, "--tag-column", 2, "--predicted-tag-column", 3)
    assert found["predictions"]["both"]["errors"] == {
        "correct": 3, "wrong_label": 1, "wrong_boundary": 1, "wrong_label_and_boundary": 0,
        "missed": 1, "spurious": 1,
    }  # fmt: skip


def test_several_are_compared(capsys, predicted: Path) -> None:
    files = (f"mine={predicted / 'all.jsonl'}", predicted / "sure.jsonl")
    found = scores(capsys, GOLD, *files, *MAP, "--cost", "mine=3", "--cost", "sure=1")
    (pair,) = found["comparisons"]
    assert (pair["first"], pair["second"]) == ("mine", "sure")
    f1 = {name: one["entity"]["f1"] for name, one in found["predictions"].items()}
    assert pair["difference"] == pytest.approx(f1["mine"] - f1["sure"])
    assert pair["adjusted"] < 0.05
    assert found["preferred"] == "mine"
    assert "better than all others" in found["reason"]
    code, out, _ = run(capsys, "score", GOLD, *files, *MAP, "--errors", 1)
    assert code == 0
    for part in (
        "mine *",
        "F1 by label",
        "differences",
        "mine less sure",
        "errors of sure",
        "wrong boundary",
    ):
        assert part in out, part


def test_what_cannot_be_told_apart_is_said_and_the_cheaper_preferred(
    capsys, predicted: Path, tmp_path: Path
) -> None:
    lines = (predicted / "all.jsonl").read_text().splitlines()
    values = json.loads(lines[0])
    values["entities"] = values["entities"][1:]
    (tmp_path / "less.jsonl").write_text("\n".join([json.dumps(values), *lines[1:]]))
    files = (predicted / "all.jsonl", tmp_path / "less.jsonl")
    found = scores(capsys, GOLD, *files, *MAP, "--cost", "all=3", "--cost", "less=1")
    (sentence,) = found["undecided"]
    assert "These 14 documents cannot tell" in sentence
    (pair,) = found["comparisons"]
    assert pair["documents_needed"] > 14
    assert "like them would settle it" in sentence
    assert found["preferred"] == "less"
    assert "costs 1 where all costs 3" in found["reason"] or found["evidence"]
    without = scores(capsys, GOLD, *files, *MAP)
    assert "costs would decide" in without["reason"]


def test_a_page_of_the_scores(capsys, predicted: Path, tmp_path: Path) -> None:
    page, files = tmp_path / "scores.html", (predicted / "all.jsonl", predicted / "sure.jsonl")
    code, out, err = run(capsys, "score", GOLD, *files, *MAP, "--html", page, "--cost", "all=3")
    assert code == 0
    assert f"written {page}" in err
    html = page.read_text(encoding="utf-8")
    found = scores(capsys, GOLD, *files, *MAP)["predictions"]
    for one in found.values():
        assert f"<bdi>{100 * one['entity']['f1']:.2f}</bdi>" in html
        for kind, count in one["errors"].items():
            if kind not in ("correct",) and count:
                assert f"<summary>{kind.replace('_', ' ')}: {count:,}" in html
    for part in ("Preferred: <bdi>all</bdi>", 'id="significance"', 'id="examples"', "onoma"):
        assert part in html
    # One alone has nothing to be compared with, and no examples where none are asked for.
    assert run(capsys, "score", GOLD, files[0], *MAP, "--html", page, "--errors", 0, "--quiet")[0] == 0
    html = page.read_text(encoding="utf-8")
    assert not any(part in html for part in ("Preferred", 'id="significance"', 'id="examples"'))
    # Its place is looked at before the work, and no input is overwritten.
    code, out, err = run(capsys, "score", GOLD, files[0], *MAP, "--html", files[0])
    assert (code, out) == (2, "")
    assert "the original would be lost" in err
    assert run(capsys, "score", GOLD, files[0], *MAP, "--html", tmp_path)[0] == 2


def test_documents_of_only_one_side(capsys, predicted: Path, tmp_path: Path) -> None:
    lines = (predicted / "all.jsonl").read_text().splitlines()
    half = tmp_path / "half.jsonl"
    half.write_text("\n".join(lines[:7]))
    code, out, err = run(capsys, "score", GOLD, half, *MAP, "--json", "--quiet")
    assert code == 0
    found = json.loads(out)["predictions"]["half"]
    assert (found["gold_entities"], len(found["placed"]["missing"])) == (176, 7)
    assert "no prediction for 7 of 14 documents, whose entities count as missed" in err
    half.write_text("\n".join([*lines, json.dumps({"id": "odd", "text": "Not in gold.", "entities": []})]))
    code, _, err = run(capsys, "score", GOLD, half, *MAP)
    assert (code, "does not have: odd" in err) == (2, True)
    code, _, err = run(capsys, "score", GOLD, half, *MAP, "--allow-extra")
    assert (code, "left out: 1 predicted documents" in err) == (0, True)


def test_predictions_without_a_place_cost_precision(capsys, tmp_path: Path) -> None:
    gold = {"id": "a", "text": "Ann left Oslo early.", "entities": [{"start": 0, "end": 3, "label": "PER"}]}
    found = {
        "id": "a",
        "text": "So Bo: Ann left Oslo early.",
        "entities": [{"start": 3, "end": 5, "label": "PER"}, {"start": 7, "end": 10, "label": "PER"}],
    }
    for name, value in (("gold", gold), ("pred", found)):
        (tmp_path / f"{name}.jsonl").write_text(json.dumps(value))
    one = scores(capsys, tmp_path / "gold.jsonl", tmp_path / "pred.jsonl")["predictions"]["pred"]
    assert (one["entity"]["precision"], one["entity"]["recall"]) == (0.5, 1.0)
    assert one["placed"]["unplaced"] == 1
    # Tests and intervals count it, too.
    scored = onoma.score(tmp_path / "gold.jsonl", {"pred": tmp_path / "pred.jsonl"})
    assert scored.evidence.intervals["pred"].score == pytest.approx(scored["pred"].entity.micro.f1) == 2 / 3


def test_document_labels_are_scored() -> None:
    gold = [
        {"id": "a", "text": "Ann left.", "entities": [{"start": 0, "end": 3, "label": "P"}], "labels": ["x"]}
    ]
    found = [{"id": "b", "text": "Ann  left .", "entities": [], "labels": ["x", "y"]}]
    scores = onoma.score(gold, {"found": found})["found"].documents
    assert scores is not None
    assert (scores.micro.correct, scores.micro.predicted, scores.micro.gold) == (1, 2, 1)


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (["{gold}"], "PRED"),
        (["{gold}", "nowhere.jsonl"], "nowhere.jsonl"),
        (["{gold}", "{all}"], "no label in common"),
        (["{gold}", "a={all}", "a={sure}"], "two predictions are named 'a'"),
        (["{gold}", "{all}", "--cost", "al=1", *MAP], "did you mean 'all'"),
        (["{gold}", "{all}", "--cost", "all=much", *MAP], "NAME=NUMBER"),
        (["{gold}", "{all}", "--cost", "all=-1", *MAP], "0 or more"),
        (["{gold}", "{gold}", "--predicted-format", "conl"], "did you mean 'conll'"),
    ],
)
def test_wrong_use(capsys, predicted: Path, arguments: list[str], part: str) -> None:
    names = {"gold": GOLD, "all": predicted / "all.jsonl", "sure": predicted / "sure.jsonl"}
    code, out, err = run(capsys, "score", *(one.format(**names) for one in arguments))
    assert (code, out) == (2, "")
    assert part in err


def test_from_python(predicted: Path) -> None:
    labels = {"org": "ORG", "per": "PER", "geo": "LOC", "gpe": "LOC", "tim": ""}
    scored = onoma.score(
        GOLD, {"all": predicted / "all.jsonl", "gold": onoma.read(GOLD)}, costs={"gold": 2.0}, labels=labels
    )
    assert scored["gold"].entity.micro.f1 == 1.0
    assert scored.preferred == "gold"
    assert scored.evidence.num_documents == 14
    assert scored["all"].entity.micro.gold == 176
    with pytest.raises(KeyError):
        scored["other"]
    with pytest.raises(ConfigError, match="no predictions"):
        onoma.score(GOLD, {})


def test_what_is_lost_on_reading_counts_in_the_tests_too(capsys, tmp_path: Path) -> None:
    def line(number: int, ends: list[int]) -> str:
        found = [{"start": 4 * at, "end": end, "label": "PER"} for at, end in enumerate(ends)]
        return json.dumps({"id": str(number), "text": "Ann Bob Eve left.", "entities": found}) + "\n"

    files = {
        "gold": [[3, 7, 11]] * 20,
        "wild": [[3, 7, 99, 99, 99], [3, 7]] * 10,  # beyond the text
        "tame": [[3, 7], [3]] * 10,
    }
    for name, rows in files.items():
        (tmp_path / f"{name}.jsonl").write_text("".join(line(at, row) for at, row in enumerate(rows)))
    paths = [tmp_path / f"{name}.jsonl" for name in files]
    for policy in ("skip", "repair"):
        found = scores(capsys, *paths, "--on-error", policy)
        for name, interval in found["intervals"].items():
            score = found["predictions"][name]["entity"]["f1"]
            assert interval["score"] == pytest.approx(score)
            assert interval["low"] <= score <= interval["high"]
        assert found["preferred"] == "tame"
    decided = tmp_path / "report"
    named = [f"{path.stem}={path}" for path in paths[1:]]
    asked = (
        "decide",
        *named,
        "--gold",
        paths[0],
        "--on-error",
        "repair",
        "--out",
        decided,
        "--json",
        "--quiet",
    )
    code, out, err = run(capsys, *asked)
    assert code == 0, err
    assert json.loads(out)["model"] == "tame"


def test_one_document_decides_nothing(capsys, tmp_path: Path) -> None:
    for name, ends in {"gold": (3, 7), "one": (3, 7), "other": (3,)}.items():
        found = [{"start": 4 * at, "end": end, "label": "PER"} for at, end in enumerate(ends)]
        (tmp_path / f"{name}.jsonl").write_text(
            json.dumps({"text": "Ann Bob left.", "entities": found}) + "\n"
        )
    paths = [tmp_path / f"{name}.jsonl" for name in ("gold", "one", "other")]
    assert "one document settles nothing" in run(capsys, "score", *paths)[1]
    assert "There is one document only" in run(capsys, "score", *paths)[1]
    found = scores(capsys, *paths)
    assert all((one["low"], one["high"]) == (0.0, 1.0) for one in found["intervals"].values())
