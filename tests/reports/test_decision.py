from dataclasses import replace

import pytest
from finished_runs import make_cost
from hypothesis import given
from hypothesis import strategies as st

from onoma.comparison.decision import Candidate, Constraints, decide, pareto_front
from onoma.comparison.evidence import Difference

BERT = Candidate("bert", 0.92, make_cost(40.0, 400.0, 900.0, 500.0), 3)
CRF = Candidate("crf", 0.88, make_cost(4.0, 20.0, 300.0, 5e3), 3)
LSTM = Candidate("lstm", 0.879, make_cost(1.0, 10.0, 250.0, 2e4), 3)
RNN = Candidate("rnn", 0.80, make_cost(0.5, 8.0, 240.0, 4e4), 3)
ALL = [BERT, CRF, LSTM, RNN]


def difference_of(half_width: float):
    quality = {one.name: one.f1 for one in ALL}

    def difference(one: str, other: str) -> Difference:
        value = quality[one] - quality[other]
        width = half_width if one != other else 0.0
        return Difference(value, value - width, value + width, 0.5)

    return difference


def test_without_limits_the_best_wins_where_nothing_cheaper_is_close() -> None:
    decision = decide(ALL, difference_of(0.002), Constraints(margin=0.5))
    assert decision.model == decision.reference == "bert"
    assert "highest F1" in decision.reason


def test_under_limits_the_cheapest_not_worse_than_the_best_that_fits() -> None:
    decision = decide(ALL, difference_of(0.002), Constraints(max_latency_ms=10, margin=0.5))
    assert (decision.model, decision.reference) == ("lstm", "crf")
    assert "the limits cost 4.10 points to bert" in decision.reason
    verdicts = {verdict.name: verdict for verdict in decision.verdicts}
    assert not verdicts["bert"].fits
    assert verdicts["bert"].why == "p95 latency 80 ms is above 10 ms"
    assert verdicts["rnn"].fits
    assert not verdicts["rnn"].qualifies


def test_an_uncertain_difference_is_not_taken_for_none() -> None:
    limits = Constraints(max_latency_ms=10, margin=0.5)
    # The same observed 0.1 points, but the interval reaches below the margin.
    assert decide(ALL, difference_of(0.006), limits).model == "crf"
    # The margin itself is still allowed: lower end exactly -0.5 points.
    assert decide(ALL, difference_of(0.004), limits).model == "lstm"


@pytest.mark.parametrize(
    ("limits", "model"),
    [
        (Constraints(max_size_mb=9), "rnn"),
        (Constraints(max_memory_mb=245), "rnn"),
        (Constraints(min_throughput=3e4), "rnn"),
        (Constraints(max_size_mb=1), None),
        (Constraints(max_latency_ms=8.0, max_size_mb=20.0), "lstm"),
    ],
)
def test_each_limit_binds(limits: Constraints, model: str | None) -> None:
    assert decide(ALL, difference_of(0.001), limits).model == model


def test_none_qualifies_is_said_with_what_the_best_breaks() -> None:
    decision = decide(ALL, difference_of(0.001), Constraints(max_size_mb=1))
    assert decision.reason.startswith("No model qualifies")
    assert "bert, size 400 MB is above 1 MB" in decision.reason
    assert decide([], difference_of(0), Constraints()).reason == "No model qualifies: no run is finished."


def test_an_unknown_cost_fails_limits_only() -> None:
    unknown = Candidate("crf", 0.88, None, 3)
    assert decide([unknown], difference_of(0.001), Constraints()).model == "crf"
    assert decide([unknown], difference_of(0.001), Constraints(max_size_mb=100)).model is None


def test_latencies_that_differ_by_noise_are_equal_and_size_decides() -> None:
    slow = Candidate("crf", 0.88, make_cost(1.004, 5.0), 3)
    fast = Candidate("lstm", 0.879, make_cost(1.001, 50.0), 3)
    assert decide([slow, fast], difference_of(0.001), Constraints()).model == "crf"


def test_latencies_whose_rounds_overlap_are_equal_and_the_smaller_model_is_taken() -> None:
    # A network measured on a busy machine, and a part of it: the larger one came out four times as fast.
    part = Candidate("part", 0.879, make_cost(4.0, 5.0, spread=0.8), 3)
    whole = Candidate("whole", 0.88, make_cost(1.0, 10.0), 3)
    quality = difference_of_all([part, whole])
    decision = decide([part, whole], quality, Constraints())
    assert decision.model == "part"
    assert "whole cannot be told apart from it by speed, so that size decides" in decision.reason
    # What is surely slower is not equal, however small.
    sure = Candidate("part", 0.879, make_cost(4.0, 5.0), 3)
    decision = decide([sure, whole], quality, Constraints())
    assert decision.model == "whole"
    assert "told apart" not in decision.reason


def test_of_equal_speed_and_size_the_better_is_taken() -> None:
    worse = Candidate("worse", 0.879, make_cost(1.00, 5.01), 3)
    better = Candidate("better", 0.88, make_cost(1.03, 5.04), 3)
    decision = decide([worse, better], difference_of_all([worse, better]), Constraints())
    assert decision.model == "better"
    assert "worse cannot be told apart from it by speed, so that F1 decides" in decision.reason


def test_equality_is_with_the_fastest_and_does_not_go_from_model_to_model() -> None:
    # Each overlaps the next one, and the last is far from the first.
    chain = [Candidate(f"m{n}", 0.88, make_cost(1.3**n, 5.0 - n, spread=0.2), 3) for n in range(4)]
    assert decide(chain, difference_of_all(chain), Constraints()).model == "m1"


def test_a_limit_within_the_rounds_is_a_close_call() -> None:
    limits = Constraints(max_latency_ms=8.0, max_size_mb=5.0)
    assert limits.close_calls(make_cost(3.9)) == ()
    assert limits.close_calls(make_cost(3.9, spread=0.1)) == ("p95 latency of 7.02 to 8.58 ms against 8",)
    assert limits.violations(make_cost(3.9, spread=0.1)) == ()


def test_a_single_seed_is_said() -> None:
    alone = Candidate("lstm", 0.879, make_cost(1.0), 1)
    assert "single seed" in decide([alone], difference_of(0.001), Constraints()).reason


def difference_of_all(candidates: list[Candidate]):
    quality = {one.name: one.f1 for one in candidates}

    def difference(one: str, other: str) -> Difference:
        value = quality[one] - quality[other]
        return Difference(value, value - 0.001, value + 0.001, 0.5)

    return difference


POINTS = st.lists(
    st.tuples(st.integers(0, 6).map(float), st.integers(1, 6).map(float)), min_size=1, max_size=12
)


@given(POINTS)
def test_the_front_is_what_no_point_beats(points: list[tuple[float, float]]) -> None:
    def beats(one: tuple[float, float], other: tuple[float, float]) -> bool:
        return one[0] >= other[0] and one[1] <= other[1] and one != other

    front = pareto_front(points)
    brute = {i for i, point in enumerate(points) if not any(beats(other, point) for other in points)}
    assert set(front) == brute
    assert [points[index][1] for index in front] == sorted(points[index][1] for index in front)


@given(st.lists(st.floats(0.5, 0.95), min_size=1, max_size=6), st.floats(0, 3))
def test_what_is_recommended_qualifies_and_nothing_that_qualifies_is_cheaper(scores, margin: float) -> None:
    candidates = [Candidate(f"m{i}", f1, make_cost(1.0 + i)) for i, f1 in enumerate(scores)]
    quality = {one.name: one.f1 for one in candidates}

    def difference(one: str, other: str) -> Difference:
        value = quality[one] - quality[other]
        return Difference(value, value - 0.01 * (one != other), value + 0.01, 1.0)

    decision = decide(candidates, difference, Constraints(margin=margin))
    qualified = [verdict.name for verdict in decision.verdicts if verdict.qualifies]
    assert decision.model == qualified[0]
    assert decision.reference in qualified


def test_models_that_find_nothing_are_not_recommended_however_cheap() -> None:
    useless = [replace(one, f1=0.0) for one in (LSTM, RNN)]
    same = difference_of(0.0)

    def difference(one: str, other: str) -> Difference:
        return same(one, one)

    decision = decide(useless, difference, Constraints())
    assert (decision.model, decision.reference) == (None, None)
    assert decision.reason == "No model qualifies: none finds anything that is right, every F1 is 0."
    assert {(one.fits, one.qualifies, one.why) for one in decision.verdicts} == {
        (True, False, "finds nothing that is right")
    }
    limited = decide([CRF, *useless], difference, Constraints(max_size_mb=15))
    assert limited.model is None
    assert "none, of those that keep to the limits, finds anything" in limited.reason
    assert [one.fits for one in limited.verdicts] == [False, True, True]
