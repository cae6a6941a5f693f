import csv
import json
from pathlib import Path

import pytest
from finished_runs import make_cost, make_gold, make_model, make_run
from parsed_pages import Parsed

from devtools import browser, find_browser
from onoma.comparison.cautions import cost_cautions
from onoma.comparison.comparing import compare
from onoma.comparison.decision import Constraints
from onoma.comparison.mistakes import cut_sentence, hardest_sentences, recall_slices
from onoma.comparison.result import Compared
from onoma.comparison.runs import ModelRuns, compare_on_largest_share, group_runs, load_run
from onoma.errors import ModelError
from onoma.metrics.exact import document_counts, match_exact
from onoma.metrics.spans import spans_from_documents
from onoma.reports.comparison.export import decision_as_dict
from onoma.reports.comparison.report import write_report
from onoma.reports.kit.svg import linear_ticks, log_ticks
from onoma.text import Span, document_from_sentences

ATTACK = "<script>document.title='taken'</script>"
EVIL = [
    document_from_sentences(f"evil {n}", [["See", ATTACK, "\u202enow", "."]], [(0, 1, 2, "<b>PER</b>")])
    for n in range(8)
]


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory) -> Compared:
    folder = tmp_path_factory.mktemp("runs")
    gold = make_gold(extra=EVIL)
    good = make_model(folder, "good", gold, 0.9, shares=(0.5,))
    bad = make_model(folder, "bad", gold, 0.6)
    bad.failures.append(("bad-3", f"no memory {ATTACK}"))
    costs = {"good": make_cost(9.0), "bad": make_cost(1.0)}
    command = f"onoma compare '{ATTACK}'"
    return compare([bad, good], costs, Constraints(), title=f"T {ATTACK}", command=command, resamples=500)


@pytest.fixture(scope="module")
def page(compared: Compared, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("report")
    said: list[str] = []
    write_report(compared, out, said.append)
    assert not said
    return out / "index.html"


def test_the_page_nests_names_no_place_and_keeps_data_as_text(page: Path) -> None:
    html = page.read_text(encoding="utf-8")
    parsed = Parsed(html)
    assert parsed.tags.count("script") == 1
    assert "http" not in html.replace("http-equiv", "")
    assert "\u202e" not in html
    assert ATTACK in parsed.text
    assert "<b>PER</b>" in parsed.text
    assert parsed.ids == [
        *("recommendation", "failed", "models", "quality-cost", "significance", "learning-curves", "labels"),
        *("scores", "curves", "kinds", "confusions", "examples", "made"),
    ]


def test_curves_have_train_beside_dev_where_it_was_scored(page: Path, compared: Compared) -> None:
    drawings = page.read_text(encoding="utf-8").split('<section id="curves">')[1].split("</section>")[0]
    scored = sum(bool(run.history[0].get("train_f1")) for model in compared.models for run in model.runs.runs)
    runs = sum(len(model.runs.runs) for model in compared.models)
    assert 0 < scored < runs
    assert drawings.count("<title>train, seed") == runs + 2 * scored
    assert drawings.count("<title>dev, seed") == 2 * runs + scored


def test_files_for_programs_agree_with_the_page(compared: Compared, page: Path) -> None:
    results = json.loads((page.parent / "results.json").read_text(encoding="utf-8"))
    assert results["recommendation"]["model"] == "good"
    assert results["pareto"]["latency_p50_ms"] == ["bad", "good"]
    assert [model["seeds"] for model in results["models"]] == [[1, 2], [1, 2]]
    bad, good = results["models"]
    assert good["f1"]["low"] <= good["f1"]["score"] <= good["f1"]["high"]
    assert good["f1"]["score"] == pytest.approx(good["scores"]["entity.f1"]["mean"])
    assert set(good["learning_curve"]) == {"0.5", "1"}
    assert bad["learning_curve"] == {}
    [pair] = results["comparisons"]
    assert (pair["first"], pair["second"]) == ("bad", "good")
    assert pair["difference"] < 0
    assert pair["adjusted"] < 0.05
    table = (page.parent / "results.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(table.splitlines()))
    assert [row["run"] for row in rows if row["status"] == "failed"] == ["bad-3"]
    assert len([row for row in rows if row["status"] == "finished"]) == 6
    assert float(rows[0]["test.entity.f1"]) == compared.models[0].runs.runs[0].metrics["test"]["entity"]["f1"]
    assert (page.parent / "scatter.png").read_bytes().startswith(b"\x89PNG")


def test_costs_are_shown_with_their_spread_and_with_other_work(
    compared: Compared, page: Path, tmp_path: Path
) -> None:
    assert "8.91–9.09" in Parsed(page.read_text(encoding="utf-8")).text
    table = csv.DictReader((page.parent / "results.csv").read_text(encoding="utf-8").splitlines())
    good = next(row for row in table if row["model"] == "good")
    assert float(good["cost.latency_p50_ms.low"]) == pytest.approx(8.91)
    assert not list(cost_cautions(compared))
    groups = [model.runs for model in compared.models]
    costs = {"good": make_cost(9.0, spread=0.2), "bad": make_cost(1.0, waited=0.4)}
    limits = Constraints(max_latency_ms=20.0)
    busy = compare(groups, costs, limits, title="T", resamples=100)
    write_report(busy, tmp_path, lambda _: None)
    text = Parsed((tmp_path / "index.html").read_text(encoding="utf-8")).text
    said = list(cost_cautions(busy))
    assert len(said) == 2
    assert "the models waited up to 40% of the time, others took up to 10% of its cores" in said[0]
    assert said[1].startswith("good: measured p95 latency of 14.4 to 21.6 ms against 20")
    results = json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))
    for sentence in said:
        assert sentence in text
        assert sentence in results["cautions"]
    assert {model["name"]: model["cost"]["waited"] for model in results["models"]} == {
        "bad": 0.4,
        "good": 0.0,
    }
    assert said == decision_as_dict(busy)["cautions"]


def test_a_browser_sorts_runs_nothing_else_and_asks_for_nothing(page: Path, tmp_path: Path) -> None:
    program = find_browser()
    if program is None:
        pytest.skip("no Chromium or Chrome is installed")
    with browser(program, tmp_path) as tab:
        tab.open(page)
        first = "document.querySelector('#models table')"
        names = f"[...{first}.querySelectorAll('tbody th')].map((cell) => cell.textContent)"
        click = "document.querySelectorAll('#models thead button')[{}].click()"
        assert tab.value(names) == ["bad", "good"]
        tab.value(click.format(2))
        assert tab.value(names) == ["good", "bad"]
        tab.value(click.format(2))
        assert tab.value(names) == ["bad", "good"]
        assert tab.value("document.querySelectorAll('#models thead th')[2].ariaSort") == "ascending"
        tab.value(click.format(5))
        assert tab.value(names) == ["good", "bad"]
        assert tab.value("document.title") == f"T {ATTACK}"
        assert tab.value("document.scripts.length") == 1
        assert tab.value("document.querySelector('#examples').textContent.includes('<script>')")
        assert tab.value("document.querySelectorAll('#examples details:not([open])').length") > 0
        fits = f"{first}.parentElement.scrollWidth <= {first}.parentElement.clientWidth"
        tab.call(
            "Emulation.setDeviceMetricsOverride", width=1280, height=900, deviceScaleFactor=1, mobile=False
        )
        assert tab.value(fits)
        assert tab.value("document.documentElement.scrollWidth <= innerWidth")
        tab.call(
            "Emulation.setDeviceMetricsOverride", width=360, height=700, deviceScaleFactor=2, mobile=True
        )
        assert tab.value("document.documentElement.scrollWidth") <= 360
        assert tab.complaints() == []
        assert {address.split(":")[0] for address in tab.requests()} == {"file"}


def test_without_any_finished_run_the_page_says_so(tmp_path: Path) -> None:
    empty = ModelRuns("lstm", failures=[("lstm-seed1", "no data")])
    compared = compare([empty], {}, Constraints(), title="nothing")
    write_report(compared, tmp_path, print)
    text = Parsed((tmp_path / "index.html").read_text(encoding="utf-8")).text
    assert "No model qualifies: no run is finished." in text
    assert "no data" in text


def test_counts_of_older_runs_are_made_from_predictions_and_data(tmp_path: Path) -> None:
    gold = make_gold(10)
    stored = make_run(tmp_path / "new", gold)
    computed = make_run(tmp_path / "old", gold, counts=False)
    assert stored.counts("test")[0] == computed.counts("test")[0]
    for one, other in zip(stored.counts("test")[1], computed.counts("test")[1], strict=True):
        assert one.tolist() == other.tolist()
    (tmp_path / "test.jsonl").unlink()
    assert stored.counts("test")[1].gold.sum() == 20
    with pytest.raises(ModelError, match=r"old: its test data cannot be read again.*no such file"):
        load_run(tmp_path / "old").counts("test")
    # Without its data the comparison is there, and what is left out is said.
    said: list[str] = []
    write_report(compare(group_runs([stored]), {}, Constraints(), title="t"), tmp_path / "out", said.append)
    assert "Confusions and examples are left out" in said[0]


def test_runs_on_other_documents_are_refused(tmp_path: Path) -> None:
    one = make_model(tmp_path / "a", "one", make_gold(10), 0.9)
    other = make_model(tmp_path / "b", "other", make_gold(10, seed=9), 0.9)
    other.runs[0].stored_counts["test"]["documents"][0] = "another"
    with pytest.raises(ModelError, match="scored on other test documents than"):
        compare([one, other], {}, Constraints(), title="t", resamples=10)


def test_runs_on_gold_of_other_labels_are_refused(tmp_path: Path) -> None:
    gold = make_gold(10)
    merged = [one.with_entities(span._replace(label="LOC") for span in one.entities) for one in gold]
    names = {"PER": "person", "ORG": "firm", "LOC": "place"}
    renamed = [
        one.with_entities(span._replace(label=names[span.label]) for span in one.entities) for one in gold
    ]
    one, two, three = (
        make_model(tmp_path / name, name, documents, 0.9)
        for name, documents in (("one", gold), ("two", merged), ("three", renamed))
    )
    with pytest.raises(
        ModelError, match=r"two-1: its test gold has other labels \(LOC 20\) than that of .*one-1"
    ):
        compare([one, two], {}, Constraints(), title="t", resamples=10)
    assert len(compare([one, three], {}, Constraints(), title="t", resamples=10).models) == 2


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("history.jsonl", b'{"epoch": 1}\n{"epoch": 2, "tra'),
        ("history.jsonl", b"[1]\n"),
        ("history.jsonl", b"\xff\n"),
        ("metrics.json", b"\xff"),
        ("environment.json", b"[]"),
    ],
)
def test_damaged_files_of_a_run_are_one_line(tmp_path: Path, file: str, content: bytes) -> None:
    make_run(tmp_path / "run", make_gold(4))
    (tmp_path / "run" / file).write_bytes(content)
    with pytest.raises(ModelError, match=rf"{file}(:\d)?: damaged"):
        load_run(tmp_path / "run")


def test_runs_group_by_settings_and_seed(tmp_path: Path) -> None:
    gold = make_gold(4)
    runs = [
        make_run(tmp_path / name, gold, rung=rung, seed=seed)
        for name, rung, seed in (("a", "lstm", 2), ("b", "lstm", 1), ("c", "rnn", 1), ("d", "lstm", 1))
    ]
    models = group_runs(runs)
    assert [(model.name, [run.folder.name for run in model.runs]) for model in models] == [
        ("a", ["b", "a"]),
        ("c", ["c"]),
        ("d", ["d"]),
    ]
    assert [model.name for model in group_runs(runs[:3])] == ["lstm", "rnn"]
    with pytest.raises(ModelError, match="no run"):
        load_run(tmp_path)


def test_hard_sentences_are_cut_with_their_mentions() -> None:
    gold = document_from_sentences(
        "d", [["Anna", "left", "."], ["In", "Oslo", "."]], [(0, 0, 1, "PER"), (1, 1, 2, "LOC")]
    )
    missed = gold.with_entities(gold.entities[:1])
    wrong = gold.with_entities([gold.entities[0], Span(15, 19, "ORG", "Oslo")])
    [hard] = hardest_sentences([gold], [[missed], [wrong]], shown=1, limit=5)
    assert hard.errors == (1, 2)
    assert hard.gold.text == "In Oslo ."
    assert [(span.start, span.end, span.label) for span in hard.predicted.entities] == [(3, 7, "ORG")]
    assert hardest_sentences([gold], [[gold], [wrong]], shown=0, limit=5) == []
    assert cut_sentence(gold, gold, 0).text == "Anna left ."


def test_recalls_by_kind_add_up_to_the_correct_mentions(compared: Compared) -> None:
    run = compared.models[0].first
    gold, predicted = run.gold("test"), run.predicted("test")
    correct = document_counts(
        match_exact(spans_from_documents(gold), spans_from_documents(predicted))
    ).correct
    slices = recall_slices(gold, [predicted], frozenset({"Anna"}))
    for name in {item.property for item in slices}:
        parts = [item for item in slices if item.property == name]
        assert sum(item.number for item in parts) == sum(len(document.entities) for document in gold)
        assert sum(item.number * item.recalls[0] for item in parts) == pytest.approx(correct.sum())
    assert {item.value for item in slices if item.property == "in train"} == {"seen", "not seen"}


@pytest.mark.parametrize(("low", "high"), [(0.0, 1.0), (71.2, 86.9), (-0.3, 0.02), (5.0, 5.5)])
def test_ticks_are_round_and_within(low: float, high: float) -> None:
    ticks = linear_ticks(low, high)
    assert 2 <= len(ticks) <= 6
    assert all(low - 1e-9 <= tick <= high + 1e-9 for tick in ticks)
    assert log_ticks(0.4, 30) == [0.5, 1, 2, 5, 10, 20]


def test_a_learning_curve_is_fitted_drawn_and_put_in_words(tmp_path: Path) -> None:
    gold = make_gold()
    curved = make_model(tmp_path, "curved", gold, 0.9, seeds=(1, 2, 3), shares=(0.5, 0.75))
    short = make_model(tmp_path, "short", gold, 0.8, shares=(0.5,))
    plain = make_model(tmp_path, "plain", gold, 0.7)
    found = compare([curved, short, plain], {}, Constraints(), title="T", resamples=100)
    write_report(found, tmp_path / "report", lambda line: None)
    page = (tmp_path / "report" / "index.html").read_text(encoding="utf-8")
    results = json.loads((tmp_path / "report" / "results.json").read_text(encoding="utf-8"))
    one, two, none = results["models"]
    assert one["fitted_curve"]["runs"] == 9
    gain = one["fitted_curve"]["gain_of_twice"]
    assert gain["low"] <= gain["value"] <= gain["high"]
    assert one["more_labels"].startswith(
        f"twice the labels: {100 * gain['value']:+.1f} points (90 % interval"
    )
    assert (two["fitted_curve"], none["fitted_curve"], none["more_labels"]) == (None, None, "")
    assert "2 shares of the data" in two["more_labels"]
    assert found.more_labels == [f"curved: {one['more_labels']}", f"short: {two['more_labels']}"]
    for sentence in found.more_labels:
        assert sentence in page
    assert page.count('class="band"') == 1
    assert page.count('class="share s0 beyond"') == 1


def test_runs_on_shares_alone_are_compared_on_the_largest(tmp_path: Path) -> None:
    gold = make_gold(20)
    runs = [
        make_run(tmp_path / f"{rung}-{share}", gold, rung=rung, share=share, accuracy=share + 0.3)
        for rung in ("lstm", "rnn")
        for share in (0.1, 0.5)
    ]
    groups = group_runs(runs)
    assert all(not group.runs for group in groups)
    assert compare_on_largest_share(groups) == 0.5
    assert [[run.share for run in group.runs] for group in groups] == [[0.5], [0.5]]
    assert [[run.share for run in group.partial] for group in groups] == [[0.1], [0.1]]
    compared = compare(groups, {}, Constraints(), title="Shares")
    assert [model.name for model in compared.models] == ["lstm", "rnn"]


def test_where_all_of_train_was_used_shares_stay_apart(tmp_path: Path) -> None:
    gold = make_gold(5)
    groups = group_runs([make_run(tmp_path / "half", gold, share=0.5), make_run(tmp_path / "all", gold)])
    assert compare_on_largest_share(groups) == 1
    assert [run.share for run in groups[0].runs] == [1]
    assert [run.share for run in groups[0].partial] == [0.5]


@pytest.mark.parametrize(("share", "others"), [(None, "all of it"), (0.9, "90 %")])
def test_a_model_without_a_run_on_the_share_that_is_compared_is_not_dropped_in_silence(
    tmp_path: Path, share: float | None, others: str
) -> None:
    gold = make_gold(5)
    runs = [make_run(tmp_path / "large", gold, rung="rnn", share=share)]
    runs += [make_run(tmp_path / f"{part}", gold, share=part) for part in (0.5, 0.07)]
    groups = group_runs(runs)
    compare_on_largest_share(groups)
    found = compare(groups, {}, Constraints(), title="Shares")
    said = f"lstm is left out: its runs are on 7 % and 50 % of train, those that are compared on {others}."
    assert [model.name for model in found.models] == ["rnn"]
    assert list(found.left_out) == [said]
    write_report(found, tmp_path / "report", print)
    assert said in (tmp_path / "report" / "index.html").read_text(encoding="utf-8")
    assert said in json.loads((tmp_path / "report" / "results.json").read_text(encoding="utf-8"))["cautions"]
    assert said in decision_as_dict(found)["cautions"]
