"""``onoma convert``: formats there and back, accounts, refusals."""

import gzip
import json
from pathlib import Path

import pytest

from onoma.cli.main import main
from onoma.readers import read_documents
from onoma.resources import bundled_corpora

CORPUS = bundled_corpora()["en"] / "test.jsonl"
COLUMNS = "New\tB-LOC\nYork\tI-LOC\nis\tO\n\nAnn\tB-PER\n\n"
ROWS = "text,labels\nNew York is,B-LOC I-LOC O\nAnn,B-PER\n"
TOKENS = "Sentence #,Word,POS,Tag\nSentence: 1,New,,B-LOC\n,York,,I-LOC\n,is,,O\nSentence: 2,Ann,,B-PER\n"


def run(capsys, *arguments: object) -> tuple[int, str, str]:
    code = main(["convert", *map(str, arguments)])
    out, err = capsys.readouterr()
    assert "Traceback" not in err
    return code, out, err


@pytest.fixture
def columns(tmp_path: Path) -> Path:
    path = tmp_path / "in.conll"
    path.write_text(COLUMNS)
    return path


def test_every_column_format_and_back(capsys, tmp_path: Path, columns: Path) -> None:
    steps = [
        ("conll", "a.conll"),
        ("gmb-csv", "b.csv"),
        ("text-tags-csv", "c.csv"),
        ("spans-jsonl", "d.jsonl"),
    ]
    before = columns
    for name, file in steps:
        code, out, err = run(capsys, before, tmp_path / file, "--to", name)
        assert (code, out) == (0, "")
        assert err.count("2 entities read, 2 kept") == 2
        before = tmp_path / file
    assert run(capsys, before, tmp_path / "e.conll")[0] == 0
    assert (tmp_path / "a.conll").read_text() == (tmp_path / "e.conll").read_text() == COLUMNS
    assert (tmp_path / "b.csv").read_text() == TOKENS
    assert (tmp_path / "c.csv").read_text() == ROWS


def test_the_same_format_is_identity(capsys, tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text(ROWS)
    (tmp_path / "tokens.csv").write_text(TOKENS)
    for path in (CORPUS, tmp_path / "rows.csv", tmp_path / "tokens.csv"):
        target = tmp_path / f"again{path.suffix}.gz"
        assert run(capsys, path, target)[0] == 0
        assert gzip.decompress(target.read_bytes()) == path.read_bytes()


def test_schemes(capsys, tmp_path: Path, columns: Path) -> None:
    target = tmp_path / "out.txt"
    assert run(capsys, columns, target, "--scheme", "bioes")[0] == 0
    assert [line.split("\t")[1] for line in target.read_text().split("\n") if line] == [
        *("B-LOC", "E-LOC", "O"),
        "S-PER",
    ]
    again = tmp_path / "again.txt"
    assert run(capsys, target, again, "--from-scheme", "BIOES", "--scheme", "IOB1")[0] == 0
    assert again.read_text() == COLUMNS.replace("B-", "I-")


def test_raw_text_is_tokenised_and_every_entity_accounted_for(capsys, tmp_path: Path) -> None:
    target = tmp_path / "out.conll"
    code, out, err = run(capsys, CORPUS, target, "--json")
    account = json.loads(out)
    assert (code, account["from"], account["to"]) == (0, "spans-jsonl", "conll")
    gold = sum(len(document.entities) for document in read_documents(CORPUS))
    written = sum(len(document.entities) for document in read_documents(target))
    assert account["reading"]["kept"] == account["fitting"]["read"] == gold
    assert account["fitting"]["flattened"]["nested"] == gold - account["writing"]["read"] > 0
    assert account["writing"]["kept"] == written
    assert "flattened (nested" in err


def test_nested_policies(capsys, tmp_path: Path) -> None:
    texts = {}
    for policy in ("outermost", "innermost"):
        assert run(capsys, CORPUS, tmp_path / f"{policy}.conll", "--on-nested", policy)[0] == 0
        found = read_documents(tmp_path / f"{policy}.conll")
        texts[policy] = sum(len(span.text) for document in found for span in document.entities)
    assert texts["outermost"] > texts["innermost"]
    code, _, err = run(capsys, CORPUS, tmp_path / "x.conll", "--on-nested", "error")
    assert (code, "overlap" in err) == (2, True)
    assert not (tmp_path / "x.conll").exists()
    assert run(capsys, CORPUS, tmp_path / "x.conll", "--on-nested", "keep")[0] == 2
    assert run(capsys, CORPUS, tmp_path / "x.jsonl", "--on-nested", "keep")[0] == 0


def test_faulty_rows_are_listed_and_the_rest_converted(capsys, tmp_path: Path) -> None:
    path, target = tmp_path / "in.csv", tmp_path / "out.conll"
    path.write_text(ROWS + "Ben of Rome,B-PER O\n" * 25)
    code, _, err = run(capsys, path, target, "--from", "text-tags-csv")
    assert (code, f"{path}:4" in err, target.exists()) == (2, True, False)
    given = ("--from", "text-tags-csv", "--on-error", "skip", "--json")
    code, out, err = run(capsys, path, target, *given)
    assert "warning: 25 of 27 sentences or documents (93 %) are left out, mostly for length-mismatch" in err
    assert f"{path}:4: 3 words and 2 tags; " in err
    assert f"{path}:23: " in err
    assert "and 5 more; in all: length-mismatch 25" in err
    assert json.loads(out)["reading"]["dropped"] == {"length-mismatch": 25}
    assert target.read_text() == COLUMNS


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (["in.conll", "in.conll"], "the original would be lost"),
        (["in.conll", "sub/../in.conll"], "the original would be lost"),
        (["in.conll", "link.conll"], "the original would be lost"),
        (["in.conll", "out.csv"], "gmb-csv, text-tags-csv"),
        (["in.conll", "out.docx"], "no format has the suffix '.docx'"),
        (["in.conll", "-"], "--to"),
        (["in.conll", "-", "--to", "conll", "--json"], "--json"),
        (["in.conll", "out.jsonl", "--scheme", "BIO"], "--from-scheme"),
        (["in.conll", "out.conll", "--scheme", "BIOX"], "unknown tag scheme"),
        (["in.conll", "out.conll", "--to", "connl"], "did you mean 'conll'"),
        (["in.conll", "out.conll", "--from", "gmb-csv"], "in.conll:1"),
        (["in.conll", "out.conll", "--on-nested", "outmost"], "did you mean 'outermost'"),
        (["in.conll", "out.conll", "--on-misaligned", "expnd"], "did you mean 'expand'"),
        (["none.conll", "out.conll"], "no such file"),
        (["in.conll", "none/out.conll"], "none/out.conll"),
        (["in.conll", "sub"], "--to"),
    ],
)
def test_wrong_usage(capsys, monkeypatch, columns: Path, arguments: list[str], part: str) -> None:
    monkeypatch.chdir(columns.parent)
    Path("sub").mkdir()
    Path("link.conll").symlink_to("in.conll")
    code, out, err = run(capsys, *arguments)
    assert (code, out) == (2, "")
    assert err.startswith("onoma: error: ")
    assert part in err
    assert err.count("\n") == 1
    assert sorted(path.name for path in columns.parent.iterdir()) == ["in.conll", "link.conll", "sub"]
    assert columns.read_text() == COLUMNS


def test_through_pipes_in_a_process_of_its_own(onoma) -> None:
    done = onoma("convert", "-", "-", "--from", "conll", "--to", "gmb-csv", "--quiet", text=COLUMNS)
    assert (done.returncode, done.stdout, done.stderr) == (0, TOKENS, "")
    bad = onoma("convert", "-", "-", "--to", "gmb-csv", text=COLUMNS.replace("B-PER", "I-PER").encode())
    assert bad.returncode == 2
    assert "<stdin>:5:2" in bad.stderr


RELATED = (
    '{"id": "a", "text": "Ann in Bonn", "entities": [{"id": "T1", "start": 0, "end": 3, "label": "PER"}, '
    '{"id": "T2", "start": 7, "end": 11, "label": "LOC"}], '
    '"relations": [{"label": "IN", "head": "T1", "tail": "T2"}]}\n'
)


def test_annotation_formats_and_back(capsys, tmp_path: Path) -> None:
    before = tmp_path / "a.jsonl"
    before.write_text(RELATED)
    for format, name in (
        ("brat", "b"),
        ("nerel", "c.jsonl"),
        ("label-studio", "d.json"),
        ("spans-jsonl", "e.jsonl"),
    ):
        code, _, err = run(capsys, before, tmp_path / name, "--to", format, "--document-labels", "field")
        assert (code, err.count("2 entities read, 2 kept")) == (0, 2), err
        before = tmp_path / name
    assert before.read_text() == RELATED


def test_document_labels_by_rule(capsys, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(RELATED)
    for rule, labels in (("relations", ("IN",)), ("entities", ("LOC", "PER")), ("none", None)):
        assert run(capsys, tmp_path / "a.jsonl", tmp_path / "b.jsonl", "--document-labels", rule)[0] == 0
        assert next(iter(read_documents(tmp_path / "b.jsonl"))).labels == labels
    code, _, err = run(capsys, tmp_path / "a.jsonl", tmp_path / "b.jsonl", "--document-labels", "all")
    assert (code, "unknown value 'all' for document-labels" in err) == (2, True)


def test_relations_that_find_no_place_are_said(capsys, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(RELATED)
    assert "1 relations are left out" in run(capsys, tmp_path / "a.jsonl", tmp_path / "b.conll")[2]


def test_a_folder_of_brat_needs_a_name_and_room(capsys, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(RELATED)
    assert run(capsys, tmp_path / "a.jsonl", tmp_path / "out")[0] == 2
    assert run(capsys, tmp_path / "a.jsonl", tmp_path / "out", "--to", "brat")[0] == 0
    code, _, err = run(capsys, tmp_path / "a.jsonl", tmp_path / "out", "--to", "brat")
    assert (code, "not an empty folder" in err) == (2, True)


PREDICTED = (
    '{"id": "a", "text": "Nothing.", "entities": []}\n'
    '{"id": "b", "text": "Ann spoke", "entities": [{"start": 0, "end": 3, "label": "PER", "score": 0.75}]}\n'
)


def test_what_a_model_found_is_no_annotation(capsys, tmp_path: Path) -> None:
    (tmp_path / "found.jsonl").write_text(PREDICTED)
    code, _, err = run(capsys, tmp_path / "found.jsonl", tmp_path / "a.json", "--to", "label-studio")
    assert (code, "written as suggestions" in err) == (0, True)
    tasks = json.loads((tmp_path / "a.json").read_text())
    assert [task["annotations"] for task in tasks] == [[], []]
    (region,) = tasks[1]["predictions"][0]["result"]
    assert (tasks[1]["predictions"][0]["model_version"], region["score"]) == ("found.jsonl", 0.75)
    code, out, _ = run(capsys, tmp_path / "found.jsonl", tmp_path / "b.json", "--to", "doccano", "--json")
    assert (code, json.loads(out)["suggestions"]) == (0, True)
    run(capsys, tmp_path / "found.jsonl", tmp_path / "c.json", "--to", "label-studio", "--no-suggest")
    tasks = json.loads((tmp_path / "c.json").read_text())
    assert len(tasks[1]["annotations"][0]["result"]) == 1


def test_scores_that_find_no_place_are_said(capsys, tmp_path: Path) -> None:
    (tmp_path / "found.jsonl").write_text(PREDICTED)
    for target, given in (("a.conll", ()), ("b.jsonl", ("--to", "doccano", "--no-suggest"))):
        _, _, err = run(capsys, tmp_path / "found.jsonl", tmp_path / target, *given)
        assert "scores of 1 entities are left out" in err
    _, _, err = run(capsys, tmp_path / "found.jsonl", tmp_path / "c.jsonl")
    assert "left out" not in err
    assert (tmp_path / "c.jsonl").read_text() == PREDICTED
    code, _, err = run(capsys, tmp_path / "found.jsonl", tmp_path / "d.conll", "--suggest")
    assert (code, "cannot tell suggestions from annotations" in err) == (2, True)
